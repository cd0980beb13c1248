import { z } from 'zod';
import type { Signals } from './attempt.ts';

/** How a signal becomes a feature: `logit-exp` and `logit` for probabilities (the first of their logarithm), `log1p` for counts. */
const featureSchema = z.strictObject({
  signal: z.string(),
  transform: z.enum(['logit-exp', 'logit', 'log1p', 'identity']),
  /** Subtracted after the transform. */
  centre: z.number(),
  /** Divided by after that. */
  scale: z.number().positive(),
  /** Log-odds per unit of the feature. */
  weight: z.number(),
  /** Log-odds where the signal is missing. */
  missing: z.number(),
});

/**
 * A confidence model: a logistic regression as a document. Needs at least one of `requires`; without them it knows
 * nothing of an answer, and says so.
 */
export const confidenceModelSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  intercept: z.number(),
  features: z.array(featureSchema),
  requires: z.array(z.string()),
  /** What it was fitted on and how well it does on what it was not fitted on. */
  evidence: z.record(z.string(), z.unknown()),
});

export type ConfidenceModel = z.infer<typeof confidenceModelSchema>;
export type Feature = z.infer<typeof featureSchema>;

/** What one signal added to the log-odds. */
export interface Contribution {
  signal: string;
  value?: number;
  logOdds: number;
}

const TINY = 1e-6;

/** A signal as the model's column: the value after transform, centre and scale; 0 where it is missing. */
export function featureValue(
  feature: Omit<Feature, 'weight' | 'missing'>,
  value: number | undefined,
): number {
  if (value === undefined || !Number.isFinite(value)) return 0;
  return (transform(feature.transform, value) - feature.centre) / feature.scale;
}

/**
 * The probability that an answer is acceptable.
 * @returns `undefined` where none of the signals that the model requires is there.
 */
export function confidence(
  model: ConfidenceModel,
  signals: Signals,
): { value: number; contributions: Contribution[] } | undefined {
  if (!model.requires.some((signal) => Number.isFinite(signals[signal]))) return undefined;
  let logOdds = model.intercept;
  const contributions = model.features.map((feature): Contribution => {
    const value = signals[feature.signal];
    const known = value !== undefined && Number.isFinite(value);
    const added = known ? feature.weight * featureValue(feature, value) : feature.missing;
    logOdds += added;
    return { signal: feature.signal, ...(known ? { value } : {}), logOdds: added };
  });
  return { value: 1 / (1 + Math.exp(-logOdds)), contributions };
}

function transform(kind: Feature['transform'], value: number): number {
  switch (kind) {
    case 'logit-exp':
      return logit(Math.exp(value));
    case 'logit':
      return logit(value);
    case 'log1p':
      return Math.log1p(Math.max(0, value));
    case 'identity':
      return value;
  }
}

function logit(probability: number): number {
  const clipped = Math.min(1 - TINY, Math.max(TINY, probability));
  return Math.log(clipped / (1 - clipped));
}
