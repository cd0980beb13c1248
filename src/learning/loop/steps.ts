import { versionHash, type Version } from '../../routing/version.ts';
import type { LoopState } from './state.ts';
import { readBaselines } from './answer-baseline.ts';
import { DRIFT_WATCH_START } from './watch.ts';
import { ALPHA_WEALTH_START } from './alpha-wealth.ts';

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

/** A step that only goes on. */
export const onlyState = (state: LoopState): LoopStep => ({ state, events: [], versions: [] });

/**
 * The state with another version in force, or none. What share of answers was lost when it was certified stands in its
 * evidence, also where it is a stricter one of the same path.
 */
export function withInForce(
  state: LoopState,
  version: { hash: string; evidence?: Version['evidence'] } | undefined,
  nowMs: number,
): LoopState {
  if (state.inForce?.hash === version?.hash) return state;
  const { inForce: _, ...rest } = state;
  const lossRate = version?.evidence?.['lossRate'];
  const usual = readBaselines(version?.evidence?.['usual']);
  return {
    ...rest,
    watch: DRIFT_WATCH_START,
    ...(version === undefined
      ? {}
      : {
          inForce: {
            hash: version.hash,
            sinceMs: nowMs,
            ...(typeof lossRate === 'number' ? { lossRate } : {}),
            ...(usual === undefined ? {} : { usual }),
          },
        }),
  };
}

/** Another policy of the same path, certified with it, serves from now on. */
export function moveOnPath(
  step: LoopStep,
  version: Version,
  { kind, message, details }: Pick<LoopEvent, 'kind' | 'message' | 'details'>,
  nowMs: number,
): LoopStep {
  const hash = versionHash(version);
  return {
    state: withInForce(step.state, { hash, evidence: version.evidence }, nowMs),
    versions: [version],
    force: version,
    events: [...step.events, { kind, message, details, version: hash }],
  };
}

export function newEpoch(beganAtMs: number, why: string): LoopState['epoch'] {
  return { beganAtMs, why, wealth: ALPHA_WEALTH_START, certified: false, boldFitRows: 0 };
}

/** Whether a version was certified for the traffic, the models and the judges of this epoch. */
export function isOfEpoch(
  { evidence, createdAt }: Pick<Version, 'evidence' | 'createdAt'>,
  { beganAtMs, isFirst }: LoopState['epoch'],
): boolean {
  const { epoch } = evidence;
  return typeof epoch === 'string'
    ? epoch === new Date(beganAtMs).toISOString()
    : isFirst === true || Date.parse(createdAt) >= beganAtMs;
}

/** What was true of the traffic before may not be any more: more audits, and certificates are earned anew. */
export function beginEpoch(state: LoopState, why: string, nowMs: number): LoopStep {
  const { candidate: _, ...rest } = state;
  return {
    state: {
      ...rest,
      epoch: newEpoch(nowMs, why),
      watch: DRIFT_WATCH_START,
      auditing: state.auditing === 'start' ? 'start' : 'raised',
    },
    versions: [],
    events: [],
  };
}
