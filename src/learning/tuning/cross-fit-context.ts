import { createRandom } from '../../calibration/fit/random.ts';
import { alwaysAsk } from '../table/baselines.ts';
import { crossFitLadder } from '../fitting/cross-fit-ladder.ts';
import { splitRows } from '../table/split-rows.ts';
import { measureRows } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { meanLastCost, solveLadder } from '../fitting/solve-ladder.ts';
import type { TuningContext, TuneOptions } from './context.ts';

/**
 * A ladder fitted on all rows but those that are kept for a report. Its path's points are measured by the policies of five
 * folds at the same prices of quality, each on the fold that it was not fitted on.
 * @throws {RangeError} if the objective promises no quality loss, the last tier has no scores, or the rows are too few.
 */
export function crossFitContext(table: LadderTable, options: TuneOptions): TuningContext {
  const { objective, seed, testShare } = options;
  if (!('maxQualityLoss' in objective))
    throw new RangeError(
      '--cross-fit needs a promise of quality. A budget, or the value of an answer, promises none.',
    );
  if (!table.lastLabelled)
    throw new RangeError(
      `No answer of ${table.tiers.at(-1) ?? ''} has a score, so only a share of wrong answers among those accepted could be promised, and --cross-fit cannot promise that. Leave it out, or have the last tier's answers scored.`,
    );
  const random = createRandom(seed);
  const test = Math.floor(table.count * testShare);
  const { fit, score } = splitRows(table, { fit: table.count - test, certify: 0, keep: test }, random);
  const crossFitted = crossFitLadder(table, fit, random);
  const solved = solveLadder(table, fit);
  const tested = new Set(crossFitted.rows);
  const draw = { fit, certify: crossFitted.rows, score, repeats: fit.filter((row) => !tested.has(row)) };
  return {
    table,
    options,
    solved,
    draw,
    measured: solved.parts.path.map((_, point) => crossFitted.measure(point)),
    lastTierCost: meanLastCost(table, fit),
    last: measureRows(table, draw.certify, alwaysAsk(table, draw.certify, table.answers.length - 1)),
  };
}
