import { requireUnitLabels } from './design-rows.ts';
import { dot, quadraticForm } from './linear-algebra.ts';
import type { NewtonOptions } from './newton.ts';
import { LINEAR, LOGISTIC, fitPooled } from './pooled-fit.ts';
import type { PooledFit, PooledGroup } from './pooled-fit.ts';
import { packPooledRows } from './pooled-rows.ts';
import type { PooledPrior, PooledRow } from './pooled-rows.ts';
import { sigmoid } from './sigmoid.ts';

export type { PooledFit, PooledGroup } from './pooled-fit.ts';
export type { PooledPrior, PooledRow } from './pooled-rows.ts';

/**
 * Logistic regression with partial pooling over groups (Gelman & Hill 2007, ch. 12): label ~ σ(x·(β +
 * v_group)), minimising the weighted log loss + ½ Σ penalty·(β − prior)² + ½ Σ over groups Σ groupPenalty·v².
 * A column of ones with group penalty 1 and features with 4 give σ(b + a·z + u_h + v_h·z). Labels may be soft
 * (0..1). A group of few rows stays near the shared coefficients, one of many goes its own way. Throws
 * RangeError on rows or penalties that are malformed, see `packRows`, `requirePrior` and `packPooledRows`.
 */
export function fitPooledLogistic(
  rows: readonly PooledRow[],
  options: PooledPrior & NewtonOptions,
): PooledFit {
  const design = packPooledRows(rows, options);
  requireUnitLabels(design);
  return fitPooled(design, LOGISTIC, options);
}

/**
 * Linear ridge regression with the same pooling: label ~ x·(β + v_group), minimising half the weighted
 * squared error and the penalties of `fitPooledLogistic`. Throws RangeError on rows or penalties that are
 * malformed.
 */
export function fitPooledRidge(rows: readonly PooledRow[], options: PooledPrior): PooledFit {
  // The loss is a parabola: the first full step is the last.
  return fitPooled(packPooledRows(rows, options), LINEAR, { tolerance: Infinity });
}

type Coefficients = Pick<PooledFit, 'coefficients'> & {
  readonly groups: Readonly<Record<string, Pick<PooledGroup, 'deviations'>>>;
};

/** The group's coefficients: shared plus deviations; the shared ones alone if the group is unknown or not given. */
export function groupCoefficients({ coefficients, groups }: Coefficients, group?: string): readonly number[] {
  const known = group !== undefined && Object.hasOwn(groups, group) ? groups[group] : undefined;
  return known ? coefficients.map((value, column) => value + (known.deviations[column] ?? 0)) : coefficients;
}

/** x·(β + v_group): the log-odds of label 1 by a logistic fit, the predicted label by a linear one. */
export function pooledScore(fit: Coefficients, x: ArrayLike<number>, group?: string): number {
  return dot(groupCoefficients(fit, group), x);
}

/** The probability 0..1 of label 1 by a logistic fit. */
export function predictPooled(fit: Coefficients, x: ArrayLike<number>, group?: string): number {
  return sigmoid(pooledScore(fit, x, group));
}

/** What each feature adds to the score, the group's deviation included. They sum to `pooledScore`. */
export function pooledContributions(fit: Coefficients, x: ArrayLike<number>, group?: string): number[] {
  return groupCoefficients(fit, group).map((coefficient, column) => coefficient * (x[column] ?? 0));
}

/**
 * The standard error of the score at `x`, from the fit's covariance (Laplace); for a linear fit in units of the noise's
 * standard deviation. For an unknown group it includes how much groups vary.
 */
export function pooledScoreError(fit: PooledFit, x: ArrayLike<number>, group?: string): number {
  const { covariance, varying, unseenVariance } = fit;
  const features = varying.map((column) => x[column] ?? 0);
  const known = group !== undefined && Object.hasOwn(fit.groups, group) ? fit.groups[group] : undefined;
  if (known === undefined) {
    const strays = features.reduce((sum, feature, a) => sum + feature ** 2 * (unseenVariance[a] ?? 0), 0);
    return Math.sqrt(Math.max(0, quadraticForm(covariance, x)) + strays);
  }
  // Var(x·β + f·v) with v = −link·β + noise of covariance `own`.
  const throughShared = Array.from(x, (feature, j) =>
    features.reduce((sum, own, a) => sum - own * (known.link[a * x.length + j] ?? 0), feature),
  );
  return Math.sqrt(
    Math.max(0, quadraticForm(known.own, features) + quadraticForm(covariance, throughShared)),
  );
}
