import { defined } from '../../defined.ts';
import type { Version } from '../../routing/version.ts';
import type { Alarm } from './alarm.ts';
import { baselineRequests, recordAlarm } from './alarm-back-off.ts';
import { wealthAtNewLevel } from './alpha-wealth.ts';
import { confidentAnswers } from './answer-baseline.ts';
import { certifyingRows } from './interim-test.ts';
import { withoutGains } from '../table/measure-rows.ts';
import { measureAsServed } from './measure-version.ts';
import { reprice } from './reprice.ts';
import { cautiousVersion, retreat } from './retreat.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, type AuditHistory, type LoopState } from './state.ts';
import {
  beginEpoch,
  isOfEpoch,
  moveOnPath,
  onlyState,
  withInForce,
  type LoopEvent,
  type LoopStep,
} from './steps.ts';
import { watchAudit } from './watch-audits.ts';
import { watchRequest } from './watch.ts';

/** With fewer certification audits since the epoch began, an alarm is put down to the change that began it. */
const SAME_CHANGE = 150;

/**
 * One request that the version in force decided. After an alarm the effect of the change is unknown, so a stricter policy
 * serves until another is certified.
 */
export function observeRequest(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  request: { confidence?: number; accepted: boolean; atMs: number },
): LoopStep {
  if (state.inForce === undefined || inForce === undefined) return onlyState(state);
  const { watch, alarm } = watchRequest(
    state.watch,
    request,
    settings.runLengths,
    baselineRequests(state.rang, request.atMs),
  );
  if (alarm === undefined) return onlyState({ ...state, watch });
  const next = { ...state, watch, rang: recordAlarm(state.rang, request.atMs) };
  const step = epochAfterAlarm(next, alarm, request.atMs);
  return state.epoch.certified ? withCaution(step, inForce, request.atMs) : step;
}

/** Adds that a stricter policy of the path serves, if there is one. */
function withCaution(step: LoopStep, inForce: Version, nowMs: number): LoopStep {
  const stricter = cautiousVersion(inForce);
  if (stricter === undefined) return step;
  return moveOnPath(step, stricter, { kind: 'moved', message: STRICTER_SERVES, details: {} }, nowMs);
}

const STRICTER_SERVES = 'A stricter policy of the same path now serves, until another policy is certified.';

/**
 * One audit: the last of `audits.rows`. If it certifies, it shows whether the version in force keeps its promise.
 * @param inForce the version in force, if there is one.
 */
export function observeAudit(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  audits: AuditHistory,
): LoopStep {
  const audited = audits.rows.at(-1);
  if (audited?.certifies !== true || !hasAnswers(audited)) return onlyState(state);
  if (inForce === undefined || state.inForce === undefined || audited.atMs <= state.inForce.sinceMs)
    return onlyState(state);
  const [loss = 0] = withoutGains(measureAsServed(audits.measure, inForce, [audited.row]).losses);
  const { lossRate, usual } = state.inForce;
  const { watch, alarm } = watchAudit(
    state.watch.audits,
    { loss, answers: state.epoch.certified ? confidentAnswers(inForce, audits.table, audited.row) : [] },
    defined({ maxLoss: settings.objective.maxQualityLoss, lossRate, usual }),
    settings.runLengths,
  );
  const next = { ...state, watch: { ...state.watch, audits: watch } };
  if (alarm === undefined) return onlyState(next);
  // While nothing is certified since the last change, too much loss is known already; and so soon after a change, an alarm
  // speaks of that change.
  const beforeAlarm = certifyingRows(audits.rows, state.epoch.beganAtMs).length - alarm.audits;
  const isKnown = !state.epoch.certified && (alarm.kind === 'loss' || beforeAlarm < SAME_CHANGE);
  const step: LoopStep = isKnown
    ? {
        ...onlyState(next),
        events: [{ kind: 'alarm', message: alarm.message, details: { detector: alarm.kind } }],
      }
    : epochAfterAlarm(next, alarm, audits.nowMs);
  const recent = certifyingRows(audits.rows, state.inForce.sinceMs).slice(-Math.max(1, alarm.audits));
  return rollBack(step, inForce, recent, audits);
}

