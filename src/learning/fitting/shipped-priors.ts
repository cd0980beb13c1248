import { columnValue, type Column } from '../../routing/confidence/columns.ts';
import { priorModel } from '../../routing/confidence/prior.ts';
import type { ColumnPriors, StateRows } from './fit-state.ts';

/** What the shipped model is worth, in labels. */
const PRIOR_LABELS = 20;
/** What one label tells of a coefficient of a column of variance 1, where about a quarter of the answers are wrong. */
const INFORMATION = 0.2;

/**
 * The shipped confidence model as a belief about the coefficients of a state's columns, worth about twenty labels: about
 * those of the signals that it knows. Nothing where the signals that it requires are not there.
 */
export function shippedPriors({
  columns,
  requires,
  x,
}: Pick<StateRows, 'columns' | 'requires' | 'x'>): ColumnPriors {
  const belief = new Map<number, { mean: number; penalty: number }>();
  if (!priorModel.requires.some((signal) => requires.includes(signal))) return belief;
  let intercept = priorModel.intercept;
  for (const feature of priorModel.features) {
    const index = columns.findIndex(
      ({ signal, transform }) => signal === feature.signal && transform === feature.transform,
    );
    const column = columns[index];
    if (column === undefined) continue;
    intercept += feature.weight * columnValue(feature, valueAtCentre(column));
    const variance = x.reduce((sum, row) => sum + (row[index + 1] ?? 0) ** 2, 0) / Math.max(1, x.length);
    belief.set(index + 1, {
      mean: (feature.weight * column.scale) / feature.scale,
      penalty: Math.max(LEAST_PENALTY, PRIOR_LABELS * INFORMATION * variance),
    });
  }
  return belief.set(0, { mean: intercept, penalty: PRIOR_LABELS * INFORMATION });
}

const LEAST_PENALTY = 0.05;

/** The signal's value where its column is 0: the centre, before the transform. */
function valueAtCentre({ transform, centre }: Column): number {
  switch (transform) {
    case 'logit-exp':
      return -Math.log1p(Math.exp(-centre));
    case 'logit':
      return 1 / (1 + Math.exp(-centre));
    case 'log1p':
      return Math.expm1(centre);
    default:
      return centre;
  }
}
