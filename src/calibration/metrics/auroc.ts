/* oxlint-disable typescript/no-non-null-assertion -- `order` holds each row's index once, and the other columns have its length. */
import type { Interval } from '../tests/interval.ts';
import { drawClusters, groupByCluster } from '../fit/random.ts';
import type { RandomGenerator } from '../fit/random.ts';
import { scoredRows } from './scored.ts';
import type { Scored } from './scored.ts';

/**
 * Area under the ROC curve: the chance that a row of outcome 1 is predicted above one of outcome 0, ties
 * counting half (Hanley & McNeil 1982). 0..1, ½ for no order. A graded outcome y counts as y of a 1 and 1 − y
 * of a 0. Undefined if one of the two outcomes is missing.
 */
export function auroc(scored: Scored): number | undefined {
  const rows = scoredRows(scored);
  const predicted = Float64Array.from(rows, (row) => row.predicted);
  return areaInOrder(
    ascending(predicted),
    predicted,
    Float64Array.from(rows, (row) => row.outcome),
    Float64Array.from(rows, (row) => row.weight),
  );
}

function ascending(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).toSorted((a, b) => values[a]! - values[b]!);
}

function areaInOrder(
  order: Uint32Array,
  predicted: Float64Array,
  outcome: Float64Array,
  weight: Float64Array,
): number | undefined {
  let positives = 0;
  let negatives = 0;
  let above = 0;
  for (let index = 0; index < order.length;) {
    const value = predicted[order[index]!]!;
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (; index < order.length && value === predicted[order[index]!]; index++) {
      const row = order[index]!;
      tiedPositives += weight[row]! * outcome[row]!;
      tiedNegatives += weight[row]! * (1 - outcome[row]!);
    }
    above += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  return positives > 0 && negatives > 0 ? above / (positives * negatives) : undefined;
}

/** A difference of two areas with its interval. */
export interface AurocDifference extends Interval {
  /** AUROC of `first` minus that of `second`, on all rows. */
  readonly difference: number;
  /** Bootstrap draws in which both areas were defined; the interval is from these. */
  readonly replicates: number;
}

/**
 * How much better one score ranks than another on the same rows: the paired percentile bootstrap (Efron
 * 1979), drawing whole clusters (conversations, duplicates) with replacement. `certainty` is two-sided, .95
 * by default; 1,000 replicates by default. Undefined if an AUROC is. Advances the generator.
 */
export function aurocDifference(
  rows: Omit<Scored, 'predicted'> & {
    readonly first: ArrayLike<number>;
    readonly second: ArrayLike<number>;
    readonly clusters?: readonly (string | number | undefined)[];
  },
  random: RandomGenerator,
  { certainty = 0.95, replicates = 1000 }: { certainty?: number; replicates?: number } = {},
): AurocDifference | undefined {
  const {
    first,
    second,
    outcome,
    weight = Array.from(outcome, () => 1),
    clusters = Array.from(outcome, () => undefined),
  } = rows;
  // Also checks both columns.
  const all = difference(
    auroc({ predicted: first, outcome, weight }),
    auroc({ predicted: second, outcome, weight }),
  );
  if (clusters.length !== outcome.length)
    throw new RangeError(`${clusters.length} clusters for ${outcome.length} rows`);
  if (all === undefined) return undefined;
  const columns = [first, second].map((column) => {
    const predicted = Float64Array.from(column);
    return { predicted, order: ascending(predicted) };
  });
  const outcomes = Float64Array.from(outcome);
  const groups = groupByCluster(clusters);
  const draws: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const drawn = drawClusters(groups, outcomes.length, random).map((times, row) => times * weight[row]!);
    const [one, other] = columns.map(({ order, predicted }) =>
      areaInOrder(order, predicted, outcomes, drawn),
    );
    const draw = difference(one, other);
    if (draw !== undefined) draws.push(draw);
  }
  draws.sort((a, b) => a - b);
  const tail = (1 - certainty) / 2;
  return {
    difference: all,
    lower: quantile(draws, tail),
    upper: quantile(draws, 1 - tail),
    replicates: draws.length,
  };
}

function difference(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one - other;
}

function quantile(sorted: readonly number[], at: number): number {
  const position = at * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? NaN;
  const high = sorted[Math.ceil(position)] ?? NaN;
  return low + (position - Math.floor(position)) * (high - low);
}