/** Adds that a stricter policy serves which the recent audits do not contradict; if there is none, the last tier alone. */
function rollBack(
  step: LoopStep,
  inForce: Version,
  recent: readonly number[],
  { measure, nowMs }: AuditHistory,
): LoopStep {
  const stricter = retreat(inForce, recent, measure);
  const details = { audits: recent.length };
  if (stricter !== undefined)
    return moveOnPath(step, stricter, { kind: 'rolled-back', message: STRICTER_SERVES, details }, nowMs);
  return {
    state: withInForce(step.state, undefined, nowMs),
    versions: [],
    force: null,
    events: [
      ...step.events,
      {
        kind: 'rolled-back',
        message:
          'No stricter policy keeps the promise on the recent audits. The last tier now answers everything, until another policy is certified.',
        details,
      },
    ],
  };
}

/** A change that the learner knows of, in sentences. */
export type ObservedChange =
  /** `model`: of a model, its fingerprint, or of who scores the answers. */
  | { what: 'model' | 'price'; message: string }
  /** The promise is another one. @property levelRatio its α over the former one. */
  | { what: 'promise'; message: string; levelRatio: number };

/**
 * A changed model begins an epoch. A changed price or promise leaves labels as they are, and the alpha that tests have
 * spent stays spent. With a changed price certificates stay valid, too (see {@link reprice}); with a changed promise the
 * version in force stays if it is certified for the new one.
 */
export function observeChange(
  state: LoopState,
  change: ObservedChange,
  inForce: Version | undefined,
  audits: AuditHistory,
): LoopStep {
  const { message } = change;
  if (change.what === 'price') return reprice(state, message, inForce, audits);
  if (change.what === 'promise') return changePromise(state, change, inForce, audits.nowMs);
  const begun = epochWithAlarm(state, message, { change: change.what }, audits.nowMs);
  return inForce !== undefined && state.epoch.certified ? withCaution(begun, inForce, audits.nowMs) : begun;
}

/** @param inForce absent if the version in force was not made for the new promise: then it does not serve. */
function changePromise(
  state: LoopState,
  { message, levelRatio }: Extract<ObservedChange, { what: 'promise' }>,
  inForce: Version | undefined,
  nowMs: number,
): LoopStep {
  const certified = inForce?.certificate !== undefined && isOfEpoch(inForce, state.epoch);
  const why = certified ? `${message} The version in force is certified for it.` : message;
  const begun = epochWithAlarm(state, why, { change: 'promise' }, nowMs);
  // The epoch goes on with the reason that began it: what had lapsed before lapsed for that reason.
  const { beganAtMs, why: began, isFirst, wealth } = state.epoch;
  const epoch = defined({
    ...begun.state.epoch,
    beganAtMs,
    why: began,
    certified,
    wealth: wealthAtNewLevel(wealth, levelRatio),
    isFirst,
  });
  return { ...begun, state: { ...begun.state, epoch } };
}

function epochAfterAlarm(state: LoopState, { kind, message }: Alarm, nowMs: number): LoopStep {
  return epochWithAlarm(state, message, { detector: kind }, nowMs);
}

/** An epoch begins, and operators are told why and what follows. */
function epochWithAlarm(
  state: LoopState,
  why: string,
  details: LoopEvent['details'],
  nowMs: number,
): LoopStep {
  const begun = beginEpoch(state, why, nowMs);
  const audits = begun.state.auditing === 'raised' ? ', on more audits than usual' : '';
  const message = `${why} Certificates must be earned again${audits}.`;
  return { ...begun, events: [{ kind: 'alarm', message, details }] };
}
