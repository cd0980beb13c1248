import { z } from 'zod';
import { confidenceModelSchema } from './confidence/confidence.ts';
import { askedAs, hashContent, type Tier } from './policy.ts';
import { priceRuleSchema } from './rules/price-rule.ts';

/** What a certificate promises, and what it stands on. */
export const certificateSchema = z.strictObject({
  promise: z.enum(['loss', 'risk']),
  /** The greatest mean loss (or share of wrong accepted answers) that is promised, 0..1. */
  limit: z.number(),
  /** 1 − level is the certainty: statements made this way are wrong at most this share of the time. */
  level: z.number(),
  /** Of labels that were fitted on as well, each in another fold than it tested: valid in the limit of many alone. */
  test: z.enum(['exact', 'betting', 'selective', 'cross-fitted pairs', 'cross-fitted normal']),
  /** Labelled questions that tested it. Unless cross-fitted, nothing was fitted on them. */
  rows: z.number().int(),
  pValue: z.number(),
  source: z.string(),
  dates: z.array(z.string()).min(1).max(2),
  scorer: z.string(),
  /** The promise in words, as it is printed. */
  sentence: z.string(),
});

/** One tier as the version knew it: when one of these changes, the certificate lapses. */
const versionTierSchema = z.strictObject({
  name: z.string(),
  model: z.string(),
  /** See `askedAs`; absent where no parameters were set. */
  asked: z.exactOptional(z.string()),
});

/** A policy with its confidence model and what speaks for them: content that never changes, known by its hash. */
export const versionSchema = z.strictObject({
  format: z.literal(1),
  route: z.string(),
  tiers: z.array(versionTierSchema).min(1),
  rule: priceRuleSchema,
  confidenceModel: confidenceModelSchema,
  /** Absent: not certified. */
  certificate: z.exactOptional(certificateSchema),
  /** How it was made and how well it did, for people. */
  evidence: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime(),
});

export type Certificate = z.infer<typeof certificateSchema>;
/** The tests of a mean loss. */
export type LossTest = Exclude<Certificate['test'], 'selective'>;
export type Version = z.infer<typeof versionSchema>;

/** Whether its labels were both fitted on and tested with. */
export function isCrossFitted({ test }: Pick<Certificate, 'test'>): boolean {
  return test === 'cross-fitted pairs' || test === 'cross-fitted normal';
}

/** The version's identity: the hash of everything in it. */
export function versionHash(version: Version): string {
  return hashContent(version);
}

/** What of a route's tiers a version is for. */
export function versionTiers(tiers: readonly Tier[]): Version['tiers'] {
  return tiers.map((tier) => {
    const { name, model } = tier;
    const asked = askedAs(tier);
    return { name, model, ...(asked === undefined ? {} : { asked }) };
  });
}
