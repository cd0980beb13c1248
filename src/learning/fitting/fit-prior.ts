import { fitLogistic } from '../../calibration/fit/logistic.ts';
import {
  auroc,
  brierScore,
  debiasedCalibrationError,
  logLoss,
  type Scored,
} from '../../calibration/metrics/metrics.ts';
import { columnValue } from '../../routing/signals/columns.ts';
import { believe, type ConfidenceModel, type Feature } from '../../routing/confidence/confidence.ts';
import type { PriorRow } from './prior-rows.ts';

type Column = Pick<Feature, 'signal' | 'transform'>;

const LENGTH: Column = { signal: 'outputTokens', transform: 'log1p' };
const logprob = (signal: string): Column => ({ signal, transform: 'logit-exp' });

const MEAN = logprob('meanLogprob');
const MIN = logprob('minLogprob');
const SPAN = logprob('span.meanLogprob');
/** How sure the tokens are: of the whole answer, of its answer span, or of its digits, by the prefix of the signals' names. */
const level = (prefix: string): Column[] =>
  ['meanLogprob', 'minLogprob', 'p10Logprob'].map((name) => logprob(prefix + name));
const PREFIXES = ['', 'span.', 'digits.'];

/**
 * The sets of columns that the fit chooses from, by cross-validation on the fit rows. Margins and entropies are not among
 * them: the recordings always hold the likeliest token, and with a server that samples these signals mean something else.
 */
const CANDIDATES: readonly (readonly Column[])[] = [
  [MEAN],
  [MEAN, MIN],
  [MEAN, MIN, SPAN, LENGTH],
  [...level(''), LENGTH],
  [...level(''), ...level('span.'), LENGTH],
  [...PREFIXES.flatMap(level), LENGTH],
];
/** Ridge penalties on standardised features, in labels: before any row is seen, no feature has an effect. */
const PENALTIES = [1, 5, 20];
const FOLDS = 5;
/** Figures are rounded, so that machines whose `Math.exp` differs in the last bit write the same document. */
const DIGITS = 6;

/** Figures on answers that were not fitted on. */
export interface PriorFigures {
  n: number;
  logLoss: number;
  brier: number;
  auroc: number;
  debiasedEce: number;
}

/**
 * Fits the prior model: a ridge logistic regression pooled over the tiers, each with the same total weight. Columns and
 * ridge are chosen by the log loss of {@link FOLDS}-fold cross-validation over whole templates, on the rows with `split:
 * fit`; the evidence comes from the rows with `split: test` alone.
 * @throws {RangeError} if one of the two splits has no rows.
 */
export function fitPrior(name: string, rows: readonly PriorRow[]): ConfidenceModel {
  const fit = rows.filter((row) => row.split === 'fit');
  const test = rows.filter((row) => row.split === 'test');
  if (fit.length === 0 || test.length === 0)
    throw new RangeError('The traces have no scored answers of split fit, or none of split test.');
  const settings = CANDIDATES.flatMap((columns) => PENALTIES.map((penalty) => ({ columns, penalty })));
  const measured = settings.map((setting) => ({
    ...setting,
    loss: crossValidated(fit, setting.columns, setting.penalty),
  }));
  const best = measured.reduce((a, b) => (b.loss < a.loss ? b : a));
  const model = fitModel(name, fit, best.columns, best.penalty);
  const alone = fitModel('mean log-probability alone', fit, [MEAN], best.penalty);
  return {
    ...model,
    evidence: {
      fittedOn: countByTier(fit),
      chosenBy: {
        crossValidatedLogLoss: round(best.loss),
        folds: FOLDS,
        ridge: best.penalty,
        candidates: settings.length,
      },
      test: figuresByTier(test, model),
      testOfMeanLogprobAlone: figuresByTier(test, alone),
    },
  };
}

function crossValidated(rows: readonly PriorRow[], columns: readonly Column[], penalty: number): number {
  const folds = [...new Set(rows.map((row) => row.fold))].toSorted();
  const foldOf = new Map(folds.map((fold, index) => [fold, index % FOLDS]));
  const predicted: number[] = [];
  const outcome: number[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const inside = rows.filter((row) => foldOf.get(row.fold) !== fold);
    const outside = rows.filter((row) => foldOf.get(row.fold) === fold);
    if (inside.length === 0 || outside.length === 0) continue;
    const scored = predict(fitModel('fold', inside, columns, penalty), outside);
    predicted.push(...scored.predicted);
    outcome.push(...scored.outcome);
  }
  return logLoss({ predicted, outcome }) ?? Infinity;
}

function fitModel(
  name: string,
  rows: readonly PriorRow[],
  columns: readonly Column[],
  penalty: number,
): ConfidenceModel {
  const scaled = columns.map((column) => standardised(rows, column));
  const count = countByTier(rows);
  const tiers = Object.keys(count).length;
  const { coefficients } = fitLogistic(
    rows.map(({ tier, signals, score }) => ({
      x: [
        1,
        ...scaled.map((feature) => columnValue(feature, signals[feature.signal])),
        ...scaled.map(({ signal }) => (Number.isFinite(signals[signal]) ? 0 : 1)),
      ],
      y: score,
      weight: rows.length / tiers / (count[tier] ?? 1),
    })),
    { penalty: [0, ...scaled.map(() => penalty), ...scaled.map(() => penalty)] },
  );
  return {
    format: 1,
    name,
    intercept: round(coefficients[0] ?? 0),
    features: scaled.map((feature, index) => ({
      ...feature,
      weight: round(coefficients[index + 1] ?? 0),
      missing: round(coefficients[index + 1 + scaled.length] ?? 0),
    })),
    requires: [MEAN.signal],
    evidence: {},
  };
}

function standardised(rows: readonly PriorRow[], column: Column): Omit<Feature, 'weight' | 'missing'> {
  const raw = { ...column, centre: 0, scale: 1 };
  const values = rows.flatMap(({ signals }) => {
    const value = signals[column.signal];
    return value === undefined ? [] : [columnValue(raw, value)];
  });
  const centre = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, values.length);
  return { ...column, centre: round(centre), scale: round(Math.sqrt(variance)) || 1 };
}

function predict(
  model: ConfidenceModel,
  rows: readonly PriorRow[],
): { predicted: number[]; outcome: number[] } {
  const known = rows.flatMap(({ tier, signals, score }) => {
    const belief = believe(model, { tier, paid: false, group: '' }, signals);
    return belief === undefined ? [] : [{ predicted: belief.confidence, outcome: score }];
  });
  return { predicted: known.map((row) => row.predicted), outcome: known.map((row) => row.outcome) };
}

function figuresByTier(rows: readonly PriorRow[], model: ConfidenceModel): Record<string, PriorFigures> {
  const tiers = Object.keys(countByTier(rows)).toSorted();
  return Object.fromEntries(
    tiers.map((tier) => [
      tier,
      figures(
        predict(
          model,
          rows.filter((row) => row.tier === tier),
        ),
      ),
    ]),
  );
}

function figures(scored: Scored): PriorFigures {
  return {
    n: scored.outcome.length,
    logLoss: round(logLoss(scored)),
    brier: round(brierScore(scored)),
    auroc: round(auroc(scored)),
    debiasedEce: round(debiasedCalibrationError(scored)),
  };
}

function countByTier(rows: readonly PriorRow[]): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { tier } of rows) count[tier] = (count[tier] ?? 0) + 1;
  return count;
}

function round(value: number | undefined): number {
  return Number((value ?? Number.NaN).toFixed(DIGITS));
}
