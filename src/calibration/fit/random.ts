/* oxlint-disable typescript/no-non-null-assertion -- a drawn index lies within the array it is drawn for. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export type { RandomGenerator };

/** A generator that gives the same numbers for the same seed (a 32-bit integer), on every machine. */
export function createRandom(seed: number): RandomGenerator {
  return xoroshiro128plus(seed);
}

/** The items in a uniformly random order, as a new array (Fisher & Yates). Advances the generator. */
export function shuffled<T>(items: Iterable<T>, random: RandomGenerator): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/**
 * Row indices by cluster, in order of first appearance. A row without a cluster (undefined) is a cluster of
 * its own.
 */
export function groupByCluster(clusters: readonly (string | number | undefined)[]): number[][] {
  const named = new Map<string | number, number[]>();
  const groups: number[][] = [];
  clusters.forEach((cluster, row) => {
    const known = cluster === undefined ? undefined : named.get(cluster);
    if (known !== undefined) return void known.push(row);
    const group = [row];
    groups.push(group);
    if (cluster !== undefined) named.set(cluster, group);
  });
  return groups;
}

/** One row index of each cluster, drawn uniformly, in the clusters' order. */
export function drawOnePerCluster(groups: readonly (readonly number[])[], random: RandomGenerator): number[] {
  return groups.flatMap((rows) => rows[uniformInt(random, 0, rows.length - 1)] ?? []);
}

/** A bootstrap draw of whole clusters with replacement: how often each of `rowCount` rows was drawn. */
export function drawClusters(
  groups: readonly (readonly number[])[],
  rowCount: number,
  random: RandomGenerator,
): Float64Array {
  const times = new Float64Array(rowCount);
  for (let draw = 0; draw < groups.length; draw++) {
    for (const row of groups[uniformInt(random, 0, groups.length - 1)] ?? [])
      times[row] = (times[row] ?? 0) + 1;
  }
  return times;
}
