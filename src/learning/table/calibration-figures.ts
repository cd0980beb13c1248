import { defined } from '../../defined.ts';
import {
  auroc,
  brierScore,
  calibrationError,
  debiasedCalibrationError,
  logLoss,
} from '../../calibration/metrics/metrics.ts';
import { mean } from './measure-rows.ts';

/**
 * How well a confidence tells right from wrong. An undefined figure is absent: AUROC if all answers are right, all figures
 * if no answer has a confidence.
 */
export interface CalibrationFigures {
  ece?: number;
  debiasedEce?: number;
  brier?: number;
  logLoss?: number;
  auroc?: number;
}

/** The figures of answers that have a confidence (`predicted`) and a score (`outcome`). */
export function calibrationFigures(scored: {
  predicted: readonly number[];
  outcome: readonly number[];
}): CalibrationFigures {
  return defined({
    ece: calibrationError(scored),
    debiasedEce: debiasedCalibrationError(scored),
    brier: brierScore(scored),
    logLoss: logLoss(scored),
    auroc: auroc(scored),
  });
}

/** The mean of each figure, over the entries that have it. */
export function meanFigures(figures: readonly CalibrationFigures[]): CalibrationFigures {
  const of = (key: keyof CalibrationFigures): number | undefined => {
    const known = figures.flatMap((each) => each[key] ?? []);
    return known.length === 0 ? undefined : mean(known);
  };
  return defined({
    ece: of('ece'),
    debiasedEce: of('debiasedEce'),
    brier: of('brier'),
    logLoss: of('logLoss'),
    auroc: of('auroc'),
  });
}
