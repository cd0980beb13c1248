import { defined } from '../../defined.ts';
import type { Signals } from '../../routing/attempt.ts';
import type { ConfidenceModel, StateModel, TierModel } from '../../routing/confidence/confidence.ts';
import { priorModel } from '../../routing/confidence/prior.ts';
import type { CallCost, PriceRule } from '../../routing/rules/price-rule.ts';
import {
  clearlyBetter,
  crossFit,
  stateRows,
  type CommonRows,
  type CrossFit,
  type StateRows,
  type PenaltyStrength,
} from './fit-state.ts';
import type { LadderTable, TierColumns } from '../table/ladder-table.ts';
import { shippedPriors } from './shipped-priors.ts';
import { recalibrate } from './recalibrate.ts';

/** For the chance that an answer is acceptable. */
export const CONFIDENCE_STRENGTH: PenaltyStrength = { slope: 0.05, groupIntercept: 1, groupSlope: 4 };
/** For the chances that the last tier does better, or worse; these are rarer. */
export const GAIN_STRENGTH: PenaltyStrength = { slope: 0.5, groupIntercept: 10, groupSlope: 40 };
const FOLDS = 5;
/** The mean of all groups counts as this many rows in each group's mean cost. */
const COST_PRIOR_ROWS = 20;

/** The fit of one state of one tier, and what fits on the other folds predict for each fit row. */
export interface FittedState {
  tier: number;
  paid: boolean;
  rows: StateRows;
  model: StateModel;
  /** Predicted out of fold, one for each fit row. */
  confidence: Float64Array;
  gain: Float64Array;
  disagreement: Float64Array;
}

/** Everything that is fitted before a price of quality is chosen. */
export interface FittedLadder {
  table: LadderTable;
  /** The rows of the table that were fitted on. */
  rows: readonly number[];
  start: StateRows;
  /** By tier, without the last. */
  answered: readonly FittedState[];
  paid: readonly (FittedState | undefined)[];
  askCost: readonly CallCost[];
  paidCost: readonly (CallCost | undefined)[];
}

/**
 * Fits confidence, gain and costs of a ladder on some rows of a table. The rows must be in random order.
 * @param weights how many labels each of `rows` counts for, in the same order; one each by default.
 */
export function fitLadder(table: LadderTable, rows: readonly number[], weights?: Float64Array): FittedLadder {
  const groups = rows.map((row) => table.groups[row] ?? '');
  const common = defined({ groups, folds: foldsOf(table, rows), foldCount: FOLDS, weights });
  const features = rows.map((row) => table.features[row] ?? {});
  const last = table.answers.length - 1;
  const tiers = table.answers.slice(0, last);
  return {
    table,
    rows,
    start: stateRows(
      features.map(({ promptTokens }): Signals => defined({ promptTokens })),
      common,
    ),
    answered: tiers.map((answers, tier) => {
      const signals = rows.map((row, index) => ({ ...features[index], ...answers.signals[row] }));
      return fitState(table, rows, tier, false, signals, common);
    }),
    paid: tiers.map((answers, tier) => {
      if (!rows.some((row) => answers.paid[row] !== undefined)) return undefined;
      const signals = rows.map((row, index) => ({
        ...features[index],
        ...answers.signals[row],
        ...answers.paid[row],
      }));
      return fitState(table, rows, tier, true, signals, common);
    }),
    askCost: table.answers.map((answers) => meanCosts(rows, common, answers.cost, true)),
    paidCost: tiers.map((answers) => paidCosts(rows, common, answers)),
  };
}

function fitState(
  table: LadderTable,
  rows: readonly number[],
  tier: number,
  paid: boolean,
  signals: readonly Signals[],
  common: CommonRows,
): FittedState {
  const own = table.answers[tier]?.score ?? new Float64Array();
  const lasts = table.answers.at(-1)?.score ?? new Float64Array();
  const label = (of: (answer: number, last: number) => number): Float64Array =>
    Float64Array.from(rows, (row) => of(own[row] ?? NaN, lasts[row] ?? NaN));
  const right = label((answer) => answer);
  const { state, acceptable } = fitConfidence(signals, right, common);
  const better = crossFit(
    state,
    label((answer, last) => Math.max(0, last - answer)),
    GAIN_STRENGTH,
  );
  const worse = crossFit(
    state,
    label((answer, last) => Math.max(0, answer - last)),
    GAIN_STRENGTH,
  );
  const both = (of: (b: number, w: number) => number): Float64Array =>
    Float64Array.from(rows, (_, index) => of(better.outOfFold[index] ?? NaN, worse.outOfFold[index] ?? NaN));
  const { recalibration, spread, confidence } = recalibrate(acceptable.outOfFold, right, state);
  return {
    tier,
    paid,
    rows: state,
    confidence,
    gain: both((b, w) => b - w),
    disagreement: both((b, w) => b + w),
    model: defined({
      columns: state.columns,
      requires: state.requires,
      acceptable: acceptable.deployed,
      better: better.deployed,
      worse: worse.deployed,
      recalibration,
      spread,
    }),
  };
}

