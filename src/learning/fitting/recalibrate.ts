import {
  calibrate,
  fitBeta,
  fitSigmoid,
  fitVennAbers,
  type VennAbers,
} from '../../calibration/maps/calibrators.ts';
import type { StateModel } from '../../routing/confidence/confidence.ts';
import { clearlyBetter, type StateRows } from './fit-state.ts';

/** From so many labels on the map with three parameters is worth its variance. */
const BETA_FROM = 250;
/** The document keeps at most so many steps of the Venn–Abers predictor. */
const MOST_STEPS = 64;

/**
 * One recalibration in one dimension of probabilities that were predicted out of fold, where it helps: where maps that are
 * fitted on the other folds clearly lower the log loss. Its width comes from a Venn–Abers predictor over the result.
 * @returns the map, the predictor, and the probabilities after the map (out of fold there too).
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
  return {
    confidence,
    ...(helps ? { recalibration: fitMap(predicted, outcome, weights) } : {}),
    ...(predicted.length === 0
      ? {}
      : { spread: thin(fitVennAbers({ predicted: confidence, outcome, ...weighted(weights) })) }),
  };
}

function fitMap(
  predicted: ArrayLike<number>,
  outcome: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): NonNullable<StateModel['recalibration']> {
  const scored = { predicted, outcome, ...weighted(weights) };
  return predicted.length < BETA_FROM ? { ...fitSigmoid(scored) } : { ...fitBeta(scored, { penalty: 1 }) };
}

function weighted(weights: ArrayLike<number> | undefined): { weight?: ArrayLike<number> } {
  return weights === undefined ? {} : { weight: weights };
}

function subset(values: Float64Array, folds: Uint8Array, without: number): number[] {
  return [...values].filter((_, row) => folds[row] !== without);
}

/** Keeps steps at evenly spaced ranks: between two of them the predictor moves little. */
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
