import type { Watch } from './watch.ts';

/**
 * Everything that a route's learning needs to go on from: plain JSON, kept with each step. The rest, audits and versions,
 * is in the store.
 */
export interface LoopState {
  format: 1;
  /** Since when traffic has been taken for the same: a change of it begins an epoch. */
  epoch: {
    beganAtMs: number;
    /** Why, in a few words. */
    why: string;
    /** Attempts at a certificate so far, failures counted. */
    attempts: number;
  };
  /** What was fitted and frozen, to be tested on later requests; absent before the first fit. */
  candidate?: Candidate;
  /** The version that was in force when the loop last looked; absent where none was. */
  inForce?: InForce;
  watch: Watch;
  /** While more audits are made after a change: certification audits still to come at the raised rate. */
  raised: number;
}

/** A policy's path that no later audit has shaped. */
export interface Candidate {
  /** Of the version that holds the whole path, uncertified. */
  hash: string;
  frozenAtMs: number;
  /** Audits that it was fitted on. */
  fitRows: number;
  /** Numbers of certification audits at which it is tested, rising; empty: more labels must come first. */
  looks: readonly number[];
  /** How many of these have been taken. */
  taken: number;
}

export interface InForce {
  hash: string;
  sinceMs: number;
  /** Share of answers that the last tier would have bettered, on the audits that certified it; absent where unknown. */
  lossRate?: number;
}

/** One audited request, in the order in which audits were written. */
export interface AuditedRow {
  /** Row of the table. */
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

/** How many certification audits are made at the raised rate after a change. */
export const RAISED_AUDITS = 400;
/** How many times as many audits are made then. */
export const RAISED_FACTOR = 4;
