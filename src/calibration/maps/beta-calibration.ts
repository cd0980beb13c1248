import { fitLogistic } from '../fit/logistic.ts';
import type { ParametricOptions } from './platt.ts';
import { scoredRows } from '../metrics/scored.ts';
import type { Scored, ScoredRow } from '../metrics/scored.ts';
import { clipProbability, sigmoid, softplus } from '../fit/sigmoid.ts';

/** p ↦ σ(a·ln p − b·ln(1 − p) + c), a ≥ 0, b ≥ 0; the identity is a = b = 1, c = 0. Plain JSON. */
export interface BetaCalibrator {
  readonly method: 'beta';
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Which of a and b are free, in the order tried. The bounded optimum is the best of those that come out
 * non-negative.
 */
const FACES = [
  { a: true, b: true },
  { a: true, b: false },
  { a: false, b: true },
  { a: false, b: false },
];

/**
 * Beta calibration with three parameters by maximum likelihood, a and b held at 0 or above so that the map
 * rises (Kull, Silva Filho & Flach 2017, Beyond sigmoids). Without rows: the identity. On separated rows the
 * parameters grow large; a `penalty` holds them. Throws RangeError on malformed columns.
 */
export function fitBeta(scored: Scored, { penalty = 0 }: ParametricOptions = {}): BetaCalibrator {
  const rows = scoredRows(scored);
  let best: { calibrator: BetaCalibrator; loss: number } | undefined;
  for (const free of FACES) {
    const calibrator = fitFace(rows, free, penalty);
    if (calibrator.a < 0 || calibrator.b < 0) continue;
    if (free.a && free.b) return calibrator;
    const loss = objective(rows, calibrator, penalty);
    if (best === undefined || loss < best.loss) best = { calibrator, loss };
  }
  return best?.calibrator ?? { method: 'beta', a: 1, b: 1, c: 0 };
}

function fitFace(
  rows: readonly ScoredRow[],
  free: { a: boolean; b: boolean },
  penalty: number,
): BetaCalibrator {
  const training = rows.map(({ predicted, outcome, weight }) => {
    const [a, b] = features(predicted);
    return { x: [1, ...(free.a ? [a] : []), ...(free.b ? [b] : [])], y: outcome, weight };
  });
  const prior = [0, ...(free.a ? [1] : []), ...(free.b ? [1] : [])];
  const { coefficients } = fitLogistic(training, { penalty: prior.map(() => penalty), prior });
  const [c = 0, ...slopes] = coefficients;
  return { method: 'beta', a: free.a ? (slopes[0] ?? 0) : 0, b: free.b ? (slopes.at(-1) ?? 0) : 0, c };
}

function features(probability: number): [number, number] {
  const p = clipProbability(probability);
  return [Math.log(p), -Math.log1p(-p)];
}

function logOddsOf({ a, b, c }: BetaCalibrator, probability: number): number {
  const [forA, forB] = features(probability);
  return a * forA + b * forB + c;
}

function objective(rows: readonly ScoredRow[], calibrator: BetaCalibrator, penalty: number): number {
  const { a, b, c } = calibrator;
  return rows.reduce(
    (sum, { predicted, outcome, weight }) => {
      const z = logOddsOf(calibrator, predicted);
      return sum + weight * (softplus(z) - outcome * z);
    },
    0.5 * penalty * ((a - 1) ** 2 + (b - 1) ** 2 + c ** 2),
  );
}

/** The calibrated probability 0..1 of a probability 0..1. */
export function applyBeta(calibrator: BetaCalibrator, probability: number): number {
  return sigmoid(logOddsOf(calibrator, probability));
}
