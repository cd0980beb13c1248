import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import { startLoop, DRIFT_WATCH_START, type LoopState } from '../loop/loop.ts';
import type { ModelNames } from './model-names.ts';
import { priceableTiers, type CertificateTerms, type PriceableTier } from './route-changes.ts';

/** How far a route's record was read, and what its configuration was then. Part of the stored state. */
export interface ReadSoFar {
  /** Number of the last audit that was read. */
  audit: number;
  /** Numbers of audits that had no verdict when they were read: they are observed once they have one. */
  unjudged?: readonly number[];
  /** Requests up to this id were observed; ids are in the order of their time. */
  request: string;
  tiers: PriceableTier[];
  /** By tier. */
  answering: Record<string, ModelNames>;
  /** Absent before the first step. */
  asked?: CertificateTerms;
}

/** The state of the job `learn:ROUTE`: the loop's own, and how far the record was read. */
export type LearnerState = LoopState & {
  read: ReadSoFar;
  /** Why nothing could be learned at the last attempt, and what to do; absent where learning was possible. */
  problem?: string;
};

/** Why a state that {@link readLearnerState} cannot read is left alone. */
export const UNKNOWN_FORMAT =
  'the state of learning in the store has a format that this version of Weir does not know; run the version that wrote it, or a newer one';

/** Name of the job of a route's learning. */
export const jobOf = (route: string): string => `learn:${route}`;

export function startLearning(policy: Policy, nowMs: number): LearnerState {
  const read = { audit: 0, request: idAt(nowMs), tiers: priceableTiers(policy), answering: {} };
  return { ...startLoop(nowMs), read };
}

/** An id between those of requests that came before a moment and those that came later. */
export function idAt(atMs: number): string {
  const digits = Math.floor(atMs).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** Clocks are often corrected by less than this, and then catch up. */
const AHEAD_MS = 3_600_000;

/**
 * The state after a clock that was far ahead has been corrected. Times in the future become now, because otherwise nothing
 * would be learned until then. A candidate that was frozen in the future is dropped.
 */
export function notAhead(state: LearnerState, nowMs: number): LearnerState {
  const { candidate, inForce, epoch, read, ...rest } = state;
  const isAhead = (atMs = 0): boolean => atMs > nowMs + AHEAD_MS;
  const isReadAhead = read.request > idAt(nowMs + AHEAD_MS);
  if (![candidate?.frozenAtMs, inForce?.sinceMs, epoch.beganAtMs].some(isAhead) && !isReadAhead) return state;
  const held = (atMs: number): number => (isAhead(atMs) ? nowMs : atMs);
  return {
    ...rest,
    ...defined({
      candidate: isAhead(candidate?.frozenAtMs) ? undefined : candidate,
      inForce: inForce && { ...inForce, sinceMs: held(inForce.sinceMs) },
    }),
    epoch: { ...epoch, beganAtMs: held(epoch.beganAtMs) },
    read: isReadAhead ? { ...read, request: idAt(nowMs) } : read,
  };
}

/**
 * Reads a stored state. One of an earlier format is taken over, except what its detectors had gathered.
 * @returns undefined where a later version of Weir wrote it, in another format.
 */
export function readLearnerState(text: string): LearnerState | undefined {
  const state = JSON.parse(text) as { format?: unknown };
  if (state.format === 1) return { ...(state as LearnerState), ...FRESH_DETECTORS };
  return state.format === 2 ? (state as LearnerState) : undefined;
}

const FRESH_DETECTORS: Pick<LoopState, 'format' | 'watch' | 'rang'> = {
  format: 2,
  watch: DRIFT_WATCH_START,
  rang: [],
};
