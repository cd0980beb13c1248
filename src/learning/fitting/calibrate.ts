import { defined } from '../../defined.ts';
import { reliabilityCurve, type ReliabilityPoint } from '../../calibration/metrics/metrics.ts';
import { createRandom } from '../../calibration/fit/random.ts';
import type { ConfidenceModel } from '../../routing/confidence/confidence.ts';
import { believeAnswer, LEAST_ROWS, type LadderTable, tooFewQuestions } from '../table/ladder-table.ts';
import { calibrationFigures, type CalibrationFigures } from '../table/calibration-figures.ts';
import { splitRows } from '../table/split-rows.ts';
import { fitLadder, confidenceModelOf } from './fit-ladder.ts';
import { mean } from '../table/measure-rows.ts';

/** How good a tier's confidence is, on answers that have one. */
export interface HeldOutFigures extends CalibrationFigures {
  questions: number;
  /** Mean score; absent without questions. */
  accuracy?: number;
  reliability: ReliabilityPoint[];
}

export interface CalibratedLadder {
  /** Fitted on all rows. */
  model: ConfidenceModel;
  /** By tier, the figures of a model that was fitted on the other rows. */
  heldOut: Record<string, HeldOutFigures>;
  fitRows: number;
  heldOutRows: number;
}

/**
 * Fits a confidence model on all rows, and measures how good such a model is on rows that it was not fitted on.
 * @throws {RangeError} if there are fewer than {@link LEAST_ROWS} questions, or all belong to too few conversations.
 */
export function calibrateLadder(
  table: LadderTable,
  { seed, fitShare, name }: { seed: number; fitShare: number; name: string },
): CalibratedLadder {
  if (table.count < LEAST_ROWS) throw new RangeError(tooFewQuestions(table.count, 'to fit a confidence on'));
  const fit = Math.floor(table.count * fitShare);
  const draw = splitRows(table, { fit, certify: 0 }, createRandom(seed));
  const held = draw.score;
  if (held.length === 0)
    throw new RangeError(
      `The ${table.count} questions belong to too few conversations or prompts: after fitting on some, none is left to measure on.`,
    );
  const heldOut = heldOutFigures(table, confidenceModelOf(fitLadder(table, draw.fit), name, {}), held);
  const all = [...draw.fit, ...held];
  const evidence = {
    fittedOn: all.length,
    heldOut: Object.fromEntries(
      Object.entries(heldOut).map(([tier, { reliability: _curve, ...figures }]) => [tier, figures]),
    ),
  };
  return {
    model: confidenceModelOf(fitLadder(table, all), name, evidence),
    heldOut,
    fitRows: draw.fit.length,
    heldOutRows: held.length,
  };
}

/** By tier without the last, the figures on rows that the model was not fitted on. Paid signals are used if they are there. */
export function heldOutFigures(
  table: LadderTable,
  model: ConfidenceModel,
  rows: readonly number[],
): Record<string, HeldOutFigures> {
  return Object.fromEntries(
    table.tiers.slice(0, -1).map((tier, index) => {
      const answers = table.answers[index];
      const scored = rows.flatMap((row) => {
        const belief = believeAnswer(model, table, row, { tier: index, paid: true });
        return belief === undefined
          ? []
          : [{ predicted: belief.confidence, outcome: answers?.score[row] ?? NaN }];
      });
      const columns = {
        predicted: scored.map((row) => row.predicted),
        outcome: scored.map((row) => row.outcome),
      };
      return [
        tier,
        defined({
          questions: scored.length,
          accuracy: scored.length === 0 ? undefined : mean(columns.outcome),
          ...calibrationFigures(columns),
          reliability: reliabilityCurve(columns),
        }),
      ];
    }),
  );
}
