import { fitPooledLogistic } from '../../calibration/fit/hierarchical.ts';
import type { Signals } from '../../routing/attempt.ts';
import { encode, type Column } from '../../routing/signals/columns.ts';
import type { Pooled } from '../../routing/confidence/pooled.ts';
import { scoreRow } from '../../routing/confidence/pooled.ts';
import { clipProbability, sigmoid } from '../../calibration/fit/sigmoid.ts';
import { chooseColumns } from './choose-columns.ts';

/** The rows of one state, encoded. */
export interface StateRows {
  columns: Column[];
  requires: string[];
  x: Float64Array[];
  groups: readonly string[];
  /** The fold in which each row is held out. */
  folds: Uint8Array;
  foldCount: number;
  /** How many labels each row counts for; one each by default. */
  weights?: Float64Array;
}

/** What the states of one fit have in common. */
export type CommonRows = Pick<StateRows, 'groups' | 'folds' | 'foldCount' | 'weights'>;

/** Penalties that hold coefficients at 0, in labels: the shared slopes, a group's intercept, a group's slopes. */
export interface PenaltyStrength {
  slope: number;
  groupIntercept: number;
  groupSlope: number;
}

/** Without a small penalty the shared intercept would be unidentified beside the groups' intercepts. */
const INTERCEPT = 1e-3;

/** The penalties of `width` columns: the intercept, then the signals. */
export function penalties(
  width: number,
  { slope, groupIntercept, groupSlope }: PenaltyStrength,
): { penalty: number[]; groupPenalty: number[] } {
  return {
    penalty: Array.from({ length: width }, (_, column) => (column === 0 ? INTERCEPT : slope)),
    groupPenalty: Array.from({ length: width }, (_, column) => (column === 0 ? groupIntercept : groupSlope)),
  };
}

/** Chooses a state's columns and encodes its rows. */
export function stateRows(
  signals: readonly Signals[],
  common: CommonRows,
  forms: { bothForms?: boolean } = {},
): StateRows {
  const { columns, requires } = chooseColumns(signals, forms);
  return { columns, requires, x: signals.map((row) => encode(columns, row)), ...common };
}

/** A logistic fit on all rows, and what fits on the other folds predict for each row. */
export interface CrossFit {
  deployed: Pooled;
  outOfFold: Float64Array;
}

/** By column: prior mean and penalty of its coefficient. A column that is not in the map is held at 0. */
export type ColumnPriors = ReadonlyMap<number, { mean: number; penalty: number }>;

/** Fits a chance on all rows, and for each fold on the others. Labels are 0..1. */
export function crossFit(
  rows: StateRows,
  labels: Float64Array,
  strength: PenaltyStrength,
  priors: ColumnPriors = new Map(),
): CrossFit {
  const { x, groups, folds, foldCount, weights } = rows;
  const { penalty, groupPenalty } = penalties(rows.columns.length + 1, strength);
  const options = {
    penalty: penalty.map((value, column) => priors.get(column)?.penalty ?? value),
    prior: penalty.map((_, column) => priors.get(column)?.mean ?? 0),
    groupPenalty,
  };
  const fit = (use: (row: number) => boolean): Pooled => {
    const training = x.flatMap((row, index) =>
      use(index)
        ? [{ x: row, y: labels[index] ?? NaN, group: groups[index] ?? '', weight: weights?.[index] ?? 1 }]
        : [],
    );
    const { coefficients, groups: fitted } = fitPooledLogistic(training, {
      ...options,
      tolerance: TOLERANCE,
    });
    return {
      shared: [...coefficients],
      groups: Object.fromEntries(
        Object.entries(fitted).map(([name, { deviations }]) => [name, [...deviations]]),
      ),
    };
  };
  const outOfFold = new Float64Array(x.length);
  for (let fold = 0; fold < foldCount; fold++) {
    const fitted = fit((row) => folds[row] !== fold);
    x.forEach((row, index) => {
      if (folds[index] === fold) outOfFold[index] = sigmoid(scoreRow(fitted, row, groups[index] ?? ''));
    });
  }
  return { deployed: fit(() => true), outOfFold };
}

/** Of the log loss over all rows: far below any digit that is shown. */
const TOLERANCE = 1e-4;

/**
 * Whether the log loss falls by more than the standard error of the paired difference; a smaller fall may be noise.
 * @param weights how many labels each row counts for; one each by default.
 */
export function clearlyBetter(
  before: Float64Array,
  after: Float64Array,
  outcome: Float64Array,
  weights?: Float64Array,
): boolean {
  const gains = [...outcome].map(
    (label, row) => loss(before[row] ?? NaN, label) - loss(after[row] ?? NaN, label),
  );
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  const total = gains.reduce((sum, _, row) => sum + weightOf(row), 0);
  const gain = gains.reduce((sum, each, row) => sum + weightOf(row) * each, 0) / total;
  const spread = gains.reduce((sum, each, row) => sum + weightOf(row) ** 2 * (each - gain) ** 2, 0);
  return gain > Math.sqrt(spread) / total;
}

function loss(probability: number, label: number): number {
  const p = clipProbability(probability);
  return -label * Math.log(p) - (1 - label) * Math.log1p(-p);
}
