/**
 * How a route learns, as steps over a plain state: what requests and audits say of drift, when a policy is fitted and
 * frozen, when it is tested, what is put in force and what is taken back. It reads no clock and no store; the learner
 * gives it what the store has, and writes what it says in one step.
 */
import type { Version } from '../../routing/version.ts';
import { versionHash } from '../../routing/version.ts';
import { freeze, LEAST_FIT, type Knowledge } from './freeze.ts';
import { certifyingRows, look } from './look.ts';
import { retreat } from './retreat.ts';
import type { Settings } from './settings.ts';
import { RAISED_AUDITS, type LoopState } from './state.ts';
import { watchAudit, watchRequest, WATCH_START, type Alarm } from './watch.ts';

export type { Knowledge } from './freeze.ts';
export { createJudgeVersion } from './judge-version.ts';
export type { JudgeVersion } from './judge-version.ts';
export type { Settings } from './settings.ts';
export { RAISED_FACTOR } from './state.ts';
export type { AuditedRow, LoopState } from './state.ts';

/** Something that happened, for people; it becomes a row of the store. */
export interface LoopEvent {
  kind: 'candidate' | 'tested' | 'promoted' | 'proposed' | 'rolled-back' | 'alarm';
  message: string;
  details: Readonly<Record<string, unknown>>;
  version?: string;
}

/** What one step of the loop says. */
export interface LoopStep {
  state: LoopState;
  events: LoopEvent[];
  /** To be kept. */
  versions: Version[];
  /** To be put in force from now on; `null`: nothing is, the last tier serves. Absent: what is in force stays. */
  force?: Version | null;
}

/** A further candidate is fitted when audits have grown by this factor since the last one. */
const GROWTH = 1.4;

export function startLoop(nowMs: number): LoopState {
  return {
    format: 1,
    epoch: { beganAtMs: nowMs, why: 'the beginning', attempts: 0 },
    watch: WATCH_START,
    raised: 0,
  };
}

/** The state where something else is in force than it knows of: an operator promoted or rolled back. */
export function adopt(state: LoopState, hash: string | undefined, nowMs: number): LoopState {
  if (state.inForce?.hash === hash) return state;
  const { inForce: _, ...rest } = state;
  return {
    ...rest,
    watch: WATCH_START,
    ...(hash === undefined ? {} : { inForce: { hash, sinceMs: nowMs } }),
  };
}

/** One request that the version in force decided. */
export function observeRequest(
  settings: Settings,
  state: LoopState,
  request: { confidence?: number; kept: boolean; atMs: number },
): LoopStep {
  if (state.inForce === undefined) return quiet(state);
  const { watch, alarm } = watchRequest(state.watch, request, settings.runLengths);
  const next = { ...state, watch };
  return alarm === undefined ? quiet(next) : alarmed(next, alarm, request.atMs);
}

/**
 * One audit; the last of `known.rows`. Of the version in force, one that certifies tells whether its promise is kept.
 * @param inForce the version in force, where one is.
 */
export function observeAudit(
  settings: Settings,
  state: LoopState,
  inForce: Version | undefined,
  known: Knowledge,
): LoopStep {
  const audited = known.rows.at(-1);
  if (audited?.certifies !== true) return quiet(state);
  const counted = { ...state, raised: Math.max(0, state.raised - 1) };
  if (inForce === undefined || state.inForce === undefined || audited.atMs <= state.inForce.sinceMs)
    return quiet(counted);
  const [loss = 0] = known.judge(inForce, [audited.row], Math.floor(inForce.rule.place)).losses;
  const { lossRate } = state.inForce;
  const { watch, alarm } = watchAudit(counted.watch, loss, {
    maxLoss: settings.objective.maxQualityLoss,
    audits: settings.runLengths.audits,
    ...(lossRate === undefined ? {} : { lossRate }),
  });
  const next = { ...counted, watch };
  if (alarm === undefined) return quiet(next);
  const certifying = certifyingRows(known.rows, state.inForce.sinceMs);
  const recent = certifying.slice(-Math.max(1, watch.lossRun));
  const stricter = retreat(inForce, recent, known.judge);
  const step = alarmed(next, alarm, known.nowMs);
  const hash = stricter === undefined ? undefined : versionHash(stricter);
  return {
    state: adopt(step.state, hash, known.nowMs),
    versions: stricter === undefined ? [] : [stricter],
    force: stricter ?? null,
    events: [
      ...step.events,
      {
        kind: 'rolled-back',
        message:
          stricter === undefined
            ? 'No stricter policy holds the promise on the audits since then: the last tier answers everything until another one is certified.'
            : `A stricter policy of the same path serves from now on, until another one is certified.`,
        details: { audits: recent.length },
        ...(hash === undefined ? {} : { version: hash }),
      },
    ],
  };
}

