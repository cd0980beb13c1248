import type { CalibrationFigures } from '../../learning/table/calibration-figures.ts';

/** Heads of the columns of {@link figureCells}. */
export const FIGURE_HEADS = ['ECE', 'debiased', 'Brier', 'log loss', 'AUROC'] as const;

/** How well a confidence tells right from wrong, as cells of a table. */
export function figureCells({ ece, debiasedEce, brier, logLoss, auroc }: CalibrationFigures): string[] {
  return [ece, debiasedEce, brier, logLoss, auroc].map(threeDigits);
}

/** Three digits after the point; a dash where it is not known. */
export function threeDigits(value: number | undefined): string {
  return value?.toFixed(3) ?? '–';
}
