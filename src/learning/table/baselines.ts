import { heuristicObjections, HEURISTICS, type HeuristicVersion } from '../../routing/rules/heuristic.ts';
import { measureRows, mean, type PolicyResult } from './measure-rows.ts';
import type { LadderTable } from './ladder-table.ts';
import { holdInReserve, servedAfterLast, type WalkedRows } from './walk-rows.ts';

/** Asks tier after tier until `accepts` accepts an answer that fails no check; the last tier's answer is always served. */
export function askInOrder(
  table: LadderTable,
  rows: readonly number[],
  accepts: (row: number, tier: number) => boolean,
): WalkedRows {
  const last = table.answers.length - 1;
  const served = new Uint8Array(rows.length);
  const spent = new Float64Array(rows.length);
  rows.forEach((row, index) => {
    let tier = 0;
    let held = -1;
    let cost = table.answers[0]?.cost[row] ?? NaN;
    while (tier < last && ((table.answers[tier]?.failedChecks[row] ?? 0) > 0 || !accepts(row, tier))) {
      held = holdInReserve(table, row, held, tier);
      tier += 1;
      cost += table.answers[tier]?.cost[row] ?? NaN;
    }
    served[index] = tier === last ? servedAfterLast(table, row, held) : tier;
    spent[index] = cost;
  });
  return { served, spent };
}

/** Asks one tier alone. */
export function alwaysAsk(table: LadderTable, rows: readonly number[], tier: number): WalkedRows {
  return {
    served: new Uint8Array(rows.length).fill(tier),
    spent: Float64Array.from(rows, (row) => table.answers[tier]?.cost[row] ?? NaN),
  };
}

/** For each row asks only the cheapest tier whose answer is no worse than the last tier's; a real policy cannot know that. */
export function oraclePolicy(table: LadderTable, rows: readonly number[]): WalkedRows {
  const last = table.answers.length - 1;
  const served = new Uint8Array(rows.length);
  const spent = new Float64Array(rows.length);
  rows.forEach((row, index) => {
    const best = table.answers.reduce((chosen, { cost, score }, tier) => {
      const good = (score[row] ?? 0) >= (table.answers[last]?.score[row] ?? 0);
      return good && (cost[row] ?? Infinity) < (table.answers[chosen]?.cost[row] ?? Infinity) ? tier : chosen;
    }, last);
    served[index] = best;
    spent[index] = table.answers[best]?.cost[row] ?? NaN;
  });
  return { served, spent };
}

export const heuristicVersions = Object.keys(HEURISTICS) as HeuristicVersion[];

/** The rule of `adaptive-llm-routing`; `undefined` if the answers of some tier have none of its token signals. */
export function heuristicPolicy(
  table: LadderTable,
  rows: readonly number[],
  version: HeuristicVersion,
): WalkedRows | undefined {
  const known = table.answers
    .slice(0, -1)
    .every(({ signals }) =>
      signals.some((each) => each['meanEntropy'] !== undefined || each['meanLogprob'] !== undefined),
    );
  if (!known) return undefined;
  return askInOrder(
    table,
    rows,
    (row, tier) => heuristicObjections(version, table.answers[tier]?.signals[row] ?? {}).length === 0,
  );
}

/** Steps of the grid of thresholds, by the number of thresholds; with more thresholds, one step: all or nothing. */
const GRID = [0, 100, 24, 10, 6, 4, 3];

/**
 * One threshold on confidence for each tier, tuned the plain way: of a grid of quantiles the cheapest whose mean loss on the
 * rows is at most `maxLoss`. One entry for each of `maxLosses`; `undefined` if none costs less than always asking the last tier.
 */
export function tuneThresholds(
  table: LadderTable,
  rows: readonly number[],
  confidence: (row: number, tier: number) => number,
  maxLosses: readonly number[],
): (readonly number[] | undefined)[] {
  const tiers = table.answers.length - 1;
  const steps = GRID[tiers] ?? 1;
  const grids = Array.from({ length: tiers }, (_, tier) => {
    const sorted = rows.map((row) => confidence(row, tier)).toSorted((a, b) => a - b);
    return [
      ...Array.from({ length: steps }, (__, step) => sorted[Math.floor((step * sorted.length) / steps)] ?? 0),
      Infinity,
    ];
  });
  const best = maxLosses.map((): { cost: number; thresholds?: readonly number[] } => ({ cost: 1 }));
  for (const thresholds of combinations(grids)) {
    const walked = askInOrder(
      table,
      rows,
      (row, tier) => confidence(row, tier) >= (thresholds[tier] ?? Infinity),
    );
    const { losses, relativeCost } = measureRows(table, rows, walked);
    const loss = mean(losses);
    maxLosses.forEach((maxLoss, index) => {
      const held = best[index];
      if (held !== undefined && loss <= maxLoss && relativeCost < held.cost)
        best[index] = { cost: relativeCost, thresholds };
    });
  }
  return best.map(({ thresholds }) => thresholds);
}

function combinations(grids: readonly (readonly number[])[]): number[][] {
  return grids.reduce<number[][]>(
    (all, grid) => all.flatMap((head) => grid.map((value) => [...head, value])),
    [[]],
  );
}

/**
 * Asks the first tier a random share of the questions and the last tier the others, so that the loss on `tuned` is
 * `maxLoss`: the best that is possible without looking at the question. If the first tier is not cheaper, the last answers
 * all. The figures on `rows` are expectations over the random draw.
 */
export function randomMixPolicy(
  table: LadderTable,
  tuned: readonly number[],
  rows: readonly number[],
  maxLoss: number,
): PolicyResult {
  const firstOn = (these: readonly number[]): PolicyResult =>
    measureRows(table, these, alwaysAsk(table, these, 0));
  const { losses, relativeCost } = firstOn(tuned);
  const lost = mean(losses);
  const share = relativeCost >= 1 ? 0 : lost <= maxLoss ? 1 : maxLoss / lost;
  const first = firstOn(rows);
  return {
    losses: first.losses.map((loss) => share * loss),
    relativeCost: share * first.relativeCost + 1 - share,
  };
}
