/* oxlint-disable typescript/no-non-null-assertion -- the loops bound every index by the design's own size. */
import { invertCholesky, robustCholesky, solveCholesky } from './linear-algebra.ts';
import type { SymmetricMatrix } from './linear-algebra.ts';
import type { PooledDesign } from './pooled-rows.ts';

/** A group's part of the inverse of the solved system; together with `shared` it gives any variance. */
export interface GroupSpread {
  /** The inverse of the group's own block, varying × varying. */
  readonly own: Float64Array;
  /** That inverse times the block between group and shared coefficients, varying × width. */
  readonly link: Float64Array;
}

/** A solved arrow system. */
export interface ArrowSolution {
  readonly step: Float64Array;
  /** The shared coefficients' block of the inverse, width × width. */
  readonly shared: SymmetricMatrix;
  readonly groups: readonly GroupSpread[];
}

/**
 * The normal equations of the groups' rows: Σ curvature·x·xᵀ (lower triangle) and Σ error·x, group by group.
 */
export interface GroupSums {
  readonly squares: readonly Float64Array[];
  readonly errors: readonly Float64Array[];
}

/** Sums each group's rows, weighted by each row's current curvature and error. */
export function sumGroups(design: PooledDesign, curvature: Float64Array, error: Float64Array): GroupSums {
  const { width, x, starts, groups } = design;
  const squares = groups.map(() => new Float64Array(width * width));
  const errors = groups.map(() => new Float64Array(width));
  for (let group = 0; group < groups.length; group++) {
    const square = squares[group]!;
    const pull = errors[group]!;
    for (let row = starts[group]!; row < starts[group + 1]!; row++) {
      for (let j = 0; j < width; j++) {
        const feature = x[row * width + j]!;
        pull[j]! += error[row]! * feature;
        const scaled = curvature[row]! * feature;
        for (let k = 0; k <= j; k++) square[j * width + k]! += scaled * x[row * width + k]!;
      }
    }
  }
  return { squares, errors };
}

/** A factored arrow system: solves for any gradient. */
export interface ArrowFactor extends Omit<ArrowSolution, 'step'> {
  solve(gradient: Float64Array): Float64Array;
}

/**
 * Factors the Newton system H of pooled coefficients: the shared ones first, then each group's deviations. H is an
 * arrow (groups are linked to the shared block alone), so each group is eliminated by its Schur complement: the work grows
 * with groups × width³, not with (groups × width)³.
 */
export function factorArrow(
  design: PooledDesign,
  squares: readonly Float64Array[],
  penalty: Float64Array,
): ArrowFactor {
  const { width, varying, deviationPenalty } = design;
  const own = varying.length;
  const schur = new Float64Array(width * width);
  for (let j = 0; j < width; j++) schur[j * width + j] = penalty[j]!;
  const groups = squares.map((square): GroupSpread => {
    const at = (row: number, column: number): number =>
      square[row >= column ? row * width + column : column * width + row]!;
    const block = new Float64Array(own * own);
    for (let a = 0; a < own; a++) {
      for (let b = 0; b <= a; b++) block[a * own + b] = at(varying[a]!, varying[b]!);
      block[a * own + a]! += deviationPenalty[a]!;
    }
    const inverse = invertCholesky(robustCholesky(block, own), own);
    const link = new Float64Array(own * width);
    for (let a = 0; a < own; a++) {
      for (let b = 0; b < own; b++) {
        for (let j = 0; j < width; j++) link[a * width + j]! += inverse[a * own + b]! * at(varying[b]!, j);
      }
    }
    for (let j = 0; j < width; j++) {
      for (let k = 0; k <= j; k++) {
        let sum = square[j * width + k]!;
        for (let a = 0; a < own; a++) sum -= at(varying[a]!, j) * link[a * width + k]!;
        schur[j * width + k]! += sum;
      }
    }
    return { own: inverse, link };
  });
  const factor = robustCholesky(schur, width);

  function solve(gradient: Float64Array): Float64Array {
    const right = gradient.slice(0, width);
    groups.forEach(({ link }, group) => {
      const start = width + group * own;
      for (let a = 0; a < own; a++) {
        for (let j = 0; j < width; j++) right[j]! -= link[a * width + j]! * gradient[start + a]!;
      }
    });
    const step = new Float64Array(gradient.length);
    const common = solveCholesky(factor, width, right);
    step.set(common);
    groups.forEach(({ own: inverse, link }, group) => {
      const start = width + group * own;
      for (let a = 0; a < own; a++) {
        let sum = 0;
        for (let b = 0; b < own; b++) sum += inverse[a * own + b]! * gradient[start + b]!;
        for (let j = 0; j < width; j++) sum -= link[a * width + j]! * common[j]!;
        step[start + a] = sum;
      }
    });
    return step;
  }

  return { solve, groups, shared: invertCholesky(factor, width) };
}

/** Solves that system once. `gradient` includes the penalties' part already. */
export function solveArrow(
  design: PooledDesign,
  squares: readonly Float64Array[],
  penalty: Float64Array,
  gradient: Float64Array,
): ArrowSolution {
  const { solve, shared, groups } = factorArrow(design, squares, penalty);
  return { step: solve(gradient), shared, groups };
}