/** The chance that an answer is acceptable, from whichever columns predict it better on held-out rows. */
function fitConfidence(
  signals: readonly Signals[],
  right: Float64Array,
  common: CommonRows,
): { state: StateRows; acceptable: CrossFit } {
  const fitWith = (bothForms: boolean): { state: StateRows; acceptable: CrossFit } => {
    const state = stateRows(signals, common, { bothForms });
    return { state, acceptable: crossFit(state, right, CONFIDENCE_STRENGTH, shippedPriors(state)) };
  };
  const plain = fitWith(false);
  if (!plain.state.columns.some(({ transform }) => transform === 'logit')) return plain;
  const both = fitWith(true);
  return clearlyBetter(plain.acceptable.outOfFold, both.acceptable.outOfFold, right, common.weights)
    ? both
    : plain;
}

/** The confidence models of a fitted ladder, by tier. */
function tierModels({ table, answered, paid }: FittedLadder): Record<string, TierModel> {
  return Object.fromEntries(
    answered.map((state, tier) => {
      return [table.tiers[tier] ?? '', defined({ answered: state.model, paid: paid[tier]?.model })];
    }),
  );
}

/** The price rule of a fitted ladder, without a path. */
export function ruleParts(
  ladder: FittedLadder,
  noisePrice: number,
): Pick<PriceRule, 'askCost' | 'paidCost' | 'startColumns' | 'noisePrice'> {
  const { tiers } = ladder.table;
  return {
    noisePrice,
    askCost: Object.fromEntries(ladder.askCost.map((cost, tier) => [tiers[tier] ?? '', cost])),
    paidCost: Object.fromEntries(
      ladder.paidCost.flatMap((cost, tier) => (cost === undefined ? [] : [[tiers[tier] ?? '', cost]])),
    ),
    startColumns: ladder.start.columns,
  };
}

/** The confidence model of a fitted ladder; tiers that were not fitted keep the shipped model, which needs no labels. */
export function confidenceModelOf(
  ladder: FittedLadder,
  name: string,
  evidence: Record<string, unknown>,
): ConfidenceModel {
  return { ...priorModel, name, tiers: tierModels(ladder), evidence };
}

/** Rows of one cluster are held out together. */
function foldsOf(table: LadderTable, rows: readonly number[]): Uint8Array {
  const foldOf = new Map<number, number>();
  return Uint8Array.from(rows, (row) => {
    const cluster = table.clusters[row] ?? row;
    const fold = foldOf.get(cluster) ?? foldOf.size % FOLDS;
    foldOf.set(cluster, fold);
    return fold;
  });
}

function meanCosts(
  rows: readonly number[],
  { groups, weights }: Pick<CommonRows, 'groups' | 'weights'>,
  cost: Float64Array,
  elsewhere: boolean,
): CallCost {
  const sums = new Map<string, { sum: number; count: number }>();
  let sum = 0;
  let count = 0;
  rows.forEach((row, index) => {
    const group = groups[index] ?? '';
    const known = sums.get(group) ?? { sum: 0, count: 0 };
    const weight = weights?.[index] ?? 1;
    known.sum += weight * (cost[row] ?? NaN);
    known.count += weight;
    sums.set(group, known);
    sum += weight * (cost[row] ?? NaN);
    count += weight;
  });
  const mean = count === 0 ? 0 : sum / count;
  return {
    groups: Object.fromEntries(
      [...sums].map(([group, of]) => [
        group,
        (of.sum + COST_PRIOR_ROWS * mean) / (of.count + COST_PRIOR_ROWS),
      ]),
    ),
    ...(elsewhere ? { elsewhere: mean } : {}),
  };
}

/** From the rows that have paid signals. Groups without such rows are offered them only if most rows have them. */
function paidCosts(
  rows: readonly number[],
  { groups, weights }: Pick<CommonRows, 'groups' | 'weights'>,
  answers: TierColumns,
): CallCost | undefined {
  const indices = [...rows.keys()].filter((index) => Number.isFinite(answers.paidCost[rows[index] ?? -1]));
  if (indices.length === 0) return undefined;
  const most = 2 * indices.length > rows.length;
  return meanCosts(
    indices.map((index) => rows[index] ?? -1),
    {
      groups: indices.map((index) => groups[index] ?? ''),
      ...(weights && { weights: Float64Array.from(indices, (index) => weights[index] ?? NaN) }),
    },
    answers.paidCost,
    most,
  );
}
