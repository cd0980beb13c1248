import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import {
  ALPHA_WEALTH_START,
  DRIFT_WATCH_START,
  startLoop,
  UNJUDGED_START,
  type AuditedRow,
  type LoopState,
} from '../loop/loop.ts';
import { LEARNED_FROM, type ModelNames } from './model-names.ts';
import { priceableTiers, type CertificateTerms, type PriceableTier } from './route-changes.ts';

/** How far a route's record was read, and what its configuration was then. Part of the stored state. */
export interface ReadSoFar {
  /** Number of the last audit that was observed. One whose verdict is awaited is not, nor is any after it. */
  audit: number;
  /** Requests up to this id were observed; ids are in the order of their time. */
  request: string;
  tiers: PriceableTier[];
  /** By tier. */
  answering: Record<string, ModelNames>;
  /** Absent before the first step. */
  asked?: CertificateTerms;
  /** Present while gateways with different configurations learn on the store: when each was last there, by a hash of its own. */
  rivals?: Readonly<Record<string, number>>;
}

/** The state of the job `learn:ROUTE`: the loop's own, and how far the record was read. */
export type LearnerState = LoopState & {
  read: ReadSoFar;
  /** An earlier Weir wrote it, so the audit after which the epoch began is not known yet; see {@link withEpochAfter}. */
  isByTime?: true;
  /** Why nothing could be learned at the last attempt, and what to do; absent where learning was possible. */
  problem?: string;
};

/** Why a state that {@link readLearnerState} cannot read is left alone. */
export const UNKNOWN_FORMAT =
  'the state of learning in the store has a format that this version of Weir does not know; run the version that wrote it, or a newer one';

/** Name of the job of a route's learning. */
export const jobOf = (route: string): string => `learn:${route}`;

/** @param upTo number of the last audit so far. */
export function startLearning(policy: Policy, nowMs: number, upTo: number): LearnerState {
  const read = { audit: upTo, request: idAt(nowMs), tiers: priceableTiers(policy), answering: {} };
  return { ...startLoop(nowMs, upTo), read };
}

/** An id between those of requests that came before a moment and those that came later. */
export function idAt(atMs: number): string {
  const digits = Math.floor(atMs).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** Clocks are often corrected by less than this, and then catch up. */
const AHEAD_MS = 3_600_000;

/**
 * The state after a clock that was far ahead has been corrected. Requests are ordered by time, since they have no numbers:
 * those that came in the future count as observed, and from now on requests are watched.
 */
export function notAhead(state: LearnerState, nowMs: number): LearnerState {
  const { read } = state;
  return read.request > idAt(nowMs + AHEAD_MS)
    ? { ...state, read: { ...read, request: idAt(nowMs) } }
    : state;
}

/**
 * Reads a stored state. One of an earlier format is taken over, except what its detectors had gathered and its candidate: the
 * audits that were to test that had left out what got no verdict. For the same reason what was certified then is not any
 * more, and all of α is there again.
 * @returns undefined where a later version of Weir wrote it, in another format.
 */
export function readLearnerState(text: string): LearnerState | undefined {
  const state = JSON.parse(text) as { format?: unknown };
  if (state.format === 3) return state as LearnerState;
  return state.format === 1 || state.format === 2 ? upgraded(state as EarlierState) : undefined;
}

/** The state of formats 1 and 2, as far as it is taken over. */
interface EarlierState {
  epoch: Pick<LoopState['epoch'], 'beganAtMs' | 'why' | 'isFirst' | 'certified' | 'boldFitRows'>;
  inForce?: Omit<NonNullable<LoopState['inForce']>, 'after'>;
  rang?: readonly number[];
  auditing: LoopState['auditing'];
  repricedAtMs?: number;
  read: ReadSoFar;
}

function upgraded({ epoch, inForce, rang = [], auditing, repricedAtMs, read }: EarlierState): LearnerState {
  return {
    format: 3,
    // What was certified was so by audits that left out what got no verdict.
    epoch: { ...epoch, after: 0, certified: false, wealth: ALPHA_WEALTH_START },
    watch: DRIFT_WATCH_START,
    unjudged: UNJUDGED_START,
    rang,
    auditing: epoch.certified && auditing === 'usual' ? 'raised' : auditing,
    ...defined({ inForce: inForce && { ...inForce, after: read.audit }, repricedAtMs }),
    // Names that were still being learned are learned anew.
    read: {
      ...read,
      answering: Object.fromEntries(
        Object.entries(read.answering).filter(([, { answers }]) => answers >= LEARNED_FROM),
      ),
    },
    isByTime: true,
  };
}

/** A state of an earlier format with the number of the last audit before its epoch. */
export function withEpochAfter(
  { isByTime: _, ...state }: LearnerState,
  audits: readonly { number: number; row?: Pick<AuditedRow, 'atMs'> }[],
): LearnerState {
  const after = audits.findLast(({ row }) => (row?.atMs ?? Infinity) < state.epoch.beganAtMs)?.number ?? 0;
  return { ...state, epoch: { ...state.epoch, after } };
}
