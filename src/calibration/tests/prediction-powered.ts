import type { Interval } from './interval.ts';
import { normalQuantile } from '../fit/normal.ts';

/** A row with a cheap verdict, and for some rows a trusted one as well. */
export interface PredictedRow {
  cheap: number;
  /** The trusted verdict; absent if there is none. The rows that have one must be drawn at random. */
  good?: number;
  /** Above 0, such as 1 ÷ the chance with which the row was drawn; 1 by default. */
  weight?: number;
}

export interface PredictionPowered {
  estimate: number;
  /** Standard error of the estimate. */
  error: number;
  interval: Interval;
  /** λ, 0..1: how far the cheap verdicts were used; 0, not at all. */
  tuning: number;
}

interface WeightedMean {
  mean: number;
  /** Of the mean. */
  variance: number;
}

/**
 * The mean of the good verdicts over all rows, from the cheap ones of all and the good ones of some: mean(good) −
 * λ·(mean(cheap where there is a good one) − mean(cheap elsewhere)), with the λ within 0..1 that makes its variance least, so
 * that it is never less precise than the good verdicts alone (PPI++, Angelopoulos et al. 2023, arXiv 2311.01453). Means are
 * weighted (Hájek), variances their linearisations; the interval is the normal one, `certainty` two-sided. Undefined under two
 * good verdicts. Throws RangeError if a number is not finite or a weight not above 0.
 */
export function predictionPoweredMean(
  rows: readonly PredictedRow[],
  certainty = 0.95,
): PredictionPowered | undefined {
  rows.forEach(({ cheap, good = 0, weight = 1 }, index) => {
    if (!Number.isFinite(cheap) || !Number.isFinite(good) || !(weight > 0 && weight < Infinity))
      throw new RangeError(`row ${index} has cheap ${cheap}, good ${good}, weight ${weight}`);
  });
  const known = rows.flatMap(({ cheap, good, weight = 1 }) =>
    good === undefined ? [] : [{ cheap, good, weight }],
  );
  if (known.length < 2) return undefined;
  const rest = rows.filter(({ good }) => good === undefined);
  const weights = known.map(({ weight }) => weight);
  const cheapKnown = known.map(({ cheap }) => cheap);
  const cheapRest = weightedMean(
    rest.map(({ cheap }) => cheap),
    rest.map(({ weight = 1 }) => weight),
  );
  // The error of a mean of one row is unknown: then the good verdicts are used alone.
  const tuning =
    rest.length < 2
      ? 0
      : tune(
          weightedCovariance(
            known.map(({ good }) => good),
            cheapKnown,
            weights,
          ),
          weightedMean(cheapKnown, weights).variance + cheapRest.variance,
        );
  const corrected = weightedMean(
    known.map(({ cheap, good }) => good - tuning * cheap),
    weights,
  );
  const estimate = corrected.mean + (tuning === 0 ? 0 : tuning * cheapRest.mean);
  const error = Math.sqrt(corrected.variance + (tuning === 0 ? 0 : tuning ** 2 * cheapRest.variance));
  const half = normalQuantile((1 + certainty) / 2) * error;
  return { estimate, error, interval: { lower: estimate - half, upper: estimate + half }, tuning };
}

/** If the cheap verdicts never differ, they tell nothing. */
function tune(covariance: number, cheapVariance: number): number {
  return cheapVariance > 0 ? Math.min(1, Math.max(0, covariance / cheapVariance)) : 0;
}

/** NaN throughout over no rows. */
function weightedMean(values: readonly number[], weights: readonly number[]): WeightedMean {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, row) => sum + value * (weights[row] ?? NaN), 0) / total;
  return { mean, variance: weightedCovariance(values, values, weights) };
}

/** Of two weighted means over the same rows. */
function weightedCovariance(
  left: readonly number[],
  right: readonly number[],
  weights: readonly number[],
): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value, row) => sum + value * (weights[row] ?? NaN), 0) / total;
  const [a, b] = [meanOf(left), meanOf(right)];
  const products = weights.reduce(
    (sum, weight, row) => sum + (weight / total) ** 2 * ((left[row] ?? NaN) - a) * ((right[row] ?? NaN) - b),
    0,
  );
  return (products * weights.length) / (weights.length - 1);
}
