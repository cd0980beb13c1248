import {
  drawOnePerCluster,
  groupByCluster,
  shuffled,
  type RandomGenerator,
} from '../../calibration/fit/random.ts';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { LadderTable } from './ladder-table.ts';

/** Rows to fit on, rows to certify on that nothing was fitted on, and rows to score on that were used for nothing else. */
export interface RowSplit {
  fit: number[];
  certify: number[];
  score: number[];
  /** The other rows of the clusters that certify, of which one row each is in `certify`. */
  repeats: number[];
}

/**
 * Splits a table's rows at random by whole clusters; one row of a cluster certifies. The fit rows are in random order. The
 * rows that are left are scored; `keep` of them are set aside before any row certifies. If rows are few, `certify` and
 * `score` get fewer than was asked for, or none.
 */
export function splitRows(
  table: LadderTable,
  { fit, certify, keep = 0 }: { fit: number; certify: number; keep?: number },
  random: RandomGenerator,
): RowSplit {
  const clusters = shuffled(groupByCluster([...table.clusters]), random);
  const draw: RowSplit = { fit: [], certify: [], score: [], repeats: [] };
  for (const rows of clusters) {
    if (draw.fit.length < fit) draw.fit.push(...rows);
    else if (draw.score.length < keep) draw.score.push(...rows);
    else if (draw.certify.length < certify) {
      const counted = drawOnePerCluster([rows], random);
      draw.certify.push(...counted);
      draw.repeats.push(...rows.filter((row) => !counted.includes(row)));
    } else draw.score.push(...rows);
  }
  return draw;
}

/** One row of each cluster, drawn at random. */
export function onePerCluster(
  table: Pick<LadderTable, 'clusters'>,
  rows: readonly number[],
  random: RandomGenerator,
): number[] {
  const clusters = groupByCluster(rows.map((row) => table.clusters[row]));
  return drawOnePerCluster(clusters, random).flatMap((index) => rows[index] ?? []);
}

/**
 * Draws with replacement from the table as if it were the whole population, and scores on all of it: so the true loss that
 * a certificate limits is known exactly.
 */
export function drawFromPopulation(
  table: LadderTable,
  { fit, certify }: { fit: number; certify: number },
  random: RandomGenerator,
): RowSplit {
  const draw = (count: number): number[] =>
    Array.from({ length: count }, () => uniformInt(random, 0, table.count - 1));
  return { fit: draw(fit), certify: draw(certify), score: [...Array(table.count).keys()], repeats: [] };
}
