import { defined } from '../../defined.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import { ALPHA_WEALTH_START } from './alpha-wealth.ts';
import { readBaselines } from './watch/answer-baseline.ts';
import type { AuditHistory, LoopState } from './state.ts';
import { DRIFT_WATCH_START } from './watch/watch-requests.ts';

/** Something that operators are told; it becomes a row of the store. */
export interface LoopEvent {
  kind: 'candidate' | 'tested' | 'promoted' | 'proposed' | 'moved' | 'rolled-back' | 'alarm' | 'recovered';
  message: string;
  details: Readonly<Record<string, unknown>>;
  version?: string;
}

/** The result of one step: what is to be written, in one transaction. */
export interface LoopStep {
  state: LoopState;
  events: LoopEvent[];
  /** To be stored. */
  versions: Version[];
  /** To be put in force; `null`: no version, the last tier serves alone. Absent: what is in force stays. */
  force?: Version | null;
}

/** The present: by the clock, for people and for requests; and by the number of the last audit so far, for audits. */
export type Now = Pick<AuditHistory, 'nowMs' | 'upTo'>;

/** A step that changes the state alone. */
export const onlyState = (state: LoopState): LoopStep => ({ state, events: [], versions: [] });

/**
 * The state with another version in force, or none. Its evidence has what its certifying audits showed; that stays true
 * when it moves to a stricter policy of the same path.
 */
export function withInForce(
  state: LoopState,
  version: { hash: string; evidence?: Version['evidence'] } | undefined,
  { nowMs, upTo }: Now,
): LoopState {
  if (state.inForce?.hash === version?.hash) return state;
  const { inForce: _, ...rest } = state;
  const next = { ...rest, watch: DRIFT_WATCH_START };
  if (version === undefined) return next;
  const { lossRate } = version.evidence ?? {};
  return {
    ...next,
    inForce: defined({
      hash: version.hash,
      sinceMs: nowMs,
      after: upTo,
      lossRate: typeof lossRate === 'number' ? lossRate : undefined,
      usual: readBaselines(version.evidence?.['usual']),
    }),
  };
}

/** Adds to a step that another policy of the same path, which was certified with it, is put in force. */
export function moveOnPath(
  step: LoopStep,
  version: Version,
  { kind, message, details }: Pick<LoopEvent, 'kind' | 'message' | 'details'>,
  now: Now,
): LoopStep {
  const hash = versionHash(version);
  return {
    state: withInForce(step.state, { hash, evidence: version.evidence }, now),
    versions: [version],
    force: version,
    events: [...step.events, { kind, message, details, version: hash }],
  };
}

export function newEpoch(why: string, { nowMs, upTo }: Now): LoopState['epoch'] {
  return {
    beganAtMs: nowMs,
    after: upTo,
    why,
    wealth: ALPHA_WEALTH_START,
    certified: false,
    boldFitRows: 0,
  };
}

/**
 * Whether a version was certified in this epoch: for its traffic, models and judges. One that an earlier Weir certified was
 * not: it left out of its tests what got no verdict, and named the epoch by a time.
 */
export function isOfEpoch(
  { evidence, createdAt }: Pick<Version, 'evidence' | 'createdAt'>,
  epoch: LoopState['epoch'],
): boolean {
  const { beganAtMs, isFirst } = epoch;
  if (evidence['epoch'] !== undefined) return evidence['epoch'] === epochName(epoch);
  return isFirst === true || Date.parse(createdAt) >= beganAtMs;
}

const EPOCH_NAME = 'after audit ';

/** How the evidence of a version names the epoch in which it was certified. */
export function epochName({ after }: Pick<LoopState['epoch'], 'after'>): string {
  return `${EPOCH_NAME}${after}`;
}

/** Whether audits certified it when those without a verdict were left out. */
export function isOfEarlierWeir({ evidence: { epoch } }: Pick<Version, 'evidence'>): boolean {
  return typeof epoch === 'string' && !epoch.startsWith(EPOCH_NAME);
}

/** What was learned of the traffic so far may no longer be true: audits are raised, and certificates must be earned again. */
export function beginEpoch(state: LoopState, why: string, now: Now): LoopStep {
  const { candidate: _, ...rest } = state;
  return {
    state: {
      ...rest,
      epoch: newEpoch(why, now),
      watch: DRIFT_WATCH_START,
      auditing: state.auditing === 'start' ? 'start' : 'raised',
    },
    versions: [],
    events: [],
  };
}
