/* oxlint-disable typescript/no-non-null-assertion -- the loops bound every index by the design's own size. */
import { factorArrow, sumGroups } from './arrow-system.ts';
import { flooredPenalty } from './design-rows.ts';
import { packPooledRows } from './pooled-rows.ts';
import type { PooledPrior, PooledRow } from './pooled-rows.ts';

/** Shared coefficients and each group's deviations from them, full width; plain JSON. */
export interface PooledCoefficients {
  readonly shared: number[];
  readonly groups: Record<string, number[]>;
}

/**
 * Linear ridge regression with pooling, like `fitPooledRidge`, for many sets of labels on the same rows: what does not depend
 * on the labels is computed once. Returns a function from one label for each row, in their order, to the coefficients.
 * Throws RangeError on malformed rows or penalties; the labels must be finite.
 */
export function createPooledRidge(
  rows: readonly Omit<PooledRow, 'y'>[],
  options: PooledPrior,
): (labels: Float64Array) => PooledCoefficients {
  // Packing reorders the rows by group; the label keeps each row's original index.
  const design = packPooledRows(
    rows.map((row, index) => ({ ...row, y: index })),
    options,
  );
  const { count, width, x, y: origin, weight, groups, starts, varying, prior } = design;
  const own = varying.length;
  const penalty = flooredPenalty(design, design.penalty);
  const { squares } = sumGroups(design, weight, new Float64Array(count));
  const factor = factorArrow(design, squares, penalty);
  const start = Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += x[row * width + j]! * prior[j]!;
    return sum;
  });

  return (labels) => {
    const gradient = new Float64Array(width + groups.length * own);
    const pull = new Float64Array(width);
    for (let group = 0; group < groups.length; group++) {
      pull.fill(0);
      for (let row = starts[group]!; row < starts[group + 1]!; row++) {
        const error = weight[row]! * (labels[origin[row]!]! - start[row]!);
        for (let j = 0; j < width; j++) pull[j]! += error * x[row * width + j]!;
      }
      for (let j = 0; j < width; j++) gradient[j]! += pull[j]!;
      for (let a = 0; a < own; a++) gradient[width + group * own + a] = pull[varying[a]!]!;
    }
    const step = factor.solve(gradient);
    return {
      shared: prior.map((mean, j) => mean + step[j]!),
      groups: Object.fromEntries(
        groups.map((name, group) => {
          const deviations = prior.map(() => 0);
          for (let a = 0; a < own; a++) deviations[varying[a]!] = step[width + group * own + a]!;
          return [name, deviations];
        }),
      ),
    };
  };
}
