import type { Auditing } from '../../routing/audit-plan.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import type { AlphaWealth } from './alpha-wealth.ts';
import type { AuditedRow } from './audited-row.ts';
import type { TierBaseline } from './watch/answer-baseline.ts';
import type { MeasureVersion } from './measure-version.ts';
import type { PlannedInterimTest } from './plan-interim-tests.ts';
import type { UnjudgedWatch } from './watch/unjudged.ts';
import type { DriftWatch } from './watch/watch-requests.ts';

/**
 * Everything that a route's learning needs to continue: plain JSON, stored with each step. Audits and versions are in the
 * store besides.
 */
export interface LoopState {
  format: 3;
  /** A span in which the traffic is taken to be the same; a detected or known change begins a new one. */
  epoch: {
    /** For people to read: clocks may be wrong, so nothing is decided by it. */
    beganAtMs: number;
    /** Number of the last audit before it: audits with a greater number are of this epoch. */
    after: number;
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
  /** Whether due audits get verdicts. */
  unjudged: UnjudgedWatch;
  /** When requests raised alarms, the oldest first, as long as they count; see `baselineRequests`. */
  rang: readonly number[];
  /**
   * How often requests are audited: `start` until something is certified or two bold tests have failed, `raised` after a change
   * likewise.
   */
  auditing: Auditing;
  /** When a price last changed; absent if none did. */
  repricedAtMs?: number;
}

/** A frozen path of policies: no audit after the freeze has shaped it, so these audits can test it. */
export interface Candidate {
  /** Of the version that holds the whole path, uncertified. */
  hash: string;
  /** From here its tests' patience counts. */
  frozenAtMs: number;
  /** Number of the last audit before the freeze: only audits with a greater number test it. */
  after: number;
  /** On how many audits of the epoch it was fitted. */
  fitRows: number;
  /** Its interim tests, in order; empty only where an earlier Weir fitted it on too few labels. */
  looks: readonly PlannedInterimTest[];
  /** How many of them have been made. */
  taken: number;
  /** Prices have changed since: after its tests another candidate is fitted at once. */
  isOutpriced?: true;
}

export interface InForce {
  hash: string;
  /** For people to read. */
  sinceMs: number;
  /** Number of the last audit before it took force: only audits with a greater number are watched. */
  after: number;
  /** Greatest usual share of answers that the last tier improves, by the audits that certified it; absent if unknown. */
  lossRate?: number;
  /** By tier, how its answers did on those audits; absent if unknown. */
  usual?: Readonly<Record<string, TierBaseline>>;
}

/** The audits up to a place in their sequence, as the loop is given them. */
export interface AuditHistory {
  table: LadderTable;
  /** Every audit so far, in the order of their numbers, with the verdicts that counted then. */
  rows: readonly AuditedRow[];
  /** Number of the last of them; after a change of the configuration, of the last there was. What is decided is not about audits with a greater one. */
  upTo: number;
  measure: MeasureVersion;
  /** When the last of them was made: the clock of whoever looks decides nothing. */
  nowMs: number;
}
