import type { Auditing } from '../../routing/audit-plan.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import type { AlphaWealth } from './alpha-wealth.ts';
import type { TierBaseline } from './answer-baseline.ts';
import type { MeasureVersion } from './measure-version.ts';
import type { PlannedInterimTest } from './plan-interim-tests.ts';
import type { DriftWatch } from './watch.ts';

/**
 * Everything that a route's learning needs to continue: plain JSON, stored with each step. Audits and versions are in the
 * store besides.
 */
export interface LoopState {
  format: 2;
  /** A span in which the traffic is taken to be the same; a detected or known change begins a new one. */
  epoch: {
    beganAtMs: number;
    /** What began it, in a few words. */
    why: string;
    wealth: AlphaWealth;
    /** Present until the first change since learning began. */
    isFirst?: true;
    /** Whether something was certified in it. */
    certified: boolean;
    /** On how many audits of the epoch the last candidate was fitted that a bold test has tested; 0 if none was. */
    boldFitRows: number;
  };
  /** The policy path that was fitted and frozen, to be tested on later requests; absent before the first fit. */
  candidate?: Candidate;
  /** The version in force at the last step; absent if none was. */
  inForce?: InForce;
  watch: DriftWatch;
  /** When requests raised alarms, the oldest first, as long as they count; see `baselineRequests`. */
  rang: readonly number[];
  /**
   * How often requests are audited: `start` until the first candidate has had its bold test, `raised` after a change until
   * the next bold test.
   */
  auditing: Auditing;
  /** When a price last changed; absent if none did. */
  repricedAtMs?: number;
}

/** A frozen path of policies: no audit after the freeze has shaped it, so these audits can test it. */
export interface Candidate {
  /** Of the version that holds the whole path, uncertified. */
  hash: string;
  frozenAtMs: number;
  /** On how many audits of the epoch it was fitted. */
  fitRows: number;
  /** Its interim tests, in order; empty if more labels are needed first. */
  looks: readonly PlannedInterimTest[];
  /** How many of them have been made. */
  taken: number;
  /** Prices have changed since: after its tests another candidate is fitted at once. */
  isOutpriced?: true;
}

export interface InForce {
  hash: string;
  sinceMs: number;
  /** Greatest usual share of answers that the last tier improves, by the audits that certified it; absent if unknown. */
  lossRate?: number;
  /** By tier, how its answers did on those audits; absent if unknown. */
  usual?: Readonly<Record<string, TierBaseline>>;
}

/** One audited request; rows are in the order in which the audits were written. */
export interface AuditedRow {
  /** Row of the table; −1 if the audit is so old that it is only counted, see {@link hasAnswers}. */
  row: number;
  /** When the request came. */
  atMs: number;
  /** Shared by requests of one conversation or prompt; one of them certifies. */
  cluster: string | number;
  /** Whether it was drawn by the coin that does not depend on the answer. */
  certifies: boolean;
  /** The chance of having been drawn by any coin. */
  propensity: number;
}

/** The audits so far, as the loop is given them. */
export interface AuditHistory {
  table: LadderTable;
  /** Every audit, the oldest first. */
  rows: readonly AuditedRow[];
  measure: MeasureVersion;
  nowMs: number;
}

/** The audits of requests that came at this time or later. */
export function rowsSince(rows: readonly AuditedRow[], atMs: number): AuditedRow[] {
  return rows.filter((row) => row.atMs >= atMs);
}

/** Whether the tiers' answers are in the table: always of the newest `WEIGHTY_ROWS`, and of as many that certify. */
export function hasAnswers({ row }: AuditedRow): boolean {
  return row >= 0;
}
