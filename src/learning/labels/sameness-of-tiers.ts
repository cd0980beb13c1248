import { compareAnswers, type Comparing } from '../../traces/comparing/compare-answers.ts';
import type { Sameness } from '../../traces/comparing/sameness.ts';
import { lastUserMessage } from '../../traces/question-text.ts';
import type { AuditAnswers } from './verdicts.ts';

/** By tier but the last: whether its answer says the same as the last tier's. It is no verdict, and needs no source of verdicts. */
export type TierSameness = Readonly<Record<string, Sameness>>;

/** Compares what the tiers of a request answered with what the last of them did. Never throws. */
export function samenessOfTiers(
  { messages, answers }: Pick<AuditAnswers, 'messages' | 'answers'>,
  kind: Comparing = 'exact',
): TierSameness {
  const question = lastUserMessage(messages) ?? '';
  const last = answers.at(-1)?.text ?? '';
  return Object.fromEntries(
    answers.slice(0, -1).map(({ tier, text = '' }) => [tier, compareAnswers(kind, text, last, question)]),
  );
}

/** What an audit's row says of it; empty where it says nothing. */
export function readSameness(text: string | undefined): TierSameness {
  return text === undefined ? {} : (JSON.parse(text) as TierSameness);
}
