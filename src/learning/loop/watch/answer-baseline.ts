import { z } from 'zod';
import { cusumDrift } from '../../../calibration/drift/drift.ts';
import { logit, sigmoid } from '../../../calibration/fit/sigmoid.ts';
import type { Version } from '../../../routing/version.ts';
import { LEAST_RATE, watchableRate, upperUsualRate } from './alarm.ts';
import { believeAnswer, type LadderTable } from '../../table/ladder-table.ts';
import { mean } from '../../table/measure-rows.ts';

/** An answer with the confidence that the version had in it, and its score. */
export interface ConfidentAnswer {
  tier: string;
  /** Within (0, 1). */
  confidence: number;
  /** 0..1. */
  score: number;
}

const baselineSchema = z.strictObject({
  /** Added to the log-odds of a bad answer: more answers were bad, or may have been, than the confidence predicts. */
  badShift: z.number(),
  /** By how much each usual answer lowers the evidence that answers have become worse, in nats. */
  drift: z.number().positive(),
});

/** How a tier's answers did on the audits that certified a version; later audits are compared with it. */
export type TierBaseline = z.infer<typeof baselineSchema>;

/** By tier, what a version's evidence keeps as `usual`; `undefined` if it keeps nothing readable. */
export function readBaselines(evidence: unknown): Record<string, TierBaseline> | undefined {
  const read = z.record(z.string(), baselineSchema).safeParse(evidence);
  return read.success ? read.data : undefined;
}

/** The detector looks for a rise of the odds of a bad answer by this factor. */
export const BAD_ODDS = 2.5;

/** The answers in one row that pass all checks and that the version has a confidence in. */
export function confidentAnswers(version: Version, table: LadderTable, row: number): ConfidentAnswer[] {
  return table.tiers.slice(0, -1).flatMap((tier, index) => {
    const answers = table.answers[index];
    const score = answers?.score[row] ?? NaN;
    if (answers === undefined || (answers.failedChecks[row] ?? 0) > 0 || !Number.isFinite(score)) return [];
    const belief = believeAnswer(version.confidenceModel, table, row, { tier: index });
    return belief === undefined ? [] : [{ tier, confidence: belief.confidence, score }];
  });
}

/** By tier, the baseline of a version, from rows that it was not fitted on. */
export function baselinesOf(
  version: Version,
  table: LadderTable,
  rows: readonly number[],
): Record<string, TierBaseline> {
  const all = rows.flatMap((row) => confidentAnswers(version, table, row));
  return Object.fromEntries(
    table.tiers.slice(0, -1).flatMap((tier) => {
      const own = all.filter((each) => each.tier === tier);
      if (own.length === 0) return [];
      const bad = own.reduce((sum, { score }) => sum + 1 - score, 0);
      const expected = watchableRate(mean(own.map(({ confidence }) => 1 - confidence)));
      const badShift = Math.max(0, logit(upperUsualRate(bad, own.length)) - logit(expected));
      const drifts = own.flatMap(({ confidence }) => {
        const rate = expectedBadRate(confidence, badShift);
        return rate === undefined ? [] : [cusumDrift(rate, BAD_ODDS)];
      });
      return drifts.length === 0 ? [] : [[tier, { badShift, drift: mean(drifts) }]];
    }),
  );
}

/**
 * The chance of a bad answer at this confidence, corrected by the baseline.
 * @returns `undefined` if the chance is so high already that no rise could be seen.
 */
export function expectedBadRate(confidence: number, badShift: number): number | undefined {
  const rate = sigmoid(logit(1 - confidence) + badShift);
  return rate > 1 - LEAST_RATE ? undefined : watchableRate(rate);
}
