import type { ApiKey } from '../../access/keys.ts';
import type { AuditRow, LearningStore } from './learning-rows.ts';
import type { AttemptRow, OutcomeRow } from './outcome-rows.ts';
import type { StoreLocation } from './location.ts';
import type { VersionStore } from './version-rows.ts';

/** What the gateway remembers, in its own words. Every implementation passes the same contract tests. */

export type LabelSource = 'reference' | 'judge' | 'agreement' | 'user' | 'operator';

/** A verdict on an answer. Unique by (outcomeId, tier, source): the one with the latest `createdAtMs` stays. */
export interface Label {
  outcomeId: string;
  /** Name of the tier whose answer is meant. */
  tier: string;
  source: LabelSource;
  /** 0..1, 1 = acceptable. */
  verdict: number;
  /** Chance with which this label came to be sampled; 1 where somebody simply gave it. */
  propensity: number;
  comment?: string;
  correction?: string;
  createdAtMs: number;
}

export interface Decision {
  outcome: OutcomeRow;
  attempts: AttemptRow[];
  labels: Label[];
  /** Where the request was audited. */
  audit?: AuditRow;
}

/** What a probe learned of one model of one upstream; kept so that it is asked once. */
export interface ProbeRow {
  upstream: string;
  model: string;
  /** `stream` (with streaming too), `plain` (only without), `none`. */
  logprobs: 'stream' | 'plain' | 'none';
  contextTokens?: number;
  /** JSON: everything else the probe saw. */
  details: string;
  probedAtMs: number;
}

/** One run of a gateway on this store: how an unclean end is noticed, and what it may have lost. */
export interface Run {
  id: string;
  /** Process and machine: whether the run still lives is asked there. */
  pid: number;
  host: string;
  /** Most rows that this run ever holds unwritten. */
  capacity: number;
  startedAtMs: number;
  /** Last time this run wrote anything, or said that it lived. */
  lastSeenAtMs: number;
  /** Every row accepted before this moment is written, or counted as dropped. */
  writtenUpToMs: number;
  endedAtMs?: number;
  /** Rows that were accepted but dropped (full queue, failing disk). */
  dropped: number;
}

/** A run's sign of life. */
export type Heartbeat = Pick<Run, 'lastSeenAtMs' | 'writtenUpToMs' | 'dropped'>;

export interface Batch {
  outcomes: { outcome: OutcomeRow; attempts: AttemptRow[] }[];
  labels: Label[];
  /** One of an outcome that has one already is passed over. */
  audits: AuditRow[];
}

/** Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface Store extends StoreLocation, VersionStore, LearningStore {
  /** All of it or nothing. Rows that are there already (same ids) are replaced: a retry is safe. */
  write(batch: Batch): Promise<void>;
  decision(outcomeId: string, tenant: string): Promise<Decision | undefined>;
  /** Newest first. */
  outcomes(filter: {
    tenant?: string;
    route?: string;
    sinceMs?: number;
    limit: number;
  }): Promise<OutcomeRow[]>;
  /** What was decided, with its attempts, labels and audit, by id: the oldest first. `afterId` begins behind that outcome. */
  history(filter: { route?: string; sinceMs?: number; afterId?: string; limit: number }): Promise<Decision[]>;
  counts(): Promise<{ outcomes: number; attempts: number; labels: number }>;

  createKey(key: ApiKey): Promise<void>;
  keys(): Promise<ApiKey[]>;
  /**
   * @returns false where no such key is in force.
   * @throws {WeirError} invalid_request where the prefix fits several keys.
   */
  revokeKey(idOrPrefix: string, atMs: number): Promise<boolean>;
  /** Changes whenever another process wrote: cheap, made for polling. */
  changeCounter(): Promise<number>;

  saveProbe(probe: ProbeRow): Promise<void>;
  probes(): Promise<ProbeRow[]>;

  beginRun(run: Run): Promise<void>;
  touchRun(id: string, heartbeat: Heartbeat): Promise<void>;
  endRun(id: string, atMs: number, dropped: number): Promise<void>;
  /** Runs that began, and neither ended nor were settled. */
  unfinishedRuns(): Promise<Run[]>;
  /** Marks an unfinished run as noticed. @returns false where that was done before: only one process reports it. */
  settleRun(id: string, atMs: number): Promise<boolean>;

  /** Throws unless the store can be read and written. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
