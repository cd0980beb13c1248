import { defined } from '../../defined.ts';
import type { Version } from '../../routing/version.ts';
import type { Alarm } from './watch/alarm.ts';
import { baselineRequests, recordAlarm } from './watch/alarm-back-off.ts';
import { wealthAtNewLevel } from './alpha-wealth.ts';
import { confidentAnswers } from './watch/answer-baseline.ts';
import { certifyingRows, rowOrLost } from './interim-test.ts';
import { withoutGains } from '../table/measure-rows.ts';
import { measureAsServed } from './measure-version.ts';
import { reprice } from './reprice.ts';
import { cautiousVersion, retreat } from './retreat.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, type AuditedRow } from './audited-row.ts';
import type { AuditHistory, InForce, LoopState } from './state.ts';
import {
  beginEpoch,
  isOfEpoch,
  moveOnPath,
  onlyState,
  withInForce,
  type LoopEvent,
  type LoopStep,
  type Now,
} from './steps.ts';
import { judgedAgain, unjudgedStep } from './unjudged-step.ts';
import { watchVerdicts } from './watch/unjudged.ts';
import { watchAudit } from './watch/watch-audits.ts';
import { watchRequest } from './watch/watch-requests.ts';

/** With fewer certification audits since the epoch began, an alarm is put down to the change that began it. */
const SAME_CHANGE = 150;

/**
 * One request that the version in force decided. After an alarm the effect of the change is unknown, so a stricter policy
 * serves until another is certified.
 * @param upTo number of the last audit so far.
 */
export function observeRequest(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  request: { confidence?: number; accepted: boolean; atMs: number },
  upTo: number,
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
  const now = { nowMs: request.atMs, upTo };
  const step = epochAfterAlarm(next, alarm, now);
  return state.epoch.certified ? withCaution(step, inForce, now) : step;
}

/** Adds that a stricter policy of the path serves, if there is one. */
function withCaution(step: LoopStep, inForce: Version, now: Now): LoopStep {
  const stricter = cautiousVersion(inForce);
  if (stricter === undefined) return step;
  return moveOnPath(step, stricter, { kind: 'moved', message: STRICTER_SERVES, details: {} }, now);
}

const STRICTER_SERVES = 'A stricter policy of the same path now serves, until another policy is certified.';

/**
 * One audit that is settled. If it was due, it shows whether the version in force keeps its promise: without a verdict it
 * counts as lost.
 * @param inForce the version in force, if there is one.
 * @param audits with what was observed so far, this audit included.
 */
export function observeAudit(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  audited: AuditedRow,
  audits: AuditHistory,
): LoopStep {
  const isUnjudged = audited.lacks !== undefined;
  if (!audited.certifies || (!isUnjudged && !hasAnswers(audited))) return onlyState(state);
  const { objective, runLengths } = settings;
  const { watch, change } = watchVerdicts(state.unjudged, isUnjudged, objective, runLengths);
  const watched = { ...state, unjudged: watch };
  if (change === 'began') return unjudgedStep(settings, watched, dueUpTo(audits), watch.audits, audits.nowMs);
  const step = change === 'ended' ? judgedAgain(watched) : onlyState(watched);
  // While it is known that verdicts are missing, only what has them shows whether something was lost.
  if (isUnjudged && watch.since !== undefined) return step;
  if (inForce === undefined || state.inForce === undefined || audited.number <= state.inForce.after)
    return step;
  const seen = observeLoss(settings, { ...step.state, inForce: state.inForce }, inForce, audited, audits);
  return { ...seen, events: [...step.events, ...seen.events] };
}

/** The due audits that were observed so far. */
function dueUpTo({ rows, upTo }: AuditHistory): AuditedRow[] {
  return rows.filter(({ certifies, number }) => certifies && number <= upTo);
}

