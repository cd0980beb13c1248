import { normalProbability, normalQuantile } from '../fit/normal.ts';

/** Nearer to ½ or to 1 an area says nothing, or everything: its quantile is infinite there. */
const GREATEST_AREA = 0.995;

/**
 * The share of answers that can be kept, the surest first, until the lost ones among them are `mayLose` of all answers, where
 * `lost` of all would be lost in all. How sure an answer is has a normal distribution with the same spread for those that are lost
 * and for the others (the binormal model); `area` is the AUROC with which it tells them apart, at least ½.
 */
export function keptShare({ lost, area, mayLose }: { lost: number; area: number; mayLose: number }): number {
  if (lost <= mayLose) return 1;
  if (mayLose <= 0) return 0;
  const distance = Math.SQRT2 * normalQuantile(Math.min(GREATEST_AREA, Math.max(0.5, area)));
  const kept = normalProbability(distance + normalQuantile(mayLose / lost));
  return mayLose + (1 - lost) * kept;
}

/**
 * The standard error of an AUROC of so many rows of either outcome (Hanley & McNeil 1982, doi 10.1148/radiology.143.1.7063747).
 * Counts may be sums of graded outcomes. ½ where one of them is 0: then it is not known.
 */
export function aurocError(area: number, positives: number, negatives: number): number {
  if (!(positives > 0 && negatives > 0)) return 0.5;
  const [one, other] = [area / (2 - area), (2 * area * area) / (1 + area)];
  const variance =
    area * (1 - area) +
    Math.max(0, positives - 1) * (one - area * area) +
    Math.max(0, negatives - 1) * (other - area * area);
  return Math.sqrt(Math.max(0, variance) / (positives * negatives));
}
