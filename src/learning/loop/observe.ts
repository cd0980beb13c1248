import type { Version } from '../../routing/version.ts';
import type { Alarm } from './alarm.ts';
import { recordAlarm, baselineRequests } from './alarm-back-off.ts';
import { confidentAnswers } from './answer-baseline.ts';
import type { AuditHistory } from './freeze.ts';
import { measureAsServed } from './measure-version.ts';
import { certifyingRows } from './interim-test.ts';
import { reprice } from './reprice.ts';
import { cautiousVersion, retreat } from './retreat.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, type LoopState } from './state.ts';
import {
  withInForce,
  beginEpoch,
  isOfEpoch,
  moveOnPath,
  onlyState,
  type LoopEvent,
  type LoopStep,
} from './steps.ts';
import { watchAudit } from './watch-audits.ts';
import { watchRequest } from './watch.ts';
import { wealthAtNewLevel } from './alpha-wealth.ts';

/** Certification audits of an epoch before a change, from which on the change is another one than began it. */
const SAME_CHANGE = 150;

/**
 * One request that the version in force decided. An alarm of what it shows takes a stricter policy until another is
 * certified: nobody knows yet what the change did.
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
  const step = alarmed(next, alarm, request.atMs);
  return state.epoch.certified ? withCaution(step, inForce, request.atMs) : step;
}

/** After a change of which nobody knows yet what it did. */
function withCaution(step: LoopStep, inForce: Version, nowMs: number): LoopStep {
  const stricter = cautiousVersion(inForce);
  if (stricter === undefined) return step;
  const message = 'Until another policy is certified, a stricter one of the same path serves.';
  return moveOnPath(step, stricter, { kind: 'moved', message, details: {} }, nowMs);
}

/**
 * One audit; the last of `known.rows`. Of the version in force, one that certifies tells whether its promise is kept.
 * @param inForce the version in force, where one is.
 */
export function observeAudit(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  known: AuditHistory,
): LoopStep {
  const audited = known.rows.at(-1);
  if (audited?.certifies !== true || !hasAnswers(audited)) return onlyState(state);
  if (inForce === undefined || state.inForce === undefined || audited.atMs <= state.inForce.sinceMs)
    return onlyState(state);
  const [loss = 0] = measureAsServed(known.measure, inForce, [audited.row]).losses;
  const { lossRate, usual } = state.inForce;
  const { watch: audits, alarm } = watchAudit(
    state.watch.audits,
    { loss, answers: state.epoch.certified ? confidentAnswers(inForce, known.table, audited.row) : [] },
    {
      maxLoss: settings.objective.maxQualityLoss,
      ...(lossRate === undefined ? {} : { lossRate }),
      ...(usual === undefined ? {} : { usual }),
    },
    settings.runLengths,
  );
  const next = { ...state, watch: { ...state.watch, audits } };
  if (alarm === undefined) return onlyState(next);
  const certifying = certifyingRows(known.rows, state.inForce.sinceMs);
  const recent = certifying.slice(-Math.max(1, alarm.audits));
  const stricter = retreat(inForce, recent, known.measure);
  // Where nothing is certified since the last change, that what serves loses too much is no news of another one; nor is a
  // change so soon after it.
  const before = certifyingRows(known.rows, state.epoch.beganAtMs).length - alarm.audits;
  const isKnown = !state.epoch.certified && (alarm.kind === 'loss' || before < SAME_CHANGE);
  const step: LoopStep = isKnown
    ? {
        ...onlyState(next),
        events: [{ kind: 'alarm', message: alarm.message, details: { detector: alarm.kind } }],
      }
    : alarmed(next, alarm, known.nowMs);
  const details = { audits: recent.length };
  if (stricter !== undefined)
    return moveOnPath(
      step,
      stricter,
      {
        kind: 'rolled-back',
        message: 'A stricter policy of the same path serves from now on, until another one is certified.',
        details,
      },
      known.nowMs,
    );
  return {
    state: withInForce(step.state, undefined, known.nowMs),
    versions: [],
    force: null,
    events: [
      ...step.events,
      {
        kind: 'rolled-back',
        message:
          'No stricter policy holds the promise on the audits since then: the last tier answers everything until another one is certified.',
        details,
      },
    ],
  };
}

/** What is not what it was, in sentences. */
export type ObservedChange =
  /** A model, its fingerprint, who judges; or a price. */
  | { what: 'model' | 'price'; message: string }
  /** What is promised. @property levelRatio its α over the former one. */
  | { what: 'promise'; message: string; levelRatio: number };

/**
 * Of a price and of a promise the labels stay true, and what tests have used up of α stays used up; of a price also what
 * is certified stays certified (see {@link reprice}), of a promise what serves, where it was certified for the new one.
 */
export function observeChange(
  state: LoopState,
  change: ObservedChange,
  inForce: Version | undefined,
  known: AuditHistory,
): LoopStep {
  const { message } = change;
  if (change.what === 'price') return reprice(state, message, inForce, known);
  if (change.what === 'promise') return promiseAnew(state, change, inForce, known.nowMs);
  const begun = ring(state, message, { change: change.what }, known.nowMs);
  return inForce !== undefined && state.epoch.certified ? withCaution(begun, inForce, known.nowMs) : begun;
}

/** @param inForce absent where what is in force was not made for the new promise: then it does not serve. */
function promiseAnew(
  state: LoopState,
  { message, levelRatio }: Extract<ObservedChange, { what: 'promise' }>,
  inForce: Version | undefined,
  nowMs: number,
): LoopStep {
  const certified = inForce?.certificate !== undefined && isOfEpoch(inForce, state.epoch);
  const kept = certified ? ' What serves is certified for it.' : '';
  const begun = ring(state, `${message}${kept}`, { change: 'promise' }, nowMs);
  // What has lapsed before did so for what began the epoch.
  const { beganAtMs, why, isFirst, wealth } = state.epoch;
  const epoch = {
    ...begun.state.epoch,
    beganAtMs,
    why,
    certified,
    wealth: wealthAtNewLevel(wealth, levelRatio),
    ...(isFirst === undefined ? {} : { isFirst }),
  };
  return { ...begun, state: { ...begun.state, epoch } };
}

function alarmed(state: LoopState, { kind, message }: Alarm, nowMs: number): LoopStep {
  return ring(state, message, { detector: kind }, nowMs);
}

/** An epoch begins, and people are told why and what that does. */
function ring(state: LoopState, why: string, details: LoopEvent['details'], nowMs: number): LoopStep {
  const begun = beginEpoch(state, why, nowMs);
  const audits = begun.state.auditing === 'raised' ? ', on more audits than usual' : '';
  const message = `${why} Certificates are earned anew${audits}.`;
  return { ...begun, events: [{ kind: 'alarm', message, details }] };
}
