import { fitPooledLogistic, predictPooled } from '../../src/calibration/fit/hierarchical.ts';
import { logLoss } from '../../src/calibration/metrics/metrics.ts';
import { chooseColumns } from '../../src/learning/fitting/choose-columns.ts';
import type { Signals } from '../../src/routing/attempt.ts';
import { encode } from '../../src/routing/signals/columns.ts';

/** A row to learn from: an answer's tier, template, signals and score. */
export interface LabelledRow {
  tier: string;
  template: string;
  signals: Signals;
  /** 0..1. */
  score: number;
}

export interface Ridge {
  /** On a slope that all tiers share, in labels. */
  shared: number;
  /** On a tier's own deviation from it. */
  tier: number;
}

export type Predict = (row: Pick<LabelledRow, 'tier' | 'signals'>) => number;

const FOLDS = 5;
const RIDGES: readonly Ridge[] = [1, 5, 20].flatMap((shared) => [20, 100].map((tier) => ({ shared, tier })));

/**
 * A logistic regression with partial pooling over the tiers, on the columns that the signals give. Its ridge is the one
 * with the least log loss in cross-validation over whole templates of the same rows.
 */
export function fitChosen(rows: readonly LabelledRow[]): { predict: Predict; ridge: Ridge; logLoss: number } {
  const judged = RIDGES.map((ridge) => ({ ridge, logLoss: crossValidated(rows, ridge) }));
  const best = judged.reduce((a, b) => (b.logLoss < a.logLoss ? b : a));
  return { ...best, predict: fit(rows, best.ridge) };
}

function fit(rows: readonly LabelledRow[], ridge: Ridge): Predict {
  const { columns } = chooseColumns(rows.map(({ signals }) => signals));
  const fitted = fitPooledLogistic(
    rows.map(({ tier, signals, score }) => ({ x: encode(columns, signals), y: score, group: tier })),
    {
      penalty: [0, ...columns.map(() => ridge.shared)],
      groupPenalty: [1, ...columns.map(() => ridge.tier)],
    },
  );
  return ({ tier, signals }) => predictPooled(fitted, encode(columns, signals), tier);
}

/**
 * Predictions of every row by a model that was fitted on the other templates, its ridge chosen on those too: more rows to
 * judge by than one split leaves.
 */
export function crossFitted(rows: readonly LabelledRow[]): number[] {
  const predicted = rows.map(() => Number.NaN);
  for (const { inside, outside } of folds(rows)) {
    const { predict } = fitChosen(inside.map(({ row }) => row));
    for (const { row, index } of outside) predicted[index] = predict(row);
  }
  return predicted;
}

function crossValidated(rows: readonly LabelledRow[], ridge: Ridge): number {
  const predicted: number[] = [];
  const outcome: number[] = [];
  for (const { inside, outside } of folds(rows)) {
    const predict = fit(
      inside.map(({ row }) => row),
      ridge,
    );
    predicted.push(...outside.map(({ row }) => predict(row)));
    outcome.push(...outside.map(({ row }) => row.score));
  }
  return logLoss({ predicted, outcome }) ?? Infinity;
}

interface Placed {
  row: LabelledRow;
  index: number;
}

/** Parts the rows by whole templates. */
function folds(rows: readonly LabelledRow[]): { inside: Placed[]; outside: Placed[] }[] {
  const templates = [...new Set(rows.map(({ template }) => template))].toSorted();
  const foldOf = new Map(templates.map((template, index) => [template, index % FOLDS]));
  const placed = rows.map((row, index): Placed => ({ row, index }));
  return Array.from({ length: FOLDS }, (_, fold) => ({
    inside: placed.filter(({ row }) => foldOf.get(row.template) !== fold),
    outside: placed.filter(({ row }) => foldOf.get(row.template) === fold),
  })).filter(({ inside, outside }) => inside.length > 0 && outside.length > 0);
}
