import { scoredRows } from './scored.ts';
import type { Scored, ScoredRow } from './scored.ts';
import { PROBABILITY_FLOOR, clipProbability } from '../fit/sigmoid.ts';

export type { Scored } from './scored.ts';
export {
  calibrationError,
  debiasedCalibrationError,
  equalMassBins,
  reliabilityCurve,
} from './calibration-error.ts';
export type { Bin, ReliabilityPoint } from './calibration-error.ts';
export { riskCoverage } from './risk-coverage.ts';
export type { RiskCoverage } from './risk-coverage.ts';
export { auroc, aurocDifference } from './auroc.ts';
export type { AurocDifference } from './auroc.ts';

/** Brier score: the mean of (predicted − outcome)², 0..1, 0 best (Brier 1950). Undefined without rows. */
export function brierScore(scored: Scored): number | undefined {
  return weightedMean(scoredRows(scored), ({ predicted, outcome }) => (predicted - outcome) ** 2);
}

/**
 * Log loss: the mean of −ln(probability given to the outcome), in nats, 0 best. Probabilities are first clipped
 * to [floor, 1 − floor], so a single row costs at most −ln(floor): 13.8 by default. Undefined without
 * rows.
 */
export function logLoss(scored: Scored, floor: number = PROBABILITY_FLOOR): number | undefined {
  return weightedMean(scoredRows(scored), ({ predicted, outcome }) => {
    const p = clipProbability(predicted, floor);
    return -outcome * Math.log(p) - (1 - outcome) * Math.log1p(-p);
  });
}

function weightedMean(rows: readonly ScoredRow[], value: (row: ScoredRow) => number): number | undefined {
  let mass = 0;
  let sum = 0;
  for (const row of rows) {
    mass += row.weight;
    sum += row.weight * value(row);
  }
  return mass > 0 ? sum / mass : undefined;
}
