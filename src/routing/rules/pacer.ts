import type { PriceRule } from './price-rule.ts';

/**
 * So many budgets spent too much, or too little, move the place across the whole path. Fewer follow a change of costs
 * sooner, and make the quality of answers waver with every dear request.
 */
const BUDGETS_ACROSS = 300;

/** The budget that a solved policy keeps, in nano-dollars a request; `undefined` where it was solved for something else. */
export function budgetOf({ objective }: Pick<PriceRule, 'objective'>): number | undefined {
  return 'budgetUsdPerRequest' in objective ? objective.budgetUsdPerRequest * 1e9 : undefined;
}

type Path = Pick<PriceRule, 'path' | 'furthest'>;

/**
 * Where on the path the next request is decided, after one that cost so much: cheaper after spending more than the
 * budget, dearer after less, in proportion. Summed over requests, what was spent beyond the budget is the way the place
 * has gone: so as long as it is not at an end of the path, n requests are off the budget by at most
 * {@link BUDGETS_ACROSS} ÷ n of it, whatever became of the costs (an integral controller; its bound at both ends is its
 * anti-windup: it never tries to make up for what the path could not do).
 * @param budget nano-dollars a request, above 0.
 */
export function nextPlace(rule: Path, budget: number, place: number, costNanoUsd: number): number {
  const end = Math.min(rule.furthest, rule.path.length - 1);
  return within(end, place + (end / BUDGETS_ACROSS) * (costNanoUsd / budget - 1));
}

/** A request that was decided at a place, and what it cost. */
export interface Paced {
  place: number;
  costNanoUsd: number;
}

/** The place after these requests, oldest first: what a restart goes on from; `undefined` where there are none. */
export function resumedPlace(rule: Path, budget: number, history: readonly Paced[]): number | undefined {
  const [oldest] = history;
  return oldest === undefined
    ? undefined
    : history.reduce((place, { costNanoUsd }) => nextPlace(rule, budget, place, costNanoUsd), oldest.place);
}

function within(end: number, place: number): number {
  return Math.min(end, Math.max(0, place));
}
