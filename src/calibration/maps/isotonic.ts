import { scoredRows } from '../metrics/scored.ts';
import type { Scored } from '../metrics/scored.ts';

/** A rising map through knots, linear between them and level outside. Plain JSON. */
export interface IsotonicCalibrator {
  readonly method: 'isotonic';
  /** Strictly rising scores. */
  readonly scores: readonly number[];
  /** The calibrated probability at each, never falling. */
  readonly values: readonly number[];
}

/** Rows of one score. */
export interface ScoreGroup {
  readonly score: number;
  readonly mass: number;
  /** Σ weight·outcome. */
  readonly sum: number;
}

/** Rows joined by equal score, scores rising. Throws RangeError on malformed columns. */
export function groupByScore(scored: Scored): ScoreGroup[] {
  const groups: { score: number; mass: number; sum: number }[] = [];
  for (const { predicted, outcome, weight } of scoredRows(scored).toSorted(
    (a, b) => a.predicted - b.predicted,
  )) {
    const last = groups.at(-1);
    if (last?.score === predicted) {
      last.mass += weight;
      last.sum += weight * outcome;
    } else {
      groups.push({ score: predicted, mass: weight, sum: weight * outcome });
    }
  }
  return groups;
}

/**
 * Weighted isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny & Elkan 2002 for
 * calibration). Needs about 1,000 rows: below that it overfits. Without rows: the identity. Throws RangeError
 * on malformed columns.
 */
export function fitIsotonic(scored: Scored): IsotonicCalibrator {
  const blocks: { first: number; last: number; mass: number; sum: number }[] = [];
  for (const { score, mass, sum } of groupByScore(scored)) {
    const block = { first: score, last: score, mass, sum };
    for (
      let before = blocks.at(-1);
      before && before.sum * block.mass >= block.sum * before.mass;
      before = blocks.at(-1)
    ) {
      block.first = before.first;
      block.mass += before.mass;
      block.sum += before.sum;
      blocks.pop();
    }
    blocks.push(block);
  }
  if (blocks.length === 0) return { method: 'isotonic', scores: [0, 1], values: [0, 1] };
  const knots = blocks.flatMap(({ first, last, mass, sum }) =>
    (first === last ? [first] : [first, last]).map((at) => [at, sum / mass]),
  );
  return {
    method: 'isotonic',
    scores: knots.map(([at]) => at ?? NaN),
    values: knots.map(([, value]) => value ?? NaN),
  };
}

/** The calibrated probability 0..1 of any score. */
export function applyIsotonic({ scores, values }: IsotonicCalibrator, score: number): number {
  const above = countBelow(scores, score);
  const [left, right] = [values[above - 1], values[above]];
  if (left === undefined || right === undefined) return left ?? right ?? NaN;
  const [from = NaN, to = NaN] = [scores[above - 1], scores[above]];
  return left + ((score - from) / (to - from)) * (right - left);
}

/** How many of the rising values lie below `at`; with `orEqual`, at it or below. */
export function countBelow(rising: readonly number[], at: number, orEqual = false): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = rising[middle] ?? NaN;
    if (value < at || (orEqual && value === at)) low = middle + 1;
    else high = middle;
  }
  return low;
}
