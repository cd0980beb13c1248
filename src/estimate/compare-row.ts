import type { Veto } from '../routing/attempt.ts';
import { compareAnswers, type Comparing } from '../traces/comparing/compare-answers.ts';
import type { Sameness } from '../traces/comparing/sameness.ts';
import { lastUserMessage } from '../traces/question-text.ts';
import { traceMessages, type Trace, type TraceAttempt } from '../traces/trace.ts';
import { kindOf, type AnswerKind } from './answer-kind.ts';

/** One request of the log: the recorded answer beside the small model's. */
export interface ComparedRow {
  trace: Trace;
  kind: AnswerKind;
  sameness: Sameness;
  /** The checks that the small model's answer fails: a gateway would not serve it. */
  vetoes: readonly Veto[];
  /** A judge's verdict where the two are not known to be the same or different, 0..1; 1: as good as the recorded answer. */
  verdict?: number;
  /** Where both answers have scores: the recorded one's minus the small one's, −1..1. */
  loss?: number;
}

export interface Compared {
  recorded: string;
  small: string;
  /** How answers are compared, if not by what they look like. */
  comparing?: Comparing | undefined;
  vetoesOf: (answer: TraceAttempt) => readonly Veto[];
  /** Whose verdicts count, if any. */
  judge?: string | undefined;
}

/** Compares the two answers of a trace; undefined where one of them is missing. */
export function compareRow(
  trace: Trace,
  { recorded: recordedName, small: smallName, comparing, vetoesOf, judge }: Compared,
): ComparedRow | undefined {
  const [recorded, small] = [trace.attempts[recordedName], trace.attempts[smallName]];
  if (recorded === undefined || small === undefined) return undefined;
  const kind = kindOf(trace, recorded, comparing);
  const vetoes = vetoesOf(small);
  const row: ComparedRow = {
    trace,
    kind,
    vetoes,
    // What fails a check is not served, so it says nothing.
    sameness: vetoes.length > 0 ? 'different' : compareBy(kind, trace, recorded, small),
  };
  const { verdict, judge: judgedBy } = small;
  if (judge !== undefined && judgedBy === judge && typeof verdict === 'number') row.verdict = verdict;
  if (recorded.score !== undefined && small.score !== undefined) row.loss = recorded.score - small.score;
  return row;
}

function compareBy(kind: AnswerKind, trace: Trace, recorded: TraceAttempt, small: TraceAttempt): Sameness {
  const calls = [recorded, small].map(({ toolCalls = [] }) => toolCalls);
  if (kind === 'call') {
    if (calls[0]?.length !== calls[1]?.length) return 'different';
    const [one = '', other = ''] = calls.map(callsAsJson);
    return compareAnswers('exact', one, other);
  }
  // A text is no call, and what a call stands beside is not compared.
  if ((calls[1]?.length ?? 0) > 0) return 'different';
  const question = lastUserMessage(traceMessages(trace)) ?? '';
  const comparing = kind === 'number' || kind === 'set' ? kind : 'exact';
  return compareAnswers(comparing, recorded.answer ?? '', small.answer ?? '', question);
}

/** Calls as one JSON value; arguments that are no JSON as text. */
function callsAsJson(calls: NonNullable<TraceAttempt['toolCalls']>): string {
  const written = calls.map(({ name, arguments: text }) => `[${JSON.stringify(name)},${asJson(text)}]`);
  return `[${written.join(',')}]`;
}

function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
