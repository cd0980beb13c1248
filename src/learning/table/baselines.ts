import { heuristicObjections, HEURISTICS, type HeuristicVersion } from '../../routing/rules/heuristic.ts';
import { judgeRows, mean, type Judged } from './judge-rows.ts';
import type { LadderTable } from './ladder-table.ts';
import { holdOn, serveAtEnd } from './passed-over.ts';
import type { Walked } from './walk-rows.ts';

/** What asking tier after tier does, where `accepts` says of each answer whether it is served; the last one always is. */
export function climb(
  table: LadderTable,
  rows: readonly number[],
  accepts: (row: number, tier: number) => boolean,
): Walked {
  const last = table.answers.length - 1;
  const served = new Uint8Array(rows.length);
  const spent = new Float64Array(rows.length);
  rows.forEach((row, index) => {
    let tier = 0;
    let held = -1;
    let cost = table.answers[0]?.cost[row] ?? NaN;
    while (tier < last && ((table.answers[tier]?.failedChecks[row] ?? 0) > 0 || !accepts(row, tier))) {
      held = holdOn(table, row, held, tier);
      tier += 1;
      cost += table.answers[tier]?.cost[row] ?? NaN;
    }
    served[index] = tier === last ? serveAtEnd(table, row, held) : tier;
    spent[index] = cost;
  });
  return { served, spent };
}

/** One tier alone, asked at once. */
export function always(table: LadderTable, rows: readonly number[], tier: number): Walked {
  return {
    served: new Uint8Array(rows.length).fill(tier),
    spent: Float64Array.from(rows, (row) => table.answers[tier]?.cost[row] ?? NaN),
  };
}

/** For each row the cheapest tier that is no worse than the last, asked at once: no policy can know that. */
export function oracle(table: LadderTable, rows: readonly number[]): Walked {
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

/** The rule of `adaptive-llm-routing`; `undefined` where the answers have none of its token signals. */
export function heuristic(
  table: LadderTable,
  rows: readonly number[],
  version: HeuristicVersion,
): Walked | undefined {
  const known = table.answers
    .slice(0, -1)
    .every(({ signals }) =>
      signals.some((each) => each['meanEntropy'] !== undefined || each['meanLogprob'] !== undefined),
    );
  if (!known) return undefined;
  return climb(
    table,
    rows,
    (row, tier) => heuristicObjections(version, table.answers[tier]?.signals[row] ?? {}).length === 0,
  );
}

/** Steps of the grid on which thresholds are tried, by the number of thresholds; with more of them, all or nothing. */
const GRID = [0, 100, 24, 10, 6, 4, 3];

/**
 * One threshold on confidence a tier, tuned the plain way: of a grid of quantiles the cheapest whose mean loss on the rows
 * is within `maxLoss`. `undefined` where none is that costs less than always the last tier.
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
    const walked = climb(table, rows, (row, tier) => confidence(row, tier) >= (thresholds[tier] ?? Infinity));
    const { losses, relativeCost } = judgeRows(table, rows, walked);
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
 * The first tier for a random share of the questions and the last for the others, the share such that the loss on `tuned`
 * is `maxLoss`: what no knowledge of the question can do. Where the first costs no less, the last answers all. Its figures on `rows` are expectations over the coin.
 */
export function randomMix(
  table: LadderTable,
  tuned: readonly number[],
  rows: readonly number[],
  maxLoss: number,
): Judged {
  const firstOn = (these: readonly number[]): Judged => judgeRows(table, these, always(table, these, 0));
  const { losses, relativeCost } = firstOn(tuned);
  const lost = mean(losses);
  const share = relativeCost >= 1 ? 0 : lost <= maxLoss ? 1 : maxLoss / lost;
  const first = firstOn(rows);
  return {
    losses: first.losses.map((loss) => share * loss),
    relativeCost: share * first.relativeCost + 1 - share,
  };
}
