import { z } from 'zod';
import { defined } from '../defined.ts';
import { confidenceModelSchema } from './confidence/confidence.ts';
import { provenanceSchema } from './provenance.ts';
import { hashContent } from './hash-content.ts';
import { askedAs, type Tier } from './policy.ts';
import { priceRuleSchema } from './rules/price-rule.ts';

/** What a certificate promises, and the evidence for it. */
export const certificateSchema = z.strictObject({
  promise: z.enum(['loss', 'risk']),
  /** The greatest mean loss (or share of wrong accepted answers) that is promised, 0..1. */
  limit: z.number(),
  /** 1 − certainty: statements made this way are wrong at most this share of the time. */
  level: z.number(),
  /** The cross-fitted tests use labels that were fitted on too, each in another fold than it tests: valid only for many labels. */
  test: z.enum(['exact', 'betting', 'selective', 'cross-fitted pairs', 'cross-fitted normal']),
  /** Labelled questions that it was tested on. Unless cross-fitted, nothing was fitted on them. */
  rows: z.number().int(),
  pValue: z.number(),
  source: z.string(),
  dates: z.array(z.string()).min(1).max(2),
  scorer: z.string(),
  /** The promise in words, as it is printed. */
  sentence: z.string(),
});

/** One tier as it was when the version was made: a change of any of these makes the certificate lapse. */
const versionTierSchema = z.strictObject({
  name: z.string(),
  model: z.string(),
  /** See `askedAs`; absent where no parameters were set. */
  asked: z.exactOptional(z.string()),
  /** Whose answers the version was made from. Absent in versions of releases that did not ask. */
  source: z.exactOptional(provenanceSchema),
});

/** A policy with its confidence model and the evidence for them: content that never changes, known by its hash. */
export const versionSchema = z.strictObject({
  format: z.literal(1),
  route: z.string(),
  tiers: z.array(versionTierSchema).min(1),
  rule: priceRuleSchema,
  confidenceModel: confidenceModelSchema,
  /** Absent: not certified. */
  certificate: z.exactOptional(certificateSchema),
  /** How it was made and how well it did, for people to read. */
  evidence: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime(),
});

export type Certificate = z.infer<typeof certificateSchema>;
/** The tests of a mean loss. */
export type LossTest = Exclude<Certificate['test'], 'selective'>;
export type Version = z.infer<typeof versionSchema>;

/** Whether the same labels were fitted on and tested with. */
export function isCrossFitted({ test }: Pick<Certificate, 'test'>): boolean {
  return test === 'cross-fitted pairs' || test === 'cross-fitted normal';
}

/** The version's identity: the hash of everything in it. */
export function versionHash(version: Version): string {
  return hashContent(version);
}

/** The parts of a route's tiers that a version is made for. */
export function versionTiers(tiers: readonly Tier[]): Version['tiers'] {
  return tiers.map((tier) => {
    const { name, model, source } = tier;
    return defined({ name, model, asked: askedAs(tier), source });
  });
}
