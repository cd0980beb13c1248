import type { CalibrationFigures } from '../../learning/table/calibration-figures.ts';

/** The column heads for {@link figureCells}. */
export const FIGURE_HEADS = ['ECE', 'debiased', 'Brier', 'log loss', 'AUROC'] as const;

/** How well confidence tells right answers from wrong ones, as table cells. */
export function figureCells({ ece, debiasedEce, brier, logLoss, auroc }: CalibrationFigures): string[] {
  return [ece, debiasedEce, brier, logLoss, auroc].map(threeDigits);
}

/** Three digits after the point; a dash if the value is not known. */
export function threeDigits(value: number | undefined): string {
  return value?.toFixed(3) ?? '–';
}
