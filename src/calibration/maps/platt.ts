import type { FitRow } from '../fit/design-rows.ts';
import { fitLogistic } from '../fit/logistic.ts';
import { scoredRows } from '../metrics/scored.ts';
import type { Scored } from '../metrics/scored.ts';
import { logit, sigmoid } from '../fit/sigmoid.ts';

/** p ↦ σ(slope·logit(p) + intercept), slope ≥ 0; the identity is slope 1, intercept 0. Plain JSON. */
export interface SigmoidCalibrator {
  readonly method: 'sigmoid';
  readonly slope: number;
  readonly intercept: number;
}

/** How firmly a parametric calibrator is pulled towards the identity. */
export interface ParametricOptions {
  /** The ridge penalty on each parameter's distance from the identity; 0 by default. */
  readonly penalty?: number;
}

/**
 * Platt scaling of probabilities on their log-odds. By default with Platt's smoothed targets: of N₊ and N₋
 * rows of each label, 1 becomes (N₊ + 1)/(N₊ + 2) and 0 becomes 1/(N₋ + 2) (Platt 1999, Probabilistic outputs
 * for support vector machines), which keeps a fit on few or separated rows finite; `smooth: false` is plain
 * maximum likelihood. A falling fit is held at slope 0. Without rows: the identity. Throws RangeError on
 * malformed columns.
 */
export function fitSigmoid(
  scored: Scored,
  { penalty = 0, smooth = true }: ParametricOptions & { readonly smooth?: boolean } = {},
): SigmoidCalibrator {
  const rows = scoredRows(scored);
  const positives = rows.reduce((sum, { outcome, weight }) => sum + outcome * weight, 0);
  const negatives = rows.reduce((sum, { outcome, weight }) => sum + (1 - outcome) * weight, 0);
  const [one, zero] = smooth ? [(positives + 1) / (positives + 2), 1 / (negatives + 2)] : [1, 0];
  const training = rows.map(({ predicted, outcome, weight }) => ({
    x: [logit(predicted), 1],
    y: outcome * one + (1 - outcome) * zero,
    weight,
  }));
  const [slope = 1, intercept = 0] = fitLogistic(training, {
    penalty: [penalty, penalty],
    prior: [1, 0],
  }).coefficients;
  if (slope >= 0) return { method: 'sigmoid', slope, intercept };
  return { method: 'sigmoid', slope: 0, intercept: constantLogOdds(training, penalty) };
}

/** The log-odds of a fit by an intercept alone. */
function constantLogOdds(rows: readonly FitRow[], penalty: number): number {
  const constant = rows.map((row) => ({ ...row, x: [1] }));
  return fitLogistic(constant, { penalty: [penalty] }).coefficients[0] ?? 0;
}

/** The calibrated probability 0..1 of a probability 0..1. */
export function applySigmoid({ slope, intercept }: SigmoidCalibrator, probability: number): number {
  return sigmoid(slope * logit(probability) + intercept);
}
