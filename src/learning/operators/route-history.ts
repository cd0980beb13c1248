import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { defined } from '../../defined.ts';
import type { AuditAttempt, LearningStore } from '../../store/contract/learning-rows.ts';
import type { Decision, Store } from '../../store/contract/store.ts';

/**
 * What the status and the review queue of a route are computed from. Without texts, because these may be long: a prompt is
 * replaced by its hash, and an answer by an empty one.
 */
export interface RouteHistory {
  /** The newest requests, consecutive, the oldest first. */
  recent: Decision[];
  /** Every audited request, in the order in which audits were written. */
  audited: AuditedDecision[];
}

/** A request with the number of its audit. */
export type AuditedDecision = Decision & { number: number };

/** At most this many of the newest requests are read. */
const MOST_RECENT = 2_000;
/** A read of the store blocks the process, so pages are small, and a gateway answers requests in between. */
const PAGE = 25;

/** @throws {WeirError} store_unavailable */
export async function readRouteHistory(
  store: Pick<Store, 'outcomes' | 'history' | 'decision'> & Pick<LearningStore, 'audits'>,
  route: string,
): Promise<RouteHistory> {
  return { recent: await readRecent(store, route), audited: await readAudited(store, route) };
}

async function readRecent(store: Pick<Store, 'outcomes' | 'history'>, route: string): Promise<Decision[]> {
  const newest = await store.outcomes({ route, limit: MOST_RECENT + 1 });
  // Ids increase with time, except that two of one millisecond may not.
  const before =
    newest.length > MOST_RECENT
      ? newest
          .map(({ id }) => id)
          .toSorted()
          .at(0)
      : undefined;
  const found: Decision[] = [];
  for (let afterId = before; ; afterId = found.at(-1)?.outcome.id) {
    const page = await store.history({ route, limit: PAGE, ...defined({ afterId }) });
    found.push(...page.map(withoutTexts));
    if (page.length < PAGE) return found;
    await setImmediate();
  }
}

async function readAudited(
  store: Pick<Store, 'decision'> & Pick<LearningStore, 'audits'>,
  route: string,
): Promise<AuditedDecision[]> {
  const found: AuditedDecision[] = [];
  for (let afterNumber = 0; ;) {
    const page = await store.audits({ route, afterNumber, limit: PAGE });
    for (const { outcomeId, tenant, number } of page) {
      const decision = await store.decision(outcomeId, tenant);
      if (decision !== undefined) found.push({ ...withoutTexts(decision), number });
    }
    if (page.length < PAGE) return found;
    afterNumber = page.at(-1)?.number ?? 0;
    await setImmediate();
  }
}

function withoutTexts({ outcome, attempts, labels, audit }: Decision): Decision {
  const { prompt } = outcome;
  return {
    outcome:
      prompt === undefined
        ? outcome
        : { ...outcome, prompt: createHash('sha256').update(prompt).digest('hex') },
    attempts: attempts.map(withoutAnswer),
    labels,
    ...defined({
      audit: audit && {
        ...audit,
        attempts: JSON.stringify((JSON.parse(audit.attempts) as AuditAttempt[]).map(withoutAnswer)),
      },
    }),
  };
}

function withoutAnswer<Asked extends { answer?: string }>(asked: Asked): Asked {
  return asked.answer === undefined ? asked : { ...asked, answer: '' };
}
