/**
 * How a route learns, as steps over a plain state: what requests and audits say of drift, when a policy is fitted and
 * frozen, when it is tested, what is put in force and what is taken back. It reads no clock and no store; the learner
 * gives it what the store has, and writes what it says in one step.
 */
import type { Version } from '../../routing/version.ts';
import { versionHash } from '../../routing/version.ts';
import { freeze, LEAST_FIT, type Knowledge } from './freeze.ts';
import { certifyingRows, look } from './look.ts';
import { careful, cheapestOf, retreat } from './retreat.ts';
import type { Settings } from './settings.ts';
import type { LoopState } from './state.ts';
import { fail, pass, WEALTH_START } from './wealth.ts';
import { watchAudit, watchRequest, WATCH_START, type Alarm } from './watch.ts';

export type { Knowledge } from './freeze.ts';
export { LEAST_FIT } from './freeze.ts';
export { createJudgeVersion } from './judge-version.ts';
export type { Settings } from './settings.ts';
export { certifyingRows } from './look.ts';
export type { AuditedRow, LoopState } from './state.ts';

/** Something that happened, for people; it becomes a row of the store. */
export interface LoopEvent {
  kind: 'candidate' | 'tested' | 'promoted' | 'proposed' | 'moved' | 'rolled-back' | 'alarm';
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

/** Certification audits of an epoch before a change, from which on the change is another one than began it. */
const SAME_CHANGE = 150;
/** A further candidate is fitted when audits have grown by this factor since the last one. */
export const GROWTH = 1.4;

export function startLoop(nowMs: number): LoopState {
  return {
    format: 1,
    epoch: { beganAtMs: nowMs, why: 'the beginning', wealth: WEALTH_START, certified: false, boldFitRows: 0 },
    watch: WATCH_START,
    auditing: 'start',
  };
}

/**
 * The state where something else is in force than it knows of: an operator promoted or rolled back. What waited to be
 * tested is given up then, for it was to take the place of another; the next candidate comes of what is known by then.
 */
export function obey(state: LoopState, hash: string | undefined, nowMs: number): LoopState {
  if (state.inForce?.hash === hash) return state;
  const { candidate: _, ...rest } = state;
  return adopt(rest, hash, nowMs);
}

/** The state with something else in force. */
function adopt(state: LoopState, hash: string | undefined, nowMs: number): LoopState {
  if (state.inForce?.hash === hash) return state;
  const { inForce: _, ...rest } = state;
  return {
    ...rest,
    watch: WATCH_START,
    ...(hash === undefined ? {} : { inForce: { hash, sinceMs: nowMs } }),
  };
}

/**
 * One request that the version in force decided. An alarm of what it shows takes a stricter policy until another is
 * certified: nobody knows yet what the change did.
 */
export function observeRequest(
  settings: Settings,
  state: LoopState,
  inForce: Version | undefined,
  request: { confidence?: number; accepted: boolean; atMs: number },
): LoopStep {
  if (state.inForce === undefined || inForce === undefined) return quiet(state);
  const { watch, alarm } = watchRequest(state.watch, request, settings.runLengths);
  const next = { ...state, watch };
  if (alarm === undefined) return quiet(next);
  const step = alarmed(next, alarm, request.atMs);
  const stricter = state.epoch.certified ? careful(inForce) : undefined;
  return stricter === undefined
    ? step
    : move(
        step,
        stricter,
        'Until another policy is certified, a stricter one of the same path serves.',
        request.atMs,
      );
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
  if (inForce === undefined || state.inForce === undefined || audited.atMs <= state.inForce.sinceMs)
    return quiet(state);
  const [loss = 0] = known.judge(inForce, [audited.row], Math.floor(inForce.rule.place)).losses;
  const { lossRate } = state.inForce;
  const { watch, alarm } = watchAudit(state.watch, loss, {
    maxLoss: settings.objective.maxQualityLoss,
    audits: settings.runLengths.audits,
    ...(lossRate === undefined ? {} : { lossRate }),
  });
  const next = { ...state, watch };
  if (alarm === undefined) return quiet(next);
  const certifying = certifyingRows(known.rows, state.inForce.sinceMs);
  const recent = certifying.slice(-Math.max(1, watch.lossRun));
  const stricter = retreat(inForce, recent, known.judge);
  // An epoch that an alarm has begun just before this change, and that has certified nothing since, is of the same change.
  const before = certifyingRows(known.rows, state.epoch.beganAtMs).length - watch.lossRun;
  const isKnown = !state.epoch.certified && before < SAME_CHANGE;
  const step: LoopStep = isKnown
    ? {
        ...quiet(next),
        events: [{ kind: 'alarm', message: alarm.message, details: { detector: alarm.kind } }],
      }
    : alarmed(next, alarm, known.nowMs);
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

/**
 * A model, its fingerprint, who judges, a price or what is promised is not what it was. Of a price and of a promise the
 * labels stay true; of a price also what is certified stays certified: of that the cheapest policy at today's prices
 * serves, and a better one is looked for.
 */
export function observeChange(
  state: LoopState,
  change: { what: 'model' | 'price' | 'promise'; message: string },
  inForce: Version | undefined,
  { rows, judge, nowMs }: Knowledge,
): LoopStep {
  const events: LoopEvent[] = [{ kind: 'alarm', message: change.message, details: { change: change.what } }];
  const begun = beginEpoch(state, change.message, nowMs);
  if (change.what === 'model') return { ...begun, events };
  const { beganAtMs } = state.epoch;
  const step: LoopStep = {
    ...begun,
    state: { ...begun.state, epoch: { ...begun.state.epoch, beganAtMs } },
    events,
  };
  const own = rows.filter(({ atMs }) => atMs >= beganAtMs).map(({ row }) => row);
  if (change.what === 'promise' || inForce === undefined || own.length === 0) return step;
  const cheapest = cheapestOf(inForce, own, judge);
  return cheapest === inForce
    ? step
    : move(
        step,
        cheapest,
        'Of the certified policies the one that is cheapest at these prices serves.',
        nowMs,
      );
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
  const own = rows.filter(({ atMs }) => atMs >= state.epoch.beganAtMs).length;
  if (own < LEAST_FIT) return quiet(state);
  const frozen = state.candidate;
  if (frozen === undefined || candidate === undefined) return freezeStep(settings, state, inForce, known);
  const next = frozen.looks[frozen.taken];
  if (next === undefined)
    return own >= GROWTH * frozen.fitRows ? freezeStep(settings, state, inForce, known) : quiet(state);
  if (certifyingRows(rows, frozen.frozenAtMs).length < next.rows) return quiet(state);
  const { wealth } = state.epoch;
  const attempt = wealth.attempts + 1;
  const found = look(settings, frozen, candidate, wealth, known);
  const tested: LoopState = {
    ...state,
    epoch: {
      ...state.epoch,
      wealth: found.complete ? pass(wealth, 1 - settings.objective.certainty) : fail(wealth),
      certified: state.epoch.certified || found.certified !== undefined,
      boldFitRows: next.until === undefined ? frozen.fitRows : state.epoch.boldFitRows,
    },
    candidate: { ...frozen, taken: frozen.taken + 1 },
    auditing: next.until === undefined ? 'usual' : state.auditing,
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

/** Another policy of the same path, certified with it, serves from now on. */
function move(step: LoopStep, version: Version, message: string, nowMs: number): LoopStep {
  const hash = versionHash(version);
  return {
    state: adopt(step.state, hash, nowMs),
    versions: [version],
    force: version,
    events: [...step.events, { kind: 'moved', message, details: {}, version: hash }],
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
            : `Fitted on ${candidate.fitRows} audits and frozen; it is tested on the next ${first.rows} certification audits.`,
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
      epoch: { beganAtMs: nowMs, why, wealth: WEALTH_START, certified: false, boldFitRows: 0 },
      watch: WATCH_START,
      auditing: state.auditing === 'start' ? 'start' : 'raised',
    },
    versions: [],
    events: [],
  };
}

const quiet = (state: LoopState): LoopStep => ({ state, events: [], versions: [] });
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
