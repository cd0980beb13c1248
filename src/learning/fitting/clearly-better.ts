import { clipProbability } from '../../calibration/fit/sigmoid.ts';

/**
 * Whether the log loss falls by more than the standard error of the paired difference: less is noise.
 * @param weights how many labels each row counts for; absent: one each.
 */
export function clearlyBetter(
  before: Float64Array,
  after: Float64Array,
  outcome: Float64Array,
  weights?: Float64Array,
): boolean {
  const gains = [...outcome].map(
    (label, row) => loss(before[row] ?? NaN, label) - loss(after[row] ?? NaN, label),
  );
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  const total = gains.reduce((sum, _, row) => sum + weightOf(row), 0);
  const gain = gains.reduce((sum, each, row) => sum + weightOf(row) * each, 0) / total;
  const spread = gains.reduce((sum, each, row) => sum + weightOf(row) ** 2 * (each - gain) ** 2, 0);
  return gain > Math.sqrt(spread) / total;
}

function loss(probability: number, label: number): number {
  const p = clipProbability(probability);
  return -label * Math.log(p) - (1 - label) * Math.log1p(-p);
}
