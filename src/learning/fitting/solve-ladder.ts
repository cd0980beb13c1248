import type { ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { PriceRule } from '../../routing/rules/price-rule.ts';
import { fitLadder, type FittedLadder, confidenceModelOf, ruleParts } from './fit-ladder.ts';
import { measureRows, mean, type PolicyResult } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { NOISE_PRICE, pricesOfQuality, solvePath } from './solve-path.ts';
import { createWalker, type WalkedRows } from '../table/walk-rows.ts';

/** A fitted ladder with its solved path of policies, each of which can be tried on any rows of the table. */
export interface SolvedLadder {
  ladder: FittedLadder;
  model: ConfidenceModel;
  parts: Pick<PriceRule, 'askCost' | 'paidCost' | 'startColumns' | 'noisePrice' | 'path'>;
  walk(rows: readonly number[], point: number): WalkedRows;
  measure(rows: readonly number[], point: number): PolicyResult;
}

export interface SolveOptions {
  /** Prices of quality as multiples of the last tier's mean cost, dearest first. */
  prices?: readonly number[];
  noisePrice?: number;
  /** How many labels each fit row counts for; one each by default. */
  weights?: Float64Array;
}

/**
 * Fits a ladder on some rows of a table and solves its path.
 * @throws {RangeError} if the last tier's answers in these rows cost nothing.
 */
export function solveLadder(
  table: LadderTable,
  fitRows: readonly number[],
  { prices = pricesOfQuality(), noisePrice = NOISE_PRICE, weights }: SolveOptions = {},
): SolvedLadder {
  const ladder = fitLadder(table, fitRows, weights);
  const lastCost = lastCostToSave(table, fitRows);
  const path = solvePath(
    ladder,
    prices.map((price) => price * lastCost),
    noisePrice,
  );
  const model = confidenceModelOf(ladder, 'fitted', {});
  const parts = { ...ruleParts(ladder, noisePrice), path };
  const walkPoint = createWalker(table, parts, model);
  const walk = (rows: readonly number[], point: number): WalkedRows => {
    const at = path[point];
    if (at === undefined) throw new RangeError(`there is no point ${point} on a path of ${path.length}`);
    return walkPoint(rows, at);
  };
  return {
    ladder,
    model,
    parts,
    walk,
    measure: (rows, point) => measureRows(table, rows, walk(rows, point)),
  };
}

/** Mean cost of the last tier's answer to a question, in nano-dollars. */
export function meanLastCost(table: LadderTable, rows: readonly number[]): number {
  const cost = table.answers.at(-1)?.cost;
  return mean(rows.map((row) => cost?.[row] ?? NaN));
}

/** The same, which must be above 0: else nothing can be saved. @throws {RangeError} if the last tier's answers cost nothing. */
export function lastCostToSave(table: LadderTable, rows: readonly number[]): number {
  const lastCost = meanLastCost(table, rows);
  if (lastCost > 0) return lastCost;
  throw new RangeError(
    `Always asking ${table.tiers.at(-1) ?? ''} costs nothing in these questions, so there is nothing to save. Give prices (--prices), or the models' prices in the configuration.`,
  );
}
