import type { Auditing } from '../../routing/audit-plan.ts';
import type { TierBaseline } from './answer-baseline.ts';
import type { PlannedInterimTest } from './plan-interim-tests.ts';
import type { DriftWatch } from './watch.ts';
import type { AlphaWealth } from './alpha-wealth.ts';

/**
 * Everything that a route's learning needs to go on from: plain JSON, kept with each step. The rest, audits and versions,
 * is in the store.
 */
export interface LoopState {
  format: 2;
  /** Since when traffic has been taken for the same: a change of it begins an epoch. */
  epoch: {
    beganAtMs: number;
    /** Why, in a few words. */
    why: string;
    wealth: AlphaWealth;
    /** Nothing has changed yet since learning began. */
    isFirst?: true;
    /** Something was certified in it. */
    certified: boolean;
    /** Audits of the epoch that the last candidate was fitted on which was tested until a policy failed; 0 before one was. */
    boldFitRows: number;
  };
  /** What was fitted and frozen, to be tested on later requests; absent before the first fit. */
  candidate?: Candidate;
  /** The version that was in force when the loop last looked; absent where none was. */
  inForce?: InForce;
  watch: DriftWatch;
  /** When what requests show last alarmed, the oldest first, as far back as it counts; see `usualRequests`. */
  rang: readonly number[];
  /**
   * How often is audited: at the start until a candidate was tested until a policy failed; after a change more than
   * usually, again until then.
   */
  auditing: Auditing;
  /** When a price last changed; absent where none did. */
  repricedAtMs?: number;
}

/** A policy's path that no later audit has shaped. */
export interface Candidate {
  /** Of the version that holds the whole path, uncertified. */
  hash: string;
  frozenAtMs: number;
  /** Audits of the epoch that it was fitted on. */
  fitRows: number;
  /** Its tests, in order; none: more labels must come first. */
  looks: readonly PlannedInterimTest[];
  /** How many of these have been taken. */
  taken: number;
  /** Prices have changed since: once its tests are made, another one is fitted. */
  isOutpriced?: true;
}

export interface InForce {
  hash: string;
  sinceMs: number;
  /** Share of answers that the last tier would have bettered, at most, by the audits that certified it; absent where unknown. */
  lossRate?: number;
  /** By tier, how its answers did on those audits; absent where unknown. */
  usual?: Readonly<Record<string, TierBaseline>>;
}

/** One audited request, in the order in which audits were written. */
export interface AuditedRow {
  /** Row of the table; −1 where it is so old that it is only counted, see {@link hasAnswers}. */
  row: number;
  /** When the request came. */
  atMs: number;
  /** Requests of one conversation or prompt share it: one of them certifies. */
  cluster: string | number;
  /** It was drawn by the coin that knows nothing of the answer. */
  certifies: boolean;
  /** Chance of having been drawn at all, by whichever coin. */
  propensity: number;
}

/** The audits of requests that came then or later. */
export function rowsSince(rows: readonly AuditedRow[], atMs: number): AuditedRow[] {
  return rows.filter((row) => row.atMs >= atMs);
}

/** Whether what its tiers answered is at hand: always of the newest `WEIGHTY_ROWS`, and of as many that certify. */
export function hasAnswers({ row }: AuditedRow): boolean {
  return row >= 0;
}
