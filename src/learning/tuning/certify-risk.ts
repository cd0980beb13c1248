import { defined } from '../../defined.ts';
import {
  selectiveRiskPValue,
  selectiveRiskStart,
  type AcceptedCounts,
} from '../../calibration/tests/certify.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import type { WalkedRows } from '../table/walk-rows.ts';

/** What is to be promised of accepted answers, if the last tier's answers have no scores. */
export interface RiskPromise {
  /** r: the greatest share of wrong answers among those that an earlier tier served. */
  maxRisk: number;
  /** α: how often such statements may be wrong. */
  level: number;
}

/** What the points of a path do on the certify rows. */
export interface CertifyCounts {
  rows: number;
  counts: (point: number) => AcceptedCounts;
  /** Everything spent ÷ the cost of always asking the last tier. */
  relativeCost: (point: number) => number;
}

/** The answers that a tier before the last served, and how many of them were wrong (a score below 1). */
export function countAccepted(
  table: LadderTable,
  rows: readonly number[],
  { served }: Pick<WalkedRows, 'served'>,
): AcceptedCounts {
  const last = table.answers.length - 1;
  let [wrong, accepted] = [0, 0];
  rows.forEach((row, index) => {
    const tier = served[index] ?? last;
    if (tier === last) return;
    accepted += 1;
    if ((table.answers[tier]?.score[row] ?? 0) < 1) wrong += 1;
  });
  return { wrong, accepted };
}

/**
 * Walks a path from the first point that accepts enough answers (by the fit rows) to laxer ones until one fails: fixed-
 * sequence testing of the share of wrong answers among the accepted ones, each by Clopper & Pearson's exact test.
 * @param fitShares the share of the fit rows that each point accepts.
 * @returns the points that passed, and the cheapest of them if it is cheaper than always asking the last tier.
 */
export function certifyRisk(
  fitShares: readonly number[],
  certify: CertifyCounts,
  { maxRisk, level }: RiskPromise,
): { chosen?: number; passed: readonly number[] } {
  const start = selectiveRiskStart(fitShares, { certifyRows: certify.rows, maxRisk, level });
  const passed: number[] = [];
  let chosen: number | undefined;
  let least = 1;
  for (let point = start ?? fitShares.length; point < fitShares.length; point++) {
    if (selectiveRiskPValue(certify.counts(point), maxRisk) > level) break;
    passed.push(point);
    if (certify.relativeCost(point) < least) {
      least = certify.relativeCost(point);
      chosen = point;
    }
  }
  return defined({ chosen, passed });
}
