/**
 * How a route learns, as steps over a plain state. The loop reads no clock and no store: the learner gives it what the
 * store has, and writes each step's state, events and versions in one transaction. To follow it, read in this order:
 *
 * 1. `state.ts`, `audited-row.ts` and `steps.ts`: what is kept from step to step, an audit, and what a step says.
 * 2. `observe.ts`: requests (`watch/watch-requests.ts`) and audits (`watch/watch-audits.ts`) feed the drift detectors; a due audit without a
 *    verdict counts as lost, and with too many of them (`watch/unjudged.ts`) nothing is certified. An alarm begins a new
 *    epoch and may put a stricter policy in force (`retreat.ts`); so may a changed model, price (`reprice.ts`) or promise.
 * 3. `fit-or-test.ts`: with enough audits a candidate is fitted and frozen (`freeze.ts`), its tests planned
 *    (`plan-interim-tests.ts`). Later audits test it (`interim-test.ts`), at the level that the epoch's alpha wealth still
 *    allows. A certified version that saves money is put in force or proposed.
 */
import type { Version } from '../../routing/version.ts';
import type { LoopState } from './state.ts';
import { newEpoch, withInForce, type Now } from './steps.ts';
import { UNJUDGED_START } from './watch/unjudged.ts';
import { DRIFT_WATCH_START } from './watch/watch-requests.ts';

export { ALPHA_WEALTH_START } from './alpha-wealth.ts';
export { auditsUntilDue, fitOrTest, savingProblem } from './fit-or-test.ts';
export { labelsToFit } from './freeze.ts';
export { certifyingRows } from './interim-test.ts';
export { createMeasureVersion } from './measure-version.ts';
export { observeAudit, observeChange, observeRequest, type ObservedChange } from './observe.ts';
export { CANDIDATE_PATIENCE_MS, rowsDue } from './plan-interim-tests.ts';
export { WEIGHTY_ROWS } from './row-weights.ts';
export type { LoopSettings } from './settings.ts';
export { isSettled, labelsAfter, VERDICT_GRACE_MS, type AuditedRow, type Lack } from './audited-row.ts';
export { type AuditHistory, type LoopState } from './state.ts';
export { isOfEarlierWeir, isOfEpoch, type Now, type LoopEvent, type LoopStep } from './steps.ts';
export { mostUnjudged, UNJUDGED_START } from './watch/unjudged.ts';
export { DRIFT_WATCH_START } from './watch/watch-requests.ts';

/** The state of a route that has learned nothing yet. @param upTo number of the last audit so far. */
export function startLoop(nowMs: number, upTo = 0): LoopState {
  return {
    format: 3,
    epoch: { ...newEpoch('the beginning', { nowMs, upTo }), isFirst: true },
    watch: DRIFT_WATCH_START,
    unjudged: UNJUDGED_START,
    rang: [],
    auditing: 'start',
  };
}

/**
 * Takes note of what the store says is in force, which an operator may have promoted or rolled back. A candidate is dropped
 * then, since its tests were planned against what was in force before; unless what was promoted is a policy that its own
 * tests certified: then its further tests go on.
 * @param version what is in force; its evidence may say what its certifying audits showed.
 */
export function acknowledgeInForce(
  state: LoopState,
  hash: string | undefined,
  now: Now,
  version?: Pick<Version, 'evidence'>,
): LoopState {
  if (state.inForce?.hash === hash) return state;
  const { candidate, ...rest } = state;
  const isOwn = candidate !== undefined && version?.evidence['candidate'] === candidate.hash;
  return withInForce(isOwn ? state : rest, hash === undefined ? undefined : { hash, ...version }, now);
}
