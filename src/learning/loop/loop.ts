/**
 * How a route learns, as steps over a plain state: what requests and audits say of drift, when a policy is fitted and
 * frozen, when it is tested, what is put in force and what is taken back. It reads no clock and no store; the learner
 * gives it what the store has, and writes what it says in one step.
 */
import type { Version } from '../../routing/version.ts';
import type { LoopState } from './state.ts';
import { withInForce, newEpoch } from './steps.ts';
import { DRIFT_WATCH_START } from './watch.ts';

export { LEAST_FIT } from './freeze.ts';
export type { AuditHistory } from './freeze.ts';
export { CANDIDATE_PATIENCE_MS, rowsDue } from './plan-interim-tests.ts';
export { createMeasureVersion } from './measure-version.ts';
export { certifyingRows } from './interim-test.ts';
export { observeAudit, observeChange, observeRequest, type ObservedChange } from './observe.ts';
export type { LoopSettings } from './settings.ts';
export { WEIGHTY_ROWS } from './row-weights.ts';
export { rowsSince } from './state.ts';
export type { AuditedRow, LoopState } from './state.ts';
export { isOfEpoch, type LoopEvent, type LoopStep } from './steps.ts';
export { DRIFT_WATCH_START } from './watch.ts';
export { REFIT_GROWTH, fitOrTest } from './fit-or-test.ts';

export function startLoop(nowMs: number): LoopState {
  return {
    format: 2,
    epoch: { ...newEpoch(nowMs, 'the beginning'), isFirst: true },
    watch: DRIFT_WATCH_START,
    rang: [],
    auditing: 'start',
  };
}

/**
 * The state where something else is in force than it knows of: an operator promoted or rolled back. A candidate that waits
 * to be tested is given up then, for it was to take the place of another, and the next one comes of what is known by then;
 * but where what was promoted is a policy that its own tests certified, its further tests go on.
 * @param version what is in force, whose evidence may say what share of answers was lost when it was certified.
 */
export function acknowledgeInForce(
  state: LoopState,
  hash: string | undefined,
  nowMs: number,
  version?: Pick<Version, 'evidence'>,
): LoopState {
  if (state.inForce?.hash === hash) return state;
  const { candidate, ...rest } = state;
  const isOwn = candidate !== undefined && version?.evidence['candidate'] === candidate.hash;
  return withInForce(isOwn ? state : rest, hash === undefined ? undefined : { hash, ...version }, nowMs);
}
