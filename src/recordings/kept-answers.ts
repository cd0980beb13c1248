import { withoutThinking } from '../routing/signals/thinking.ts';
import type { AuditAttempt } from '../store/contract/learning-rows.ts';
import type { AttemptRow } from '../store/contract/outcome-rows.ts';
import type { Decision } from '../store/contract/store.ts';

/** A tier's whole answer, where its text was kept. */
export interface KeptAnswer {
  tier: string;
  /** Without thinking, as an audit has it judged: that would also tell who thinks. */
  text: string;
}

/** One a tier: of the request itself, and of its audit. */
export function keptAnswers({ attempts, audit }: Pick<Decision, 'attempts' | 'audit'>): KeptAnswer[] {
  const asked = attempts.filter(({ about }) => about === undefined);
  const further = (JSON.parse(audit?.attempts ?? '[]') as AuditAttempt[]).filter(({ paid }) => paid !== true);
  const answers = new Map<string, KeptAnswer>();
  for (const { tier, answer, cut, errorCode } of [...asked, ...further] satisfies Partial<AttemptRow>[]) {
    if (answer !== undefined && !cut && errorCode === undefined && !answers.has(tier))
      answers.set(tier, { tier, text: withoutThinking(answer).trim() });
  }
  return [...answers.values()];
}
