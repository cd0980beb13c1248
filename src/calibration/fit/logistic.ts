/* oxlint-disable typescript/no-non-null-assertion -- the loops bound every index by the design's own size. */
import {
  flooredPenalty,
  packRows,
  requirePrior,
  requireUnitLabels,
  unidentifiedCoefficients,
} from './design-rows.ts';
import type { CoefficientPrior, Design, FitRow } from './design-rows.ts';
import { dot, invertCholesky, quadraticForm, robustCholesky, solveCholesky } from './linear-algebra.ts';
import type { CholeskyFactor } from './linear-algebra.ts';
import { minimise } from './newton.ts';
import type { Convergence, ConvexObjective, NewtonOptions } from './newton.ts';
import { sigmoid, softplus } from './sigmoid.ts';

/** A fitted logistic regression; plain JSON. */
export interface LogisticFit {
  /** One for each column of the rows, in log-odds per unit of the feature. */
  readonly coefficients: readonly number[];
  /**
   * The inverse Hessian at the fit, width × width, row after row: the coefficients' posterior covariance
   * (Laplace).
   */
  readonly covariance: readonly number[];
  readonly convergence: Convergence;
  /**
   * Columns that had no penalty and that the rows do not identify (constant 0, duplicated, or separating); their
   * coefficients are near their prior, or large.
   */
  readonly unidentified: readonly number[];
}

/**
 * Weighted ridge logistic regression about a prior: minimises Σ weight·logLoss(σ(x·β), y) + ½ Σ penalty·(β −
 * prior)² by Newton's method (iteratively reweighted least squares). The number of coefficients is that of
 * the penalties. Labels may be soft (0..1). No rows give the prior itself; separated or one-sided labels give
 * what the penalty allows. Throws RangeError on rows or penalties that are malformed, see `packRows` and
 * `requirePrior`.
 */
export function fitLogistic(rows: readonly FitRow[], options: CoefficientPrior & NewtonOptions): LogisticFit {
  const { penalty, prior } = requirePrior(options);
  const width = penalty.length;
  const design = packRows(rows, width);
  requireUnitLabels(design);
  const floored = flooredPenalty(design, penalty);
  const objective = logisticObjective(design, floored, prior);
  const { at, ...convergence } = minimise(objective, Float64Array.from(prior), options);
  const covariance = Array.from(invertCholesky(objective.factor(), width));
  const variances = penalty.map((_, index) => covariance[index * width + index]!);
  return {
    coefficients: Array.from(at),
    covariance,
    convergence,
    unidentified: unidentifiedCoefficients(penalty, floored, variances),
  };
}

function logisticObjective(
  design: Design,
  penalty: Float64Array,
  prior: readonly number[],
): ConvexObjective & { factor(): CholeskyFactor } {
  const { count, width, x, y, weight } = design;
  const logOddsOfRow = new Float64Array(count);
  let point: Float64Array = new Float64Array(width);
  let factor: CholeskyFactor = new Float64Array();

  function value(at: Float64Array): number {
    point = at;
    let loss = 0;
    for (let row = 0; row < count; row++) {
      let z = 0;
      for (let j = 0; j < width; j++) z += x[row * width + j]! * at[j]!;
      logOddsOfRow[row] = z;
      loss += weight[row]! * (softplus(z) - y[row]! * z);
    }
    for (let j = 0; j < width; j++) loss += 0.5 * penalty[j]! * (at[j]! - prior[j]!) ** 2;
    return loss;
  }

  function newtonStep() {
    const gradient = new Float64Array(width);
    const hessian = new Float64Array(width * width);
    for (let row = 0; row < count; row++) {
      const p = sigmoid(logOddsOfRow[row]!);
      const error = weight[row]! * (p - y[row]!);
      const curvature = weight[row]! * p * (1 - p);
      for (let j = 0; j < width; j++) {
        const feature = x[row * width + j]!;
        gradient[j]! += error * feature;
        const scaled = curvature * feature;
        for (let k = 0; k <= j; k++) hessian[j * width + k]! += scaled * x[row * width + k]!;
      }
    }
    for (let j = 0; j < width; j++) {
      gradient[j]! += penalty[j]! * (point[j]! - prior[j]!);
      hessian[j * width + j]! += penalty[j]!;
    }
    factor = robustCholesky(hessian, width);
    const step = solveCholesky(factor, width, gradient);
    return { step, decrement: dot(step, gradient) };
  }

  return { value, newtonStep, factor: () => factor };
}

/** x·β, the log-odds of label 1. */
export function logOdds(fit: Pick<LogisticFit, 'coefficients'>, x: ArrayLike<number>): number {
  return dot(fit.coefficients, x);
}

/** The probability 0..1 of label 1. */
export function predictLogistic(fit: Pick<LogisticFit, 'coefficients'>, x: ArrayLike<number>): number {
  return sigmoid(logOdds(fit, x));
}

/** What each feature adds to the log-odds: coefficient times feature. They sum to `logOdds`, the intercept included. */
export function logisticContributions(
  fit: Pick<LogisticFit, 'coefficients'>,
  x: ArrayLike<number>,
): number[] {
  return fit.coefficients.map((coefficient, column) => coefficient * (x[column] ?? 0));
}

/** The standard error of the log-odds at `x`, from the fit's covariance. */
export function logOddsError(fit: Pick<LogisticFit, 'covariance'>, x: ArrayLike<number>): number {
  return Math.sqrt(Math.max(0, quadraticForm(fit.covariance, x)));
}
