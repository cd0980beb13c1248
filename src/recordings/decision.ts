import { withoutThinking } from '../routing/signals/thinking.ts';
import type { AuditAttempt } from '../store/contract/learning-rows.ts';
import type { AttemptRow } from '../store/contract/outcome-rows.ts';
import type { Decision, Store } from '../store/contract/store.ts';

/**
 * A request by its id alone, whose tenant's it may be; without the `chatcmpl-` of the completion's id.
 * @throws {WeirError} store_unavailable
 */
export async function decisionById(
  store: Pick<Store, 'history'>,
  outcomeId: string,
): Promise<Decision | undefined> {
  // Right after what it begins with come the ids that differ in the last hexadecimal digit.
  const near = await store.history({ afterId: outcomeId.slice(0, -1), limit: 16 });
  return near.find(({ outcome }) => outcome.id === outcomeId);
}

/** A tier's whole answer, where its text was kept. */
export interface StoredAnswer {
  tier: string;
  /** Without thinking, as an audit has it judged: that would also tell who thinks. */
  text: string;
}

/** One a tier: of the request itself, and of its audit. */
export function storedAnswers({ attempts, audit }: Pick<Decision, 'attempts' | 'audit'>): StoredAnswer[] {
  const asked = attempts.filter(({ about }) => about === undefined);
  const further = (JSON.parse(audit?.attempts ?? '[]') as AuditAttempt[]).filter(({ paid }) => paid !== true);
  const answers = new Map<string, StoredAnswer>();
  for (const { tier, answer, cut, errorCode } of [...asked, ...further] satisfies Partial<AttemptRow>[]) {
    if (answer !== undefined && !cut && errorCode === undefined && !answers.has(tier))
      answers.set(tier, { tier, text: withoutThinking(answer).trim() });
  }
  return [...answers.values()];
}
