import { DAY_MS } from '../../format/time.ts';
import { resumedPosition, type PacedRequest } from '../../routing/rules/pace.ts';
import type { Pace } from '../../routing/rules/rule.ts';
import { ruleOf } from '../../routing/rules/rules.ts';
import type { OutcomeRow } from '../../store/contract/outcome-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import type { Log } from '../../telemetry/names.ts';
import type { ServedRoute } from '../served-route.ts';

/** Keeps routes to their budgets: what requests cost moves the position on the path at which the next ones are decided. */
export interface Pacing {
  /** The position for the route's next request; `undefined` where the route has no budget. Never throws. */
  position(route: ServedRoute): Promise<number> | number | undefined;
  /** What a request that was decided by this route's policy cost, in nano-dollars. */
  spent(route: ServedRoute, costNanoUsd: number): void;
}

/** How many recorded requests a restart continues from. */
const HISTORY = 100;

/**
 * One position for each policy (a changed policy of a route begins at its own), in memory; at the first request it
 * continues from the last day's record.
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
  const positions = new Map<string, Promise<number> | number>();

  async function begin({ policy: { route }, hash }: ServedRoute, pace: Pace): Promise<number> {
    try {
      const rows = await outcomes({
        route,
        // Older requests say nothing about today's costs.
        sinceMs: now() - DAY_MS,
        limit: HISTORY,
      });
      const history = rows.flatMap((row) => pacedBy(row, hash)).toReversed();
      return resumedPosition(pace, history) ?? pace.start;
    } catch (error) {
      log.warn({ route, error: String(error) }, 'the budget starts over because its record cannot be read');
      return pace.start;
    }
  }

  /** Requests that arrive while the record is read wait for the same position. */
  function beginOnce(route: ServedRoute, pace: Pace): Promise<number> {
    const begun = begin(route, pace).then((position) => {
      positions.set(route.hash, position);
      return position;
    });
    positions.set(route.hash, begun);
    return begun;
  }

  return {
    position(route) {
      const pace = paceOf(route);
      return pace === undefined ? undefined : (positions.get(route.hash) ?? beginOnce(route, pace));
    },
    spent(route, costNanoUsd) {
      const position = positions.get(route.hash);
      const pace = paceOf(route);
      if (pace !== undefined && typeof position === 'number')
        positions.set(route.hash, pace.next(position, costNanoUsd));
    },
  };
}

function paceOf({ policy: { rule } }: ServedRoute): Pace | undefined {
  return ruleOf(rule).pace?.(rule);
}

/** What a request counts for in its route's budget; `undefined` if it failed and nothing was spent. */
export function pacedCost(servedBy: string | undefined, costNanoUsd: number | undefined): number | undefined {
  return servedBy === undefined && costNanoUsd === 0 ? undefined : costNanoUsd;
}

/** The record has the position as `place`, beside what else the request was decided by. */
function pacedBy(row: OutcomeRow, hash: string): PacedRequest[] {
  const costNanoUsd = pacedCost(row.tier, row.costNanoUsd);
  if (row.policyHash !== hash || costNanoUsd === undefined) return [];
  const { request } = JSON.parse(row.explanation) as { request?: { place?: unknown } };
  return typeof request?.place === 'number' ? [{ position: request.place, costNanoUsd }] : [];
}
