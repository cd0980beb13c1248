import { meanDifferenceInterval, ratioInterval } from '../calibration/tests/mean-interval.ts';
import { mean } from '../learning/table/measure-rows.ts';
import type { Estimate } from '../calibration/tests/interval.ts';
import type { ReportRow } from './rows.ts';

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Everything that was spent on the question, in the rows' unit. */
export function costOfRow(row: ReportRow): number {
  return sum(row.spent.map(({ cost }) => cost));
}

/**
 * Everything spent ÷ what always asking the last tier costs. Throws RangeError if that has no interval: with fewer than two
 * rows, or if the last tier costs nothing.
 */
export function relativeCost(rows: readonly ReportRow[]): Estimate {
  const spent = rows.map(costOfRow);
  const always = rows.map(({ lastCost }) => lastCost);
  const interval = ratioInterval(spent, always);
  if (interval === undefined)
    throw new RangeError(
      `A report needs at least two test questions for which the last tier has a cost; there are ${rows.length}.`,
    );
  return { value: sum(spent) / sum(always), lower: Math.max(0, interval.lower), upper: interval.upper };
}

/** The scores of the served and of the last tier's answer, of the rows that have both. */
export function scorePairs(
  rows: readonly ReportRow[],
  last: string | undefined,
): { served: number; last: number }[] {
  return rows.flatMap((row) => {
    const served = row.answers[row.served]?.score;
    const best = last === undefined ? undefined : row.answers[last]?.score;
    return served === undefined || best === undefined ? [] : [{ served, last: best }];
  });
}

/**
 * The mean of the last tier's score minus the served one; undefined if no row has both. Always asking the last tier loses
 * nothing by definition, so then the interval is 0 wide.
 */
export function qualityLoss(
  rows: readonly ReportRow[],
  last: string | undefined,
  alwaysLast = false,
): Estimate | undefined {
  const losses = scorePairs(rows, last).map((pair) => pair.last - pair.served);
  if (losses.length === 0) return undefined;
  if (alwaysLast) return { value: 0, lower: 0, upper: 0 };
  return { value: mean(losses), ...meanDifferenceInterval(losses) };
}

/** By tier, the share of the rows that it served. */
export function servedShares(rows: readonly ReportRow[], tiers: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    tiers.map((tier) => [tier, rows.filter(({ served }) => served === tier).length / rows.length]),
  );
}
