import type { PriceRule } from './price-rule.ts';
import type { Pace } from './rule.ts';

/**
 * Spending this many budgets too much, or too little, moves the position across the whole path. A smaller number follows a
 * change of costs sooner, and lets the quality of answers vary with every expensive request.
 */
const BUDGETS_ACROSS = 300;
/**
 * How many path lengths the position may run beyond the cheap end: so much of what was overspent is made up for later. One request
 * can cost a thousand budgets, which is three path lengths. What is beyond is forgotten: costs that the path cannot bring down would
 * otherwise hold the route at its cheap end long after they have come down.
 */
const PATHS_BEYOND = 10;

/** The budget that a solved policy keeps, in nano-dollars a request; `undefined` where it was solved for something else. */
export function budgetOf({ objective }: Pick<PriceRule, 'objective'>): number | undefined {
  return 'budgetUsdPerRequest' in objective ? objective.budgetUsdPerRequest * 1e9 : undefined;
}

/** How the budget of a solved policy moves its position; `undefined` where it was solved for something else. */
export function paceOf(rule: Pick<PriceRule, 'objective' | 'path' | 'furthest' | 'place'>): Pace | undefined {
  const budget = budgetOf(rule);
  if (budget === undefined) return undefined;
  return {
    start: rule.place,
    next: (position, costNanoUsd) => nextPosition(rule, budget, position, costNanoUsd),
  };
}

/**
 * Where on the path the next request is decided, after one that cost so much: cheaper after spending more than the
 * budget, dearer after less, in proportion. Summed over requests, what was spent beyond the budget is the distance that the
 * position has moved. It may move beyond the cheap end, where requests are decided as at that end: so what one dear request
 * spent too much is made up for. As long as it is within its bounds, n requests are over the budget by at most
 * {@link BUDGETS_ACROSS} · (1 + {@link PATHS_BEYOND}) ÷ n of it, however the costs change, and by {@link BUDGETS_ACROSS} ÷ n once
 * it is back on the path (an integral controller; its bounds are its anti-windup).
 * @param budget nano-dollars a request, above 0.
 */
export function nextPosition(
  { path, furthest }: Pick<PriceRule, 'path' | 'furthest'>,
  budget: number,
  position: number,
  costNanoUsd: number,
): number {
  const end = Math.min(furthest, path.length - 1);
  const moved = position + (end / BUDGETS_ACROSS) * (costNanoUsd / budget - 1);
  return Math.min(end * (1 + PATHS_BEYOND), Math.max(0, moved));
}

/** A request that was decided at a position, and what it cost. */
export interface PacedRequest {
  position: number;
  costNanoUsd: number;
}

/** The position after these requests, oldest first: where a restart continues. `undefined` where there are none. */
export function resumedPosition(
  pace: Pick<Pace, 'next'>,
  history: readonly PacedRequest[],
): number | undefined {
  const [oldest] = history;
  return oldest === undefined
    ? undefined
    : history.reduce((position, { costNanoUsd }) => pace.next(position, costNanoUsd), oldest.position);
}
