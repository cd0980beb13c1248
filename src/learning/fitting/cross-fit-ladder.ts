import { drawOnePerCluster, groupByCluster, type RandomGenerator } from '../../calibration/fit/random.ts';
import { measureRows, type PolicyResult } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { solveLadder } from './solve-ladder.ts';

export const CROSS_FIT_FOLDS = 5;
/**
 * So many labels of different conversations at least. What holds in the limit of many labels holds nearly from some hundreds on:
 * each fold tests with 80 of them then.
 */
export const LEAST_CROSS_FITTED = 400;

/** Rows that test a policy, and those that it is fitted on, all of other clusters. */
export interface Fold {
  fit: number[];
  heldOut: number[];
}

/** Paths fitted on all folds but one, each point's losses those of the five policies on the folds that they have not seen. */
export interface CrossFittedLadder {
  /** The rows that test, one of each cluster, fold by fold: the order of the losses. */
  rows: number[];
  /** A point of the path on all of them. */
  measure(point: number): PolicyResult;
}

/**
 * Cuts rows, which come in random order, into folds by whole clusters; of each cluster one row tests.
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
 * Fits a ladder and solves its path on all folds but one, for each fold. The rows come in random order.
 * @param independent rows drawn with replacement as if from a population: what is drawn twice may stand in two folds.
 * @throws {RangeError} where they belong to fewer than {@link LEAST_CROSS_FITTED} clusters.
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
      `${together.length} labelled questions of different conversations or prompts are too few to both fit on and test with (--cross-fit): what that promises holds in the limit of many labels, and at least ${LEAST_CROSS_FITTED} are asked for. Leave the option out: then some are fitted on, the others certify, and the promise is exact.`,
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
