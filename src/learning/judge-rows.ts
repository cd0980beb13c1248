import type { LadderTable } from './ladder-table.ts';
import type { Walked } from './walk-rows.ts';

/** What a policy did on some rows. */
export interface Judged {
  /** score(last) − score(served), one a row. */
  losses: Float64Array;
  /** Everything spent ÷ always asking the last tier. */
  relativeCost: number;
}

/** Losses and cost of served tiers. */
export function judgeRows(table: LadderTable, rows: readonly number[], { served, spent }: Walked): Judged {
  const last = table.answers.length - 1;
  const losses = new Float64Array(rows.length);
  let cost = 0;
  let always = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    const tier = served[index] ?? last;
    losses[index] = (table.answers[last]?.score[row] ?? NaN) - (table.answers[tier]?.score[row] ?? NaN);
    cost += spent[index] ?? NaN;
    always += table.answers[last]?.cost[row] ?? NaN;
  }
  return { losses, relativeCost: cost / always };
}

/** NaN without values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? NaN;
  return sum / values.length;
}
