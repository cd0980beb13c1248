import { defined } from '../../defined.ts';
import {
  calibrate,
  fitBeta,
  fitSigmoid,
  fitVennAbers,
  type VennAbers,
} from '../../calibration/maps/calibrators.ts';
import type { StateModel } from '../../routing/confidence/confidence.ts';
import { clearlyBetter, type StateRows } from './fit-state.ts';

/** From this many labels on the map with three parameters is worth its variance. */
const BETA_FROM = 250;
/** The model's document keeps at most this many steps of the Venn–Abers predictor. */
const MOST_STEPS = 64;

/**
 * Recalibrates probabilities that were predicted out of fold by a map of one dimension, if that helps: if maps fitted on the
 * other folds clearly lower the log loss. A Venn–Abers predictor on the result tells how uncertain it is.
 * @returns the map, the predictor, and the probabilities after the map, still out of fold.
 */
export function recalibrate(
  predicted: Float64Array,
  outcome: Float64Array,
  { folds, foldCount, weights }: Pick<StateRows, 'folds' | 'foldCount' | 'weights'>,
): Pick<StateModel, 'recalibration' | 'spread'> & { confidence: Float64Array } {
  const mapped = new Float64Array(predicted.length);
  for (let fold = 0; fold < foldCount; fold++) {
    const map = fitMap(
      subset(predicted, folds, fold),
      subset(outcome, folds, fold),
      weights === undefined ? undefined : subset(weights, folds, fold),
    );
    predicted.forEach((value, row) => {
      if (folds[row] === fold) mapped[row] = calibrate(map, value);
    });
  }
  const helps = clearlyBetter(predicted, mapped, outcome, weights);
  const confidence = helps ? mapped : predicted;
  return defined({
    confidence,
    recalibration: helps ? fitMap(predicted, outcome, weights) : undefined,
    spread:
      predicted.length === 0
        ? undefined
        : thin(fitVennAbers(defined({ predicted: confidence, outcome, weight: weights }))),
  });
}

function fitMap(
  predicted: ArrayLike<number>,
  outcome: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): NonNullable<StateModel['recalibration']> {
  const scored = defined({ predicted, outcome, weight: weights });
  return predicted.length < BETA_FROM ? { ...fitSigmoid(scored) } : { ...fitBeta(scored, { penalty: 1 }) };
}

function subset(values: Float64Array, folds: Uint8Array, without: number): number[] {
  return [...values].filter((_, row) => folds[row] !== without);
}

/** Keeps steps at evenly spaced ranks; between two of them the predictor changes little. */
function thin({ scores, low, high }: VennAbers): { scores: number[]; low: number[]; high: number[] } {
  if (scores.length <= MOST_STEPS) return { scores: [...scores], low: [...low], high: [...high] };
  const kept = Array.from({ length: MOST_STEPS }, (_, step) =>
    Math.floor(((step + 0.5) * scores.length) / MOST_STEPS),
  );
  return {
    scores: kept.map((index) => scores[index] ?? NaN),
    low: [low[0] ?? 0, ...kept.map((index) => low[index + 1] ?? NaN)],
    high: [...kept.map((index) => high[index] ?? NaN), high.at(-1) ?? 1],
  };
}