/** A model, its fingerprint or a price is not what it was. A price alone leaves what was certified as it is. */
export function observeChange(
  state: LoopState,
  change: { what: 'model' | 'price'; message: string },
  nowMs: number,
): LoopStep {
  const event: LoopEvent = { kind: 'alarm', message: change.message, details: { change: change.what } };
  if (change.what === 'model') return { ...beginEpoch(state, change.message, nowMs), events: [event] };
  const { candidate: _, ...rest } = state;
  return { ...quiet(rest), events: [event] };
}

/**
 * What is to be done now: fit and freeze a candidate, test it, or nothing.
 * @param candidate the version behind `state.candidate`, and `inForce` that in force, where there are such.
 */
export function work(
  settings: Settings,
  state: LoopState,
  { candidate, inForce }: { candidate?: Version; inForce?: Version },
  known: Knowledge,
): LoopStep {
  const { rows } = known;
  if (rows.length < LEAST_FIT) return quiet(state);
  const frozen = state.candidate;
  if (frozen === undefined || candidate === undefined) return freezeStep(settings, state, inForce, known);
  const next = frozen.looks[frozen.taken];
  if (next === undefined)
    return rows.length >= GROWTH * frozen.fitRows
      ? freezeStep(settings, state, inForce, known)
      : quiet(state);
  if (certifyingRows(rows, frozen.frozenAtMs).length < next) return quiet(state);
  const attempt = state.epoch.attempts + 1;
  const found = look(settings, frozen, candidate, attempt, known);
  const tested: LoopState = {
    ...state,
    epoch: { ...state.epoch, attempts: attempt },
    candidate: { ...frozen, taken: frozen.taken + 1 },
  };
  const event: LoopEvent = {
    kind: 'tested',
    message:
      found.certified === undefined
        ? `Attempt ${attempt}, on ${found.rows} audits: no policy that saves is certified yet.`
        : `Attempt ${attempt}, on ${found.rows} audits: ${found.passed} policies of the path are certified; the cheapest costs ${percent(found.certified.relativeCost)} of always the last tier.`,
    details: { rows: found.rows, share: found.share, passed: found.passed },
    version: frozen.hash,
  };
  if (found.certified === undefined) return { state: tested, events: [event], versions: [] };
  const { version, lossRate, relativeCost } = found.certified;
  const certifying = certifyingRows(rows, frozen.frozenAtMs);
  const costNow =
    inForce === undefined ? 1 : known.judge(inForce, certifying, Math.floor(inForce.rule.place)).relativeCost;
  if (relativeCost >= costNow) return { state: tested, events: [event], versions: [] };
  const hash = versionHash(version);
  if (settings.promote === 'approve')
    return {
      state: tested,
      versions: [version],
      events: [
        event,
        {
          kind: 'proposed',
          message: `It waits for an operator's word: \`weir versions promote ${hash}\`.`,
          details: { relativeCost, costNow },
          version: hash,
        },
      ],
    };
  return {
    state: {
      ...tested,
      inForce: { hash, sinceMs: known.nowMs, lossRate },
      watch: WATCH_START,
      raised: 0,
    },
    versions: [version],
    force: version,
    events: [
      event,
      {
        kind: 'promoted',
        message: `It serves from now on, instead of ${inForce === undefined ? 'the last tier alone' : `one that costs ${percent(costNow)}`}.`,
        details: { relativeCost, costNow },
        version: hash,
      },
    ],
  };
}

function freezeStep(
  settings: Settings,
  state: LoopState,
  inForce: Version | undefined,
  known: Knowledge,
): LoopStep {
  const { candidate, version } = freeze(settings, state, inForce, known);
  const [first] = candidate.looks;
  return {
    state: { ...state, candidate },
    versions: [version],
    events: [
      {
        kind: 'candidate',
        message:
          first === undefined
            ? `Fitted on ${candidate.fitRows} audits; more are needed before anything is likely to be certified.`
            : `Fitted on ${candidate.fitRows} audits and frozen; it is tested on the next ${first} certification audits.`,
        details: { fitRows: candidate.fitRows, looks: candidate.looks },
        version: candidate.hash,
      },
    ],
  };
}

function alarmed(state: LoopState, { kind, message }: Alarm, nowMs: number): LoopStep {
  return {
    ...beginEpoch(state, message, nowMs),
    events: [{ kind: 'alarm', message, details: { detector: kind } }],
  };
}

/** What was true of the traffic before may not be any more: more audits, and certificates are earned anew. */
function beginEpoch(state: LoopState, why: string, nowMs: number): Omit<LoopStep, 'events'> & { events: [] } {
  const { candidate: _, ...rest } = state;
  return {
    state: {
      ...rest,
      epoch: { beganAtMs: nowMs, why, attempts: 0 },
      watch: WATCH_START,
      raised: RAISED_AUDITS,
    },
    versions: [],
    events: [],
  };
}

const quiet = (state: LoopState): LoopStep => ({ state, events: [], versions: [] });
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
