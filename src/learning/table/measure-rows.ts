import type { LadderTable } from './ladder-table.ts';
import type { WalkedRows } from './walk-rows.ts';

/** What a policy lost and spent on some rows. */
export interface PolicyResult {
  /** score(last) − score(served) of each row: below 0 for a gain. Promises are tested {@link withoutGains}. */
  losses: Float64Array;
  /** Everything spent ÷ always asking the last tier. */
  relativeCost: number;
  /** Its standard error, by linearisation (Cochran 1977, §6.4); absent if the cost was combined from other results. */
  relativeCostError?: number;
}

/** Losses and relative cost of a walk over these rows. */
export function measureRows(
  table: LadderTable,
  rows: readonly number[],
  { served, spent }: WalkedRows,
): PolicyResult {
  const last = table.answers.length - 1;
  const losses = new Float64Array(rows.length);
  let [cost, always] = [0, 0];
  let [costSquares, alwaysSquares, products] = [0, 0, 0];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    const tier = served[index] ?? last;
    losses[index] = (table.answers[last]?.score[row] ?? NaN) - (table.answers[tier]?.score[row] ?? NaN);
    const own = spent[index] ?? NaN;
    const unit = table.answers[last]?.cost[row] ?? NaN;
    cost += own;
    always += unit;
    costSquares += own * own;
    alwaysSquares += unit * unit;
    products += own * unit;
  }
  const relativeCost = cost / always;
  const squares = costSquares - 2 * relativeCost * products + relativeCost ** 2 * alwaysSquares;
  // Rounding may make the sum slightly negative.
  const relativeCostError =
    Math.sqrt((Math.max(0, squares) * rows.length) / Math.max(1, rows.length - 1)) / always;
  return { losses, relativeCost, relativeCostError };
}

/**
 * The losses as a promise counts them: an answer that is better than the last tier's loses nothing, and makes up for no other.
 * Else what some requests gain would hide what others lose.
 */
export function withoutGains(losses: Float64Array): Float64Array {
  return losses.map((loss) => (loss < 0 ? 0 : loss));
}

/** The arithmetic mean; NaN without values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? NaN;
  return sum / values.length;
}
