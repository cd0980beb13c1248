/* oxlint-disable typescript/no-non-null-assertion -- the loops bound every index by the design's own size. */
import { flooredPenalty, packRows, requirePrior, unidentifiedCoefficients } from './design-rows.ts';
import type { CoefficientPrior, FitRow } from './design-rows.ts';
import { dot, invertCholesky, robustCholesky, solveCholesky } from './linear-algebra.ts';

/** A fitted linear ridge regression; plain JSON. */
export interface RidgeFit {
  /** One for each column of the rows, in units of the label per unit of the feature. */
  readonly coefficients: readonly number[];
  /** Columns that had no penalty and that the rows do not identify. */
  readonly unidentified: readonly number[];
}

/**
 * Weighted linear ridge regression about a prior: minimises ½ Σ weight·(x·β − y)² + ½ Σ penalty·(β − prior)²
 * (Hoerl & Kennard 1970). The number of coefficients is that of the penalties. No rows give the prior itself.
 * Throws RangeError on rows or penalties that are malformed, see `packRows` and `requirePrior`.
 */
export function fitRidge(rows: readonly FitRow[], options: CoefficientPrior): RidgeFit {
  const { penalty, prior } = requirePrior(options);
  const width = penalty.length;
  const design = packRows(rows, width);
  const floored = flooredPenalty(design, penalty);
  const normal = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (let row = 0; row < design.count; row++) {
    const x = design.x.subarray(row * width, (row + 1) * width);
    // Solving for the distance from the prior keeps an unidentified coefficient exactly there.
    const distance = design.y[row]! - dot(x, prior);
    for (let j = 0; j < width; j++) {
      const scaled = design.weight[row]! * x[j]!;
      right[j]! += scaled * distance;
      for (let k = 0; k <= j; k++) normal[j * width + k]! += scaled * x[k]!;
    }
  }
  floored.forEach((value, j) => (normal[j * width + j]! += value));
  const factor = robustCholesky(normal, width);
  const inverse = invertCholesky(factor, width);
  const solved = solveCholesky(factor, width, right);
  return {
    coefficients: prior.map((mean, j) => mean + solved[j]!),
    unidentified: unidentifiedCoefficients(
      penalty,
      floored,
      penalty.map((_, j) => inverse[j * width + j]!),
    ),
  };
}

/** x·β, the predicted label. */
export function predictRidge(fit: Pick<RidgeFit, 'coefficients'>, x: ArrayLike<number>): number {
  return dot(fit.coefficients, x);
}
