import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AuditAttempt, LearningStore } from '../../store/contract/learning-rows.ts';
import type { Decision, Store } from '../../store/contract/store.ts';

/**
 * What people are told about a route is worked out from these. Without texts, which may be as long as anybody likes: a hash
 * stands for a prompt, and an empty one for an answer.
 */
export interface RouteHistory {
  /** The newest requests in a row, the oldest first. */
  recent: Decision[];
  /** Every audited request, in the order in which audits were written. */
  audited: Decision[];
}

/** The newest requests that are looked at. */
const MOST_RECENT = 2_000;
/** The store answers at once and not in between: so few are read before a gateway may go on answering. */
const PAGE = 25;

/** @throws {WeirError} store_unavailable */
export async function readRoute(
  store: Pick<Store, 'outcomes' | 'history' | 'decision'> & Pick<LearningStore, 'audits'>,
  route: string,
): Promise<RouteHistory> {
  return { recent: await readRecent(store, route), audited: await readAudited(store, route) };
}

async function readRecent(store: Pick<Store, 'outcomes' | 'history'>, route: string): Promise<Decision[]> {
  const newest = await store.outcomes({ route, limit: MOST_RECENT + 1 });
  // Identifiers rise with time, but two of one millisecond need not.
  const before =
    newest.length > MOST_RECENT
      ? newest
          .map(({ id }) => id)
          .toSorted()
          .at(0)
      : undefined;
  const found: Decision[] = [];
  for (let afterId = before; ; afterId = found.at(-1)?.outcome.id) {
    const page = await store.history({ route, limit: PAGE, ...(afterId === undefined ? {} : { afterId }) });
    found.push(...page.map(withoutTexts));
    if (page.length < PAGE) return found;
    await setImmediate();
  }
}

async function readAudited(
  store: Pick<Store, 'decision'> & Pick<LearningStore, 'audits'>,
  route: string,
): Promise<Decision[]> {
  const found: Decision[] = [];
  for (let afterNumber = 0; ;) {
    const page = await store.audits({ route, afterNumber, limit: PAGE });
    for (const { outcomeId, tenant } of page) {
      const decision = await store.decision(outcomeId, tenant);
      if (decision !== undefined) found.push(withoutTexts(decision));
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
    ...(audit === undefined
      ? {}
      : {
          audit: {
            ...audit,
            attempts: JSON.stringify((JSON.parse(audit.attempts) as AuditAttempt[]).map(withoutAnswer)),
          },
        }),
  };
}

function withoutAnswer<Asked extends { answer?: string }>(asked: Asked): Asked {
  return asked.answer === undefined ? asked : { ...asked, answer: '' };
}
