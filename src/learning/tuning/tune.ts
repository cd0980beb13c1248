import { createRandom } from '../../calibration/fit/random.ts';
import type { Objective } from '../../routing/rules/objective.ts';
import { alwaysAsk } from '../table/baselines.ts';
import { splitRows } from '../table/split-rows.ts';
import { measureRows } from '../table/measure-rows.ts';
import { LEAST_ROWS, type LadderTable, tooFewQuestions } from '../table/ladder-table.ts';
import { meanLastCost, solveLadder } from '../fitting/solve-ladder.ts';
import { pricesOfQuality } from '../fitting/solve-path.ts';
import { crossFitContext } from './cross-fit-context.ts';
import { frontierOf, versionAt, type TuningContext, type Tuned, type TuneOptions } from './context.ts';
import { keepBudget } from './keep-budget.ts';
import { promiseLoss } from './promise-loss.ts';

export type { Tuned, TuneOptions } from './context.ts';

/**
 * Fits a ladder on a share of the rows, solves its path, and finds the position on it that meets the objective, on rows that
 * nothing was fitted on; or, if cross-fitted, on all rows.
 * @throws {RangeError} if there are fewer than {@link LEAST_ROWS} questions, or too few to cross-fit.
 */
export function tune(table: LadderTable, options: TuneOptions): Tuned {
  const { objective, crossFit } = options;
  if (table.count < LEAST_ROWS) throw new RangeError(tooFewFor(table.count, objective));
  const context = crossFit ? crossFitContext(table, options) : splitContext(table, options);
  if ('maxQualityLoss' in objective) return promiseLoss(context, objective);
  if ('budgetUsdPerRequest' in objective) return keepBudget(context, objective.budgetUsdPerRequest);
  const { solved, draw } = context;
  return {
    solved,
    draw,
    frontier: frontierOf(context, 0, 1),
    version: versionAt(context, { path: solved.parts.path, place: 0, furthest: 0 }, [{ point: 0, share: 1 }]),
  };
}

function splitContext(table: LadderTable, options: TuneOptions): TuningContext {
  const { objective, seed, fitShare, testShare } = options;
  const test = Math.floor(table.count * testShare);
  const fit = Math.max(LEAST_ROWS / 2, Math.floor((table.count - test) * fitShare));
  const certify = table.count - test - fit;
  const draw = splitRows(table, { fit, certify, keep: test }, createRandom(seed));
  if (draw.certify.length === 0)
    throw new RangeError(
      `The ${table.count} questions belong to ${new Set(table.clusters).size === 1 ? 'one conversation or prompt' : `${new Set(table.clusters).size} conversations or prompts`}: after fitting on some, none is left to ${'maxQualityLoss' in objective ? 'certify' : 'measure policies'} on. More conversations are needed.`,
    );
  const lastTierCost = meanLastCost(table, draw.fit);
  const prices =
    'valueOfGoodAnswerUsd' in objective
      ? [(objective.valueOfGoodAnswerUsd * 1e9) / lastTierCost]
      : pricesOfQuality();
  const solved = solveLadder(table, draw.fit, { prices });
  const measured = solved.parts.path.map((_, point) => solved.measure(draw.certify, point));
  const last = measureRows(table, draw.certify, alwaysAsk(table, draw.certify, table.answers.length - 1));
  return { table, options, solved, draw, measured, lastTierCost, last };
}

function tooFewFor(count: number, objective: Objective): string {
  const promised = 'maxQualityLoss' in objective ? ` ${leastLabels(objective)}` : '';
  return `${tooFewQuestions(count, 'to fit a policy on')}${promised} Until then the last tier answers everything.`;
}

/** How many questions prove the promise if the last tier never does better: (1 − δ)ⁿ ≤ α. */
function leastLabels({ maxQualityLoss, certainty }: { maxQualityLoss: number; certainty: number }): string {
  const least = Math.ceil(Math.log(1 - certainty) / Math.log1p(-maxQualityLoss));
  return `A quality loss of at most ${maxQualityLoss} with a certainty of ${certainty} needs at least ${least} questions to certify on, even if nothing is ever lost.`;
}
