import type { ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { PriceRule } from '../../routing/rules/price-rule.ts';
import { fitLadder, type FittedLadder, confidenceModelOf, ruleParts } from './fit-ladder.ts';
import { measureRows, mean, type PolicyResult } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { NOISE_PRICE, pricesOfQuality, solvePath } from './solve-path.ts';
import { createWalker, type WalkedRows } from '../table/walk-rows.ts';

/** A ladder that is fitted and solved: a path of policies, and how to try each on any rows of the table. */
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
  /** How many labels each fit row counts for; absent: one each. */
  weights?: Float64Array;
}

/**
 * Fits everything on some rows of a table and solves the path.
 * @throws {RangeError} where the last tier's answers to them cost nothing.
 */
export function solveLadder(
  table: LadderTable,
  fitRows: readonly number[],
  { prices = pricesOfQuality(), noisePrice = NOISE_PRICE, weights }: SolveOptions = {},
): SolvedLadder {
  const ladder = fitLadder(table, fitRows, weights);
  const unit = lastCostToSave(table, fitRows);
  const path = solvePath(
    ladder,
    prices.map((price) => price * unit),
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

/** Nano-dollars that always asking the last tier costs a question. */
export function meanLastCost(table: LadderTable, rows: readonly number[]): number {
  const cost = table.answers.at(-1)?.cost;
  return mean(rows.map((row) => cost?.[row] ?? NaN));
}

/** The same where something can be saved of it. @throws {RangeError} where the last tier's answers cost nothing. */
export function lastCostToSave(table: LadderTable, rows: readonly number[]): number {
  const unit = meanLastCost(table, rows);
  if (unit > 0) return unit;
  throw new RangeError(
    `Always asking ${table.tiers.at(-1) ?? ''} costs nothing in these questions, so there is nothing to save; give prices (--prices), or the models' in the configuration.`,
  );
}
