import { drawOnePerCluster, groupByCluster, type RandomGenerator } from '../../calibration/fit/random.ts';
import { measureRows, type PolicyResult } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { solveLadder } from './solve-ladder.ts';

export const CROSS_FIT_FOLDS = 5;
/**
 * Cross-fitting needs at least this many labels of different conversations. Its guarantee holds in the limit of many labels,
 * and nearly holds with some hundreds: each fold then tests with 80 of them.
 */
export const LEAST_CROSS_FITTED = 400;

/** Rows that test a policy, and rows of other clusters that it is fitted on. */
export interface Fold {
  fit: number[];
  heldOut: number[];
}

/** For each fold, a path fitted on the other folds. A point's losses are those of the five policies, each on its held-out fold. */
export interface CrossFittedLadder {
  /** The rows that test, one of each cluster, fold by fold: in the order of the losses. */
  rows: number[];
  /** Measures a point of the path on all of them. */
  measure(point: number): PolicyResult;
}

/**
 * Cuts rows into folds by whole clusters; one row of each cluster tests. The rows must be in random order.
 * @param together lists of indices into `rows` that stay in one fold.
 */
export function foldRows(
  rows: readonly number[],
  together: readonly (readonly number[])[],
  random: RandomGenerator,
): Fold[] {
  const foldOf = new Map(
    together.flatMap((indices, cluster) =>
      indices.map((index) => [index, cluster % CROSS_FIT_FOLDS] as const),
    ),
  );
  return Array.from({ length: CROSS_FIT_FOLDS }, (_, fold) => ({
    fit: rows.filter((_row, index) => foldOf.get(index) !== fold),
    heldOut: drawOnePerCluster(
      together.filter((_indices, cluster) => cluster % CROSS_FIT_FOLDS === fold),
      random,
    ).flatMap((index) => rows[index] ?? []),
  }));
}

/**
 * For each fold, fits a ladder and solves its path on the other folds. The rows must be in random order.
 * @param independent the rows were drawn with replacement as if from a population: a row drawn twice may be in two folds.
 * @throws {RangeError} if they belong to fewer than {@link LEAST_CROSS_FITTED} clusters.
 */
export function crossFitLadder(
  table: LadderTable,
  rows: readonly number[],
  random: RandomGenerator,
  { independent = false }: { independent?: boolean } = {},
): CrossFittedLadder {
  const together = groupByCluster(rows.map((row) => (independent ? undefined : table.clusters[row])));
  if (together.length < LEAST_CROSS_FITTED)
    throw new RangeError(
      `${together.length} labelled questions of different conversations or prompts are too few to both fit on and test with (--cross-fit). Its promise holds in the limit of many labels, so at least ${LEAST_CROSS_FITTED} are needed. Leave the option out: then some questions are fitted on, the others certify, and the promise is exact.`,
    );
  const folds = foldRows(rows, together, random).map(({ fit, heldOut }) => ({
    heldOut,
    solved: solveLadder(table, fit),
  }));
  const tested = folds.flatMap(({ heldOut }) => heldOut);
  return {
    rows: tested,
    measure: (point) => {
      const walked = folds.map(({ heldOut, solved }) => solved.walk(heldOut, point));
      return measureRows(table, tested, {
        served: Uint8Array.from(walked.flatMap(({ served }) => [...served])),
        spent: Float64Array.from(walked.flatMap(({ spent }) => [...spent])),
      });
    },
  };
}
