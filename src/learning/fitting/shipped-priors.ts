import { columnValue, type Column } from '../../routing/signals/columns.ts';
import { priorModel } from '../../routing/confidence/prior.ts';
import type { ColumnPriors, StateRows } from './fit-state.ts';

/** How many labels the shipped model counts for. */
const PRIOR_LABELS = 20;
/** The information of one label about a coefficient, for a column of variance 1 and about a quarter of wrong answers. */
const INFORMATION = 0.2;

/**
 * The shipped confidence model as a prior on the coefficients of a state's columns, worth about {@link PRIOR_LABELS} labels,
 * for the signals that it knows. Empty if the rows lack the signals that it requires.
 */
export function shippedPriors({
  columns,
  requires,
  x,
}: Pick<StateRows, 'columns' | 'requires' | 'x'>): ColumnPriors {
  const priors = new Map<number, { mean: number; penalty: number }>();
  if (!priorModel.requires.some((signal) => requires.includes(signal))) return priors;
  let intercept = priorModel.intercept;
  for (const feature of priorModel.features) {
    const index = columns.findIndex(
      ({ signal, transform }) => signal === feature.signal && transform === feature.transform,
    );
    const column = columns[index];
    if (column === undefined) continue;
    intercept += feature.weight * columnValue(feature, valueAtCentre(column));
    const variance = x.reduce((sum, row) => sum + (row[index + 1] ?? 0) ** 2, 0) / Math.max(1, x.length);
    priors.set(index + 1, {
      mean: (feature.weight * column.scale) / feature.scale,
      penalty: Math.max(LEAST_PENALTY, PRIOR_LABELS * INFORMATION * variance),
    });
  }
  return priors.set(0, { mean: intercept, penalty: PRIOR_LABELS * INFORMATION });
}

const LEAST_PENALTY = 0.05;

/** The signal's value at which its column is 0: the centre, before the transform. */
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