/** A due audit of a request that the version in force might have decided. */
function observeLoss(
  settings: LoopSettings,
  state: LoopState & { inForce: InForce },
  inForce: Version,
  audited: AuditedRow,
  audits: AuditHistory,
): LoopStep {
  const isUnjudged = audited.lacks !== undefined;
  const [loss = 0] = isUnjudged
    ? [1]
    : withoutGains(measureAsServed(audits.measure, inForce, [audited.row]).losses);
  const { lossRate, usual, after } = state.inForce;
  const isCompared = state.epoch.certified && !isUnjudged;
  const { watch, alarm } = watchAudit(
    state.watch.audits,
    { loss, isUnjudged, answers: isCompared ? confidentAnswers(inForce, audits.table, audited.row) : [] },
    defined({ maxLoss: settings.objective.maxQualityLoss, lossRate, usual }),
    settings.runLengths,
  );
  const next = { ...state, watch: { ...state.watch, audits: watch } };
  if (alarm === undefined) return onlyState(next);
  const due = dueUpTo(audits);
  if (alarm.isUnjudged) return unjudgedStep(settings, next, due, alarm.audits, audits.nowMs);
  // While nothing is certified since the last change, too much loss is known already; and so soon after a change, an alarm
  // speaks of that change.
  const beforeAlarm = certifyingRows(due, state.epoch.after).length - alarm.audits;
  const isKnown = !state.epoch.certified && (alarm.kind === 'loss' || beforeAlarm < SAME_CHANGE);
  const step: LoopStep = isKnown
    ? {
        ...onlyState(next),
        events: [{ kind: 'alarm', message: alarm.message, details: { detector: alarm.kind } }],
      }
    : epochAfterAlarm(next, alarm, audits);
  const recent = certifyingRows(due, after).slice(-Math.max(1, alarm.audits)).map(rowOrLost);
  return rollBack(step, inForce, recent, audits);
}

/** Adds that a stricter policy serves which the recent audits do not contradict; if there is none, the last tier alone. */
function rollBack(
  step: LoopStep,
  inForce: Version,
  recent: readonly number[],
  audits: AuditHistory,
): LoopStep {
  const stricter = retreat(inForce, recent, audits.measure);
  const details = { audits: recent.length };
  if (stricter !== undefined)
    return moveOnPath(step, stricter, { kind: 'rolled-back', message: STRICTER_SERVES, details }, audits);
  return {
    state: withInForce(step.state, undefined, audits),
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
  if (change.what === 'promise') return changePromise(state, change, inForce, audits);
  const begun = epochWithAlarm(state, message, { change: change.what }, audits);
  return inForce !== undefined && state.epoch.certified ? withCaution(begun, inForce, audits) : begun;
}

/** @param inForce absent if the version in force was not made for the new promise: then it does not serve. */
function changePromise(
  state: LoopState,
  { message, levelRatio }: Extract<ObservedChange, { what: 'promise' }>,
  inForce: Version | undefined,
  now: Now,
): LoopStep {
  const certified = inForce?.certificate !== undefined && isOfEpoch(inForce, state.epoch);
  const why = certified ? `${message} The version in force is certified for it.` : message;
  const begun = epochWithAlarm(state, why, { change: 'promise' }, now);
  // The epoch goes on with the reason that began it: what had lapsed before lapsed for that reason.
  const { beganAtMs, after, why: began, isFirst, wealth } = state.epoch;
  const epoch = defined({
    ...begun.state.epoch,
    beganAtMs,
    after,
    why: began,
    certified,
    wealth: wealthAtNewLevel(wealth, levelRatio),
    isFirst,
  });
  return { ...begun, state: { ...begun.state, epoch } };
}

function epochAfterAlarm(state: LoopState, { kind, message }: Alarm, now: Now): LoopStep {
  return epochWithAlarm(state, message, { detector: kind }, now);
}

/** An epoch begins, and operators are told why and what follows. */
function epochWithAlarm(state: LoopState, why: string, details: LoopEvent['details'], now: Now): LoopStep {
  const begun = beginEpoch(state, why, now);
  const audits = begun.state.auditing === 'raised' ? ', on more audits than usual' : '';
  const message = `${why} Certificates must be earned again${audits}.`;
  return { ...begun, events: [{ kind: 'alarm', message, details }] };
}
