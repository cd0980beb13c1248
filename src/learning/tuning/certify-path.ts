import { defined } from '../../defined.ts';
import {
  bettingPValue,
  countPairs,
  isNonInferior,
  nonInferiorityPValue,
  normalPValue,
} from '../../calibration/tests/certify.ts';
import type { LossTest } from '../../routing/version.ts';
import { withoutGains, type PolicyResult } from '../table/measure-rows.ts';

/** What is to be promised. */
export interface LossPromise {
  /** δ: the greatest mean of score(last) − score(served), where a gain counts as 0. */
  maxLoss: number;
  /** α: how often such statements may be wrong. */
  level: number;
}

/** Whether every score is 0 or 1: then the exact test can be used. */
export function isBinary(scores: readonly ArrayLike<number>[]): boolean {
  return scores.every((each) => Array.from(each).every((score) => score === 0 || score === 1));
}

/** The test for a mean loss. @param crossFitted the losses are those of policies that were fitted on the other folds. */
export function lossTest(binary: boolean, crossFitted = false): LossTest {
  if (crossFitted) return binary ? 'cross-fitted pairs' : 'cross-fitted normal';
  return binary ? 'exact' : 'betting';
}

/** Whether losses prove the promise, gains not counted. Their policies must not have been fitted on these rows. */
export function provesPromise(losses: Float64Array, promise: LossPromise, test: LossTest): boolean {
  if (losses.length === 0) return false;
  return test === 'exact' || test === 'cross-fitted pairs'
    ? isNonInferior(countPairs(withoutGains(losses)), promise)
    : lossPValue(losses, promise, test) <= promise.level;
}

/** The p-value of the promise, as the certificate prints it. */
export function lossPValue(losses: Float64Array, promise: LossPromise, test: LossTest): number {
  const lost = withoutGains(losses);
  switch (test) {
    case 'exact':
    case 'cross-fitted pairs':
      return nonInferiorityPValue(countPairs(lost), promise);
    case 'betting':
      return bettingPValue(lost, promise);
    case 'cross-fitted normal':
      return normalPValue(lost, promise);
  }
}

/**
 * Walks a path from strict to lax until a policy fails (fixed-sequence testing); all that passed are certified together.
 * @param measure measures a point on the certify rows; called only when its turn comes.
 * @returns how many points passed, and the cheapest of them if it is cheaper than always asking the last tier.
 */
export function certifyPath(
  points: number,
  measure: (point: number) => PolicyResult,
  promise: LossPromise,
  test: LossTest,
): { chosen?: number; passed: number; measured: PolicyResult[] } {
  const measured: PolicyResult[] = [];
  let chosen: number | undefined;
  let least = 1;
  let passed = 0;
  for (; passed < points; passed++) {
    const result = measure(passed);
    measured.push(result);
    if (!provesPromise(result.losses, promise, test)) break;
    if (result.relativeCost < least) {
      least = result.relativeCost;
      chosen = passed;
    }
  }
  return defined({ chosen, passed, measured });
}
