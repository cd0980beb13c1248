import { z } from 'zod';
import { calibrate } from '../../calibration/maps/calibrators.ts';
import { sigmoid } from '../../calibration/fit/sigmoid.ts';
import { predictVennAbers } from '../../calibration/maps/venn-abers.ts';
import type { Signals } from '../attempt.ts';
import { columnSchema, columnValue, encode } from '../signals/columns.ts';
import { columnShare, pooledSchema, scoreRow } from './pooled.ts';

/** A column of the model that needs no labels of your own. */
const featureSchema = columnSchema.extend({
  transform: z.enum(['logit-exp', 'logit', 'log1p', 'identity']),
  /** Log-odds per unit of the feature. */
  weight: z.number(),
  /** Log-odds where the signal is missing. */
  missing: z.number(),
});

const calibratorSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('sigmoid'), slope: z.number(), intercept: z.number() }),
  z.strictObject({ method: z.literal('beta'), a: z.number(), b: z.number(), c: z.number() }),
]);

/** What a model believes of answers in one state: only the free signals are known (`answered`), or the paid ones too (`paid`). */
const stateModelSchema = z.strictObject({
  columns: z.array(columnSchema),
  /** Signals that every row it was fitted on had: without them it cannot say anything about an answer. */
  requires: z.array(z.string()),
  /** Log-odds that the answer is acceptable. */
  acceptable: pooledSchema,
  /** Log-odds that the last tier is right where this answer is wrong. */
  better: pooledSchema,
  /** Log-odds of the reverse. */
  worse: pooledSchema,
  /** Recalibration of `acceptable`, where it helped on rows that were not fitted on. */
  recalibration: z.exactOptional(calibratorSchema),
  /** Venn–Abers predictor over the recalibrated probability: its width is the confidence's own uncertainty. */
  spread: z.exactOptional(
    z.strictObject({ scores: z.array(z.number()), low: z.array(z.number()), high: z.array(z.number()) }),
  ),
});

const tierModelSchema = z.strictObject({
  answered: stateModelSchema,
  paid: z.exactOptional(stateModelSchema),
});

/**
 * A confidence model, as a document. `features` are a logistic regression that needs no labels of your own. `tiers` were
 * fitted on answers of this ladder, by tier, and are used where they are there.
 */
export const confidenceModelSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  intercept: z.number(),
  features: z.array(featureSchema),
  /** Without at least one of these signals `features` cannot say anything about an answer. */
  requires: z.array(z.string()),
  tiers: z.exactOptional(z.record(z.string(), tierModelSchema)),
  /** What it was fitted on, and how well it does on other answers. */
  evidence: z.record(z.string(), z.unknown()),
});

export type ConfidenceModel = z.infer<typeof confidenceModelSchema>;
export type Feature = z.infer<typeof featureSchema>;
export type StateModel = z.infer<typeof stateModelSchema>;
export type TierModel = z.infer<typeof tierModelSchema>;

/** What one signal added to the log-odds. */
export interface Contribution {
  signal: string;
  value?: number;
  logOdds: number;
}

/** What a model believes of an answer. */
export interface Belief {
  /** Probability 0..1 that the answer is acceptable. */
  confidence: number;
  /** What the last tier would add, −1..1; absent without labels. */
  gain?: number;
  /** Chance that the last tier's answer and this one are not equally good. A sum of two separate fits, so it may pass 1. */
  disagreement?: number;
  /** The confidence's own uncertainty, as the two Venn–Abers probabilities. */
  interval?: { lower: number; upper: number };
}

/** Which tier gave an answer, and which of its signals are known. */
export interface AnswerState {
  tier: string;
  /** The paid signals are among the signals. */
  paid: boolean;
  group: string;
}

/** The model that was fitted for a state; `undefined` where there is none. */
export function stateModel(
  model: ConfidenceModel,
  { tier, paid }: Pick<AnswerState, 'tier' | 'paid'>,
): StateModel | undefined {
  const fitted =
    model.tiers !== undefined && Object.hasOwn(model.tiers, tier) ? model.tiers[tier] : undefined;
  return paid ? (fitted?.paid ?? fitted?.answered) : fitted?.answered;
}

/**
 * What is believed of an answer with these signals.
 * @returns `undefined` where signals that the model requires are missing.
 */
export function believe(model: ConfidenceModel, state: AnswerState, signals: Signals): Belief | undefined {
  const fitted = stateModel(model, state);
  if (fitted === undefined) {
    const logOdds = priorLogOdds(model, signals);
    return logOdds === undefined ? undefined : { confidence: sigmoid(logOdds) };
  }
  if (fitted.requires.some((signal) => !Number.isFinite(signals[signal]))) return undefined;
  return believeRow(fitted, encode(fitted.columns, signals), state.group);
}

/** The same for an encoded row, by a model whose required signals are there. */
export function believeRow(
  fitted: StateModel,
  row: Float64Array,
  group: string,
): Required<Pick<Belief, 'gain' | 'disagreement'>> & Belief {
  const better = sigmoid(scoreRow(fitted.better, row, group));
  const worse = sigmoid(scoreRow(fitted.worse, row, group));
  const raw = sigmoid(scoreRow(fitted.acceptable, row, group));
  const confidence = fitted.recalibration === undefined ? raw : calibrate(fitted.recalibration, raw);
  const belief = { confidence, gain: better - worse, disagreement: better + worse };
  return fitted.spread === undefined
    ? belief
    : { ...belief, interval: intervalOf(fitted.spread, confidence) };
}

function intervalOf(
  spread: NonNullable<StateModel['spread']>,
  confidence: number,
): { lower: number; upper: number } {
  const { low, high } = predictVennAbers(spread, confidence);
  return { lower: low, upper: high };
}

/** What each signal added to the log-odds of being acceptable, before recalibration. */
export function signalContributions(
  model: ConfidenceModel,
  state: AnswerState,
  signals: Signals,
): Contribution[] {
  const fitted = stateModel(model, state);
  const known = (signal: string): { value?: number } => {
    const value = signals[signal];
    return value !== undefined && Number.isFinite(value) ? { value } : {};
  };
  const shares: { signal: string; logOdds: number }[] =
    fitted === undefined
      ? model.features.map((feature) => ({
          signal: feature.signal,
          logOdds: featureLogOdds(feature, signals),
        }))
      : fitted.columns.map((column, index) => {
          const value = columnValue(column, signals[column.signal]);
          return {
            signal: column.signal,
            logOdds: columnShare(fitted.acceptable, index + 1, value, state.group),
          };
        });
  // One signal may have several columns: its value, and that it is missing.
  const bySignal = new Map<string, number>();
  for (const { signal, logOdds } of shares) bySignal.set(signal, (bySignal.get(signal) ?? 0) + logOdds);
  return [...bySignal].map(([signal, logOdds]) => ({ signal, ...known(signal), logOdds }));
}

function priorLogOdds(model: ConfidenceModel, signals: Signals): number | undefined {
  if (!model.requires.some((signal) => Number.isFinite(signals[signal]))) return undefined;
  return model.features.reduce((sum, feature) => sum + featureLogOdds(feature, signals), model.intercept);
}

function featureLogOdds(feature: Feature, signals: Signals): number {
  const value = signals[feature.signal];
  const known = value !== undefined && Number.isFinite(value);
  return known ? feature.weight * columnValue(feature, value) : feature.missing;
}
