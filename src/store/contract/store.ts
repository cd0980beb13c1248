import type { ApiKey } from '../../access/keys.ts';
import type { AuditRow, LearningStore } from './learning-rows.ts';
import type { AttemptRow, OutcomeRow } from './outcome-rows.ts';
import type { StoreLocation } from './location.ts';
import type { KeptStore } from './kept-rows.ts';
import type { SourceStore } from './source-rows.ts';
import type { RolloutStore } from './rollout-rows.ts';
import type { VersionStore } from './version-rows.ts';

export type LabelSource = 'reference' | 'judge' | 'agreement' | 'user' | 'operator';

/** A verdict on an answer. Unique by (outcomeId, tier, source): the one with the latest `createdAtMs` stays. */
export interface Label {
  outcomeId: string;
  /** Name of the tier whose answer is meant. */
  tier: string;
  source: LabelSource;
  /** 0..1, 1 = acceptable. */
  verdict: number;
  /** Probability with which this label was sampled; 1 where it was given without sampling. */
  propensity: number;
  comment?: string;
  correction?: string;
  createdAtMs: number;
}

/** A request with everything that belongs to it. */
export interface Decision {
  outcome: OutcomeRow;
  attempts: AttemptRow[];
  labels: Label[];
  /** Where the request was audited. */
  audit?: AuditRow;
}

/** What a probe learned of a model of an upstream, kept so that the model is probed only once. */
export interface ProbeRow {
  upstream: string;
  model: string;
  /** `stream`: also when streaming; `plain`: only without streaming; `none`. */
  logprobs: 'stream' | 'plain' | 'none';
  contextTokens?: number;
  /** JSON: everything else the probe saw. */
  details: string;
  probedAtMs: number;
}

/** One run of a gateway on this store. It shows whether the gateway ended cleanly, and how much it may have lost if not. */
export interface RunRow {
  id: string;
  /** Process and machine, by which it is told whether the run is still alive. */
  pid: number;
  host: string;
  /** Most rows that this run may hold unwritten, as it announced last. */
  capacity: number;
  startedAtMs: number;
  /** When this run last wrote something or gave a sign of life. */
  lastSeenAtMs: number;
  /** Every row accepted before this time is written, or counted as dropped. */
  writtenUpToMs: number;
  endedAtMs?: number;
  /** Rows that were accepted but dropped (full queue, failing disk). */
  dropped: number;
}

/** A run's sign of life. */
export type Heartbeat = Pick<RunRow, 'lastSeenAtMs' | 'writtenUpToMs' | 'dropped' | 'capacity'>;

/** Rows that are written together. */
export interface Batch {
  outcomes: { outcome: OutcomeRow; attempts: AttemptRow[] }[];
  labels: Label[];
  /** An audit of an outcome that has one already is skipped. */
  audits: AuditRow[];
}

/**
 * What the gateway remembers. Every engine passes the same contract tests. Every method throws {@link WeirError}:
 * `store_unavailable` where the store as a whole fails.
 */
export interface Store
  extends StoreLocation, VersionStore, RolloutStore, LearningStore, SourceStore, KeptStore {
  /** Writes all of the batch or nothing. Rows with ids that are there already are replaced, so a retry is safe. */
  write(batch: Batch): Promise<void>;
  decision(outcomeId: string, tenant: string): Promise<Decision | undefined>;
  /** Newest first. */
  outcomes(filter: {
    tenant?: string;
    route?: string;
    sinceMs?: number;
    limit: number;
  }): Promise<OutcomeRow[]>;
  /** Decisions by id, oldest first, starting after `afterId`. */
  history(filter: { route?: string; sinceMs?: number; afterId?: string; limit: number }): Promise<Decision[]>;
  counts(): Promise<{ outcomes: number; attempts: number; labels: number }>;

  createKey(key: ApiKey): Promise<void>;
  keys(): Promise<ApiKey[]>;
  /**
   * @returns false where no such key is in force.
   * @throws {WeirError} invalid_request where several keys have the prefix.
   */
  revokeKey(idOrPrefix: string, atMs: number): Promise<boolean>;
  /** Changes whenever another process has written. Cheap enough to poll. */
  changeCounter(): Promise<number>;

  saveProbe(probe: ProbeRow): Promise<void>;
  probes(): Promise<ProbeRow[]>;

  beginRun(run: RunRow): Promise<void>;
  touchRun(id: string, heartbeat: Heartbeat): Promise<void>;
  endRun(id: string, atMs: number, dropped: number): Promise<void>;
  /** Runs that have begun, and have neither ended nor been settled. */
  unfinishedRuns(): Promise<RunRow[]>;
  /** Marks an unfinished run as noticed. @returns false where another process has done so: only one reports it. */
  settleRun(id: string, atMs: number): Promise<boolean>;

  /**
   * @returns what is wrong although this process can go on, such as a full disk, in a sentence without a path; else nothing.
   * @throws {WeirError} where this process cannot use the store.
   */
  ping(): Promise<string | undefined>;
  close(): Promise<void>;
}
