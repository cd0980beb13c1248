import { budgetOf, nextPlace, resumedPlace, type Paced } from '../../routing/rules/pacer.ts';
import type { OutcomeRow } from '../../store/contract/outcome-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import type { Log } from '../../telemetry/names.ts';
import type { ServedRoute } from '../served-route.ts';

/** Keeps routes to their budgets: what requests cost moves the place on the path at which the next ones are decided. */
export interface Pacing {
  /** The place for the route's next request; `undefined` where the route has no budget. Never throws. */
  place(route: ServedRoute): Promise<number> | number | undefined;
  /** What a request that was decided by this route's policy cost, in nano-dollars. */
  spent(route: ServedRoute, costNanoUsd: number): void;
}

/** Requests of the record that a restart goes on from. */
const HISTORY = 100;
/** Older ones say nothing of today's costs. */
const DAY_MS = 86_400_000;

/**
 * One place for each policy (a route's policy that changes begins at its own place), in memory; at the first request it
 * goes on from the last day's record.
 */
export function createPacing({
  outcomes,
  now,
  log,
}: {
  outcomes: Store['outcomes'];
  now: () => number;
  log: Log;
}): Pacing {
  const places = new Map<string, Promise<number> | number>();

  async function begin({ policy, hash }: ServedRoute): Promise<number> {
    const { rule, route } = policy;
    if (rule.kind !== 'price') return 0;
    const budget = budgetOf(rule) ?? Infinity;
    try {
      const rows = await outcomes({ route, sinceMs: now() - DAY_MS, limit: HISTORY });
      const history = rows.flatMap((row) => pacedBy(row, hash)).toReversed();
      return resumedPlace(rule, budget, history) ?? rule.place;
    } catch (error) {
      log.warn({ route, error: String(error) }, 'the budget begins anew: its record cannot be read');
      return rule.place;
    }
  }

  /** Those who come while it begins wait for the same. */
  function beginOnce(route: ServedRoute): Promise<number> {
    const begun = begin(route).then((place) => {
      places.set(route.hash, place);
      return place;
    });
    places.set(route.hash, begun);
    return begun;
  }

  return {
    place(route) {
      const { rule } = route.policy;
      if (rule.kind !== 'price' || budgetOf(rule) === undefined) return undefined;
      return places.get(route.hash) ?? beginOnce(route);
    },
    spent({ policy, hash }, costNanoUsd) {
      const place = places.get(hash);
      const budget = policy.rule.kind === 'price' ? budgetOf(policy.rule) : undefined;
      if (policy.rule.kind !== 'price' || budget === undefined || typeof place !== 'number') return;
      places.set(hash, nextPlace(policy.rule, budget, place, costNanoUsd));
    },
  };
}

/** What a request counts for in its route's budget; `undefined`: nothing, as where it failed and nothing was spent. */
export function pacedCost(servedBy: string | undefined, costNanoUsd: number | undefined): number | undefined {
  return servedBy === undefined && costNanoUsd === 0 ? undefined : costNanoUsd;
}

/** The place stands in the record among what the request was decided by. */
function pacedBy(row: OutcomeRow, hash: string): Paced[] {
  const costNanoUsd = pacedCost(row.tier, row.costNanoUsd);
  if (row.policyHash !== hash || costNanoUsd === undefined) return [];
  const { request } = JSON.parse(row.explanation) as { request?: { place?: unknown } };
  return typeof request?.place === 'number' ? [{ place: request.place, costNanoUsd }] : [];
}
