import { countBelow, groupByScore } from './isotonic.ts';
import type { ScoreGroup } from './isotonic.ts';
import type { Scored } from '../metrics/scored.ts';

/** A fitted predictor; plain JSON. */
export interface VennAbers {
  /** The strictly rising scores seen. */
  readonly scores: readonly number[];
  /** p₀ for a score with i of the seen scores at it or below; one more than there are scores. */
  readonly low: readonly number[];
  /** p₁ for a score with i of the seen scores below it. */
  readonly high: readonly number[];
}

/** A probability with its own uncertainty. */
export interface VennAbersPrediction {
  /**
   * The two calibrated probabilities 0..1, low < high; one of them is perfectly calibrated, where rows are
   * exchangeable.
   */
  readonly low: number;
  readonly high: number;
  /** The two combined so that the log loss is least: high/(1 − low + high). */
  readonly probability: number;
}

/**
 * Inductive Venn–Abers predictor (Vovk & Petej 2014; Vovk, Petej & Fedorova 2015, arXiv 1511.00213): for a
 * new score, isotonic regression on the rows and that score labelled 0 gives p₀ there, labelled 1 gives p₁.
 * Both are computed here for every position that a score can have, in O(n log n), so a query is a binary search.
 * The new score counts as one row. Throws RangeError on malformed columns.
 */
export function fitVennAbers(scored: Scored): VennAbers {
  const groups = groupByScore(scored);
  const mirrored = groups
    .map(({ score, mass, sum }) => ({ score: -score, mass, sum: mass - sum }))
    .toReversed();
  return {
    scores: groups.map(({ score }) => score),
    low: insertOnes(mirrored)
      .toReversed()
      .map((value) => 1 - value),
    high: insertOnes(groups),
  };
}

/** p₀, p₁ and the probability they give, for any score; 0, 1 and ½ without rows. */
export function predictVennAbers({ scores, low, high }: VennAbers, score: number): VennAbersPrediction {
  const p0 = low[countBelow(scores, score, true)] ?? NaN;
  const p1 = high[countBelow(scores, score)] ?? NaN;
  return { low: p0, high: p1, probability: p1 / (1 - p0 + p1) };
}

interface Point {
  readonly mass: number;
  readonly sum: number;
}

/**
 * For k = 0, 1, …, n: the isotonic fit at a row of label 1 that stands between the first k groups and the
 * rest. It is the slope, over that row, of the convex minorant of the cumulative sums. Moving the row right
 * past a group adds one point left of it; where that lies below the minorant it becomes the segment's left
 * end, and the segment's right end moves on along the corners left. A row of label 1 equal to a group's score
 * is pooled with it, as if just before it.
 */
function insertOnes(groups: readonly ScoreGroup[]): number[] {
  const sums: Point[] = [{ mass: 0, sum: 0 }];
  for (const { mass, sum } of groups) {
    const before = sums.at(-1) ?? { mass: 0, sum: 0 };
    sums.push({ mass: before.mass + mass, sum: before.sum + sum });
  }
  const corners: Point[] = [];
  for (const point of sums.toReversed()) pushCorner(corners, point);
  let left: Point | undefined;
  return sums.map((point): number => {
    const before = { mass: point.mass - 1, sum: point.sum - 1 };
    // Only where every group from here on has the mean 1, and the minorant's corners lie on one line.
    while (corners.length > 1 && (corners.at(-1) ?? point).mass < point.mass) corners.pop();
    const right = corners.at(-1) ?? point;
    if (left === undefined || turns(left, before, right)) {
      left = before;
      while (corners.length > 1 && !turns(before, corners.at(-1) ?? point, corners.at(-2) ?? point))
        corners.pop();
    }
    const end = corners.at(-1) ?? point;
    return Math.min(1, (end.sum - left.sum) / (end.mass - left.mass));
  });
}

/** Adds a point left of all corners, dropping those that it puts above the minorant. */
function pushCorner(corners: Point[], point: Point): void {
  while (corners.length > 1 && !turns(point, corners.at(-1) ?? point, corners.at(-2) ?? point)) corners.pop();
  corners.push(point);
}

/** Whether the middle point lies strictly below the line from left to right. */
function turns(left: Point, middle: Point, right: Point): boolean {
  return (
    (middle.sum - left.sum) * (right.mass - middle.mass) <
    (right.sum - middle.sum) * (middle.mass - left.mass)
  );
}
