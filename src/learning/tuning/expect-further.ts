import {
  acceptedWithoutError,
  countPairs,
  furtherAccepted,
  furtherGraded,
  furtherNormal,
  furtherPairs,
} from '../../calibration/tests/certify.ts';
import type { LossTest } from '../../routing/version.ts';
import type { LossPromise } from './certify-path.ts';
import type { CertifyCounts, RiskPromise } from './certify-risk.ts';
import { withoutGains, type PolicyResult } from '../table/measure-rows.ts';

/** If more rows than this are expected to be needed, the number is not told. */
const MOST_ROWS = 1_000_000;

/**
 * How many more rows to certify on are expected to certify a policy of the path that saves. The walk must pass every point
 * before that policy too, so the number is the greatest over these points. It is an estimate, as uncertain as the measured
 * losses. `undefined` if no policy that saves lost little enough.
 * @param measured the path's points, from the strictest.
 */
export function expectFurtherRows(
  measured: readonly PolicyResult[],
  promise: LossPromise,
  test: LossTest,
): number | undefined {
  let needed = 0;
  for (const { losses, relativeCost } of measured) {
    const further = furtherOf(withoutGains(losses), promise, test);
    if (further === undefined) return undefined;
    needed = Math.max(needed, further);
    if (relativeCost < 1) return needed;
  }
  return undefined;
}

function furtherOf(losses: Float64Array, promise: LossPromise, test: LossTest): number | undefined {
  switch (test) {
    case 'exact':
    case 'cross-fitted pairs':
      return furtherPairs(countPairs(losses), promise);
    case 'betting':
      return furtherGraded([...losses], promise);
    case 'cross-fitted normal':
      return furtherNormal(losses, promise);
  }
}

/**
 * The same for a promised risk of accepted answers: the least number of rows with which the walk starts at a point that
 * saves and is expected to pass. With more rows the walk starts at a stricter point (`selectiveRiskStart`), which accepts
 * fewer answers.
 * @param fitShares the share of the fit rows that each point accepts.
 */
export function expectFurtherRowsForRisk(
  fitShares: readonly number[],
  certify: CertifyCounts,
  promise: RiskPromise,
): number | undefined {
  const start = 2 * acceptedWithoutError(promise.maxRisk, promise.level);
  let least = MOST_ROWS;
  // With this many rows or more the walk starts at an earlier point.
  let until = Infinity;
  for (const [point, share] of fitShares.entries()) {
    const from = Math.ceil(start / share);
    const { wrong, accepted } = certify.counts(point);
    const further = accepted > 0 ? furtherAccepted({ wrong, accepted }, promise) : undefined;
    if (further !== undefined && certify.relativeCost(point) < 1) {
      const passing = Math.ceil(((accepted + further) * certify.rows) / accepted);
      const needed = Math.max(from, passing, certify.rows + 1);
      if (needed < until) least = Math.min(least, needed);
    }
    until = Math.min(until, from);
  }
  return least === MOST_ROWS ? undefined : least - certify.rows;
}

/**
 * Converts further rows to certify on to labels, of which some are fitted on and some repeat a prompt. Rounded up to two
 * digits: the estimate is no more exact than that.
 */
export function furtherLabelsOf(
  further: number,
  { questions, certify }: { questions: number; certify: number },
): number {
  const labels = Math.ceil((further * questions) / certify);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(labels)) - 1);
  return Math.ceil(labels / step) * step;
}
