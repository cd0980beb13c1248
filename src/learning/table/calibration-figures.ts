import {
  auroc,
  brierScore,
  calibrationError,
  debiasedCalibrationError,
  logLoss,
} from '../../calibration/metrics/metrics.ts';
import { mean } from './measure-rows.ts';

/**
 * How well a confidence tells right from wrong. What is not defined is absent: AUROC where all answers are right, all of it
 * where no answer has a confidence.
 */
export interface CalibrationFigures {
  ece?: number;
  debiasedEce?: number;
  brier?: number;
  logLoss?: number;
  auroc?: number;
}

/** The figures of answers with a confidence and a score each. */
export function calibrationFigures(scored: {
  predicted: readonly number[];
  outcome: readonly number[];
}): CalibrationFigures {
  return definedOf({
    ece: calibrationError(scored),
    debiasedEce: debiasedCalibrationError(scored),
    brier: brierScore(scored),
    logLoss: logLoss(scored),
    auroc: auroc(scored),
  });
}

/** The mean of each figure over those that have it. */
export function meanFigures(figures: readonly CalibrationFigures[]): CalibrationFigures {
  const of = (key: keyof CalibrationFigures): number | undefined => {
    const known = figures.flatMap((each) => each[key] ?? []);
    return known.length === 0 ? undefined : mean(known);
  };
  return definedOf({
    ece: of('ece'),
    debiasedEce: of('debiasedEce'),
    brier: of('brier'),
    logLoss: of('logLoss'),
    auroc: of('auroc'),
  });
}

function definedOf(figures: Record<keyof CalibrationFigures, number | undefined>): CalibrationFigures {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
}
