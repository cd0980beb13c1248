/* oxlint-disable typescript/no-non-null-assertion -- the loops bound every index by the design's own size. */
import { solveArrow, sumGroups } from './arrow-system.ts';
import type { ArrowSolution } from './arrow-system.ts';
import { flooredPenalty, unidentifiedCoefficients } from './design-rows.ts';
import { dot } from './linear-algebra.ts';
import { minimise } from './newton.ts';
import type { Convergence, NewtonOptions } from './newton.ts';
import type { packPooledRows } from './pooled-rows.ts';
import { sigmoid, softplus } from './sigmoid.ts';

/** One group's part of a pooled fit. */
export interface PooledGroup {
  /** What the group adds to each shared coefficient; 0 where groups may not differ. */
  readonly deviations: readonly number[];
  /** The covariance of its deviations given the shared coefficients, varying × varying. */
  readonly own: readonly number[];
  /** How its deviations depend on the shared coefficients: −link is the regression on them, varying × width. */
  readonly link: readonly number[];
}

/** Coefficients shared by all groups, with each group's deviations; plain JSON. */
export interface PooledFit {
  readonly coefficients: readonly number[];
  readonly groups: Readonly<Record<string, PooledGroup>>;
  /**
   * The shared coefficients' covariance, width × width; for a linear fit in units of the noise's variance.
   */
  readonly covariance: readonly number[];
  /** The columns on which groups may differ. */
  readonly varying: readonly number[];
  /** For each of these the variance of an unseen group's deviation: the inverse of its penalty. */
  readonly unseenVariance: readonly number[];
  readonly convergence: Convergence;
  /** Shared coefficients that had no penalty and that the rows do not identify. */
  readonly unidentified: readonly number[];
}

/**
 * A generalised linear model with its canonical link (McCullagh & Nelder 1989): loss, mean and variance of a
 * label.
 */
export interface GlmFamily {
  /** The loss of label y at linear score z; its derivative is mean(z) − y. */
  loss(z: number, y: number): number;
  mean(z: number): number;
  /** The derivative of the mean, as a function of the mean. */
  variance(mean: number): number;
}

export const LOGISTIC: GlmFamily = {
  loss: (z, y) => softplus(z) - y * z,
  mean: sigmoid,
  variance: (mean) => mean * (1 - mean),
};
export const LINEAR: GlmFamily = { loss: (z, y) => 0.5 * (z - y) ** 2, mean: (z) => z, variance: () => 1 };

/** Fits shared coefficients and deviations together; each Newton step solves one arrow system. */
export function fitPooled(
  design: ReturnType<typeof packPooledRows>,
  family: GlmFamily,
  options: NewtonOptions,
): PooledFit {
  const { count, width, x, y, weight, groups, starts, varying, deviationPenalty, prior } = design;
  const own = varying.length;
  const penalty = flooredPenalty(design, design.penalty);
  const start = new Float64Array(width + groups.length * own);
  start.set(prior);
  const score = new Float64Array(count);
  const curvature = new Float64Array(count);
  const error = new Float64Array(count);
  let point: Float64Array = start;

  function value(at: Float64Array): number {
    point = at;
    let loss = 0;
    for (let j = 0; j < width; j++) loss += 0.5 * penalty[j]! * (at[j]! - prior[j]!) ** 2;
    for (let group = 0; group < groups.length; group++) {
      const coefficients = at.slice(0, width);
      for (let a = 0; a < own; a++) {
        const deviation = at[width + group * own + a]!;
        coefficients[varying[a]!]! += deviation;
        loss += 0.5 * deviationPenalty[a]! * deviation ** 2;
      }
      for (let row = starts[group]!; row < starts[group + 1]!; row++) {
        let z = 0;
        for (let j = 0; j < width; j++) z += x[row * width + j]! * coefficients[j]!;
        score[row] = z;
        loss += weight[row]! * family.loss(z, y[row]!);
      }
    }
    return loss;
  }

  function solve(): ArrowSolution & { decrement: number } {
    for (let row = 0; row < count; row++) {
      const mean = family.mean(score[row]!);
      error[row] = weight[row]! * (mean - y[row]!);
      curvature[row] = weight[row]! * family.variance(mean);
    }
    const { squares, errors } = sumGroups(design, curvature, error);
    const gradient = new Float64Array(point.length);
    for (let j = 0; j < width; j++) gradient[j] = penalty[j]! * (point[j]! - prior[j]!);
    errors.forEach((pull, group) => {
      for (let j = 0; j < width; j++) gradient[j]! += pull[j]!;
      for (let a = 0; a < own; a++) {
        const at = width + group * own + a;
        gradient[at] = pull[varying[a]!]! + deviationPenalty[a]! * point[at]!;
      }
    });
    const solution = solveArrow(design, squares, penalty, gradient);
    return { ...solution, decrement: dot(solution.step, gradient) };
  }

  let last: ArrowSolution | undefined;
  const { at, ...convergence } = minimise({ value, newtonStep: () => (last = solve()) }, start, options);
  const { shared, groups: spreads } = last ?? solve();
  const fitted = spreads.map((spread, group): [string, PooledGroup] => {
    const deviations = prior.map(() => 0);
    for (let a = 0; a < own; a++) deviations[varying[a]!] = at[width + group * own + a]!;
    return [groups[group]!, { deviations, own: Array.from(spread.own), link: Array.from(spread.link) }];
  });
  const covariance = Array.from(shared);
  const variances = prior.map((_, j) => covariance[j * width + j]!);
  return {
    coefficients: Array.from(at.subarray(0, width)),
    groups: Object.fromEntries(fitted),
    covariance,
    varying,
    unseenVariance: deviationPenalty.map((strength) => 1 / strength),
    convergence,
    unidentified: unidentifiedCoefficients(design.penalty, penalty, variances),
  };
}
