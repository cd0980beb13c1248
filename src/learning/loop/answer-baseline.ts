import { z } from 'zod';
import { cusumDrift } from '../../calibration/drift/drift.ts';
import { logit, sigmoid } from '../../calibration/fit/sigmoid.ts';
import type { Version } from '../../routing/version.ts';
import { LEAST_RATE, watchableRate, upperUsualRate } from './alarm.ts';
import { believeAnswer, type LadderTable } from '../table/ladder-table.ts';
import { mean } from '../table/measure-rows.ts';

/** An answer: what was believed of it, and what it was worth. */
export interface ConfidentAnswer {
  tier: string;
  /** Within (0, 1). */
  confidence: number;
  /** 0..1. */
  score: number;
}

const usualSchema = z.strictObject({
  /** Added to the log-odds of a bad answer: so many more were bad than was believed, or may have been. */
  badShift: z.number(),
  /** By how much the evidence for worse answers goes down with each that is as usual, in nats. */
  drift: z.number().positive(),
});

/** How a tier's answers did on the audits that certified a version. */
export type TierBaseline = z.infer<typeof usualSchema>;

/** What a version's evidence says of it; `undefined` where it says nothing. */
export function readBaselines(evidence: unknown): Record<string, TierBaseline> | undefined {
  const read = z.record(z.string(), usualSchema).safeParse(evidence);
  return read.success ? read.data : undefined;
}

/** By how much the odds of a bad answer must rise to be looked for. */
export const BAD_ODDS = 2.5;

/** The answers of one row that a version has a confidence in, and that pass the checks. */
export function confidentAnswers(version: Version, table: LadderTable, row: number): ConfidentAnswer[] {
  return table.tiers.slice(0, -1).flatMap((tier, index) => {
    const answers = table.answers[index];
    const score = answers?.score[row] ?? NaN;
    if (answers === undefined || (answers.failedChecks[row] ?? 0) > 0 || !Number.isFinite(score)) return [];
    const belief = believeAnswer(version.confidenceModel, table, row, { tier: index });
    return belief === undefined ? [] : [{ tier, confidence: belief.confidence, score }];
  });
}

/** By tier, what is usual of a version, from rows that it was not fitted on. */
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
 * The chance of a bad answer at this confidence, if as many are bad as were found.
 * @returns `undefined` where it can hardly rise, so that nothing is to be seen.
 */
export function expectedBadRate(confidence: number, badShift: number): number | undefined {
  const rate = sigmoid(logit(1 - confidence) + badShift);
  return rate > 1 - LEAST_RATE ? undefined : watchableRate(rate);
}
