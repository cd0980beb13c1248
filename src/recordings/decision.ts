import { withoutThinking } from '../routing/signals/thinking.ts';
import type { AuditAttempt } from '../store/contract/learning-rows.ts';
import type { AttemptRow } from '../store/contract/outcome-rows.ts';
import type { Decision, Store } from '../store/contract/store.ts';

/**
 * The recorded decision of a request, whichever tenant asked. @param outcomeId its id without `chatcmpl-`.
 * @throws {WeirError} store_unavailable
 */
export async function decisionById(
  store: Pick<Store, 'history'>,
  outcomeId: string,
): Promise<Decision | undefined> {
  // After its first 35 characters come at most the 16 ids that differ in the last hexadecimal digit.
  const near = await store.history({ afterId: outcomeId.slice(0, -1), limit: 16 });
  return near.find(({ outcome }) => outcome.id === outcomeId);
}

/** A tier's whole answer, if its text was stored. */
export interface StoredAnswer {
  tier: string;
  /** Without thinking, as audits give it to a judge: the thinking would also reveal the model. */
  text: string;
}

/** One answer for each tier: from the request itself, else from its audit. */
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
