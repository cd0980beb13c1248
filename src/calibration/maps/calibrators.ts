import { applyBeta } from './beta-calibration.ts';
import type { BetaCalibrator } from './beta-calibration.ts';
import { applyIsotonic } from './isotonic.ts';
import type { IsotonicCalibrator } from './isotonic.ts';
import { applySigmoid } from './platt.ts';
import type { SigmoidCalibrator } from './platt.ts';

export { fitBeta } from './beta-calibration.ts';
export { fitIsotonic } from './isotonic.ts';
export { fitSigmoid } from './platt.ts';
export { fitVennAbers, predictVennAbers } from './venn-abers.ts';
export type { BetaCalibrator, IsotonicCalibrator, SigmoidCalibrator };
export type { VennAbers, VennAbersPrediction } from './venn-abers.ts';

/** A fitted map from a probability 0..1 to a calibrated one, never falling. Plain JSON. */
export type Calibrator = SigmoidCalibrator | BetaCalibrator | IsotonicCalibrator;

/** The calibrated probability 0..1. */
export function calibrate(calibrator: Calibrator, probability: number): number {
  switch (calibrator.method) {
    case 'sigmoid':
      return applySigmoid(calibrator, probability);
    case 'beta':
      return applyBeta(calibrator, probability);
    case 'isotonic':
      return applyIsotonic(calibrator, probability);
  }
}
