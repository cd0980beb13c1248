import type { Comparing } from '../traces/comparing/compare-answers.ts';
import { readNumber } from '../traces/comparing/numbers.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';

/** What kinds of answers there are, and what is compared of each, in words. */
export const ANSWER_KINDS = {
  choice: 'one of few words: the word',
  number: 'a number: its value',
  set: 'a list: its items, in any order',
  json: 'JSON: its values',
  call: 'a tool call: its name and values',
  text: 'a short text: its words',
  open: 'open text: letter for letter, or by a judge',
} as const;

export type AnswerKind = keyof typeof ANSWER_KINDS;

const LONGEST_CHOICE = 24;
const LONGEST_SHORT = 200;

/** The kind of an answer: what the question says of its check, or what was asked for, or what the recorded answer looks like. */
export function kindOf(trace: Trace, recorded: TraceAttempt, comparing?: Comparing): AnswerKind {
  if ((recorded.toolCalls?.length ?? 0) > 0) return 'call';
  const text = (recorded.answer ?? '').trim();
  if (/^(?:```(?:json)?\s*)?[[{]/.test(text) && /[\]}](?:\s*```)?$/.test(text)) return 'json';
  const named = comparing ?? trace.check;
  if (named === 'number' || named === 'set' || named === 'choice') return named;
  const isShort = text.length <= LONGEST_SHORT && !text.includes('\n');
  if (named !== undefined) return isShort ? 'text' : 'open';
  if (readNumber(text, { english: true, byValue: true }) !== undefined) return 'number';
  if (isShort && text.length <= LONGEST_CHOICE && text.split(/\s+/).length <= 2) return 'choice';
  return isShort ? 'text' : 'open';
}
