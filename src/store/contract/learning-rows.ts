import type { AttemptRow } from './outcome-rows.ts';
import type { RolloutStep } from './rollout-rows.ts';
import type { VersionRow } from './version-rows.ts';

/** One call that an audit made, besides those of the request itself: for an answer, or for the paid signals of one. */
export type AuditAttempt = Omit<
  AttemptRow,
  'outcomeId' | 'position' | 'about' | 'served' | 'confidence' | 'gain'
> & {
  /** It asked for the paid signals of the tier's answer, whether the audit or the request got that answer; their values are in `signals`. */
  paid?: boolean;
};

/** A request for which every tier was asked, so that the served answer can be compared with the others. One per request. */
export interface AuditRow {
  outcomeId: string;
  route: string;
  tenant: string;
  /** `certification`: drawn at random, independently of the answer; only these certify. `learning`: drawn because it teaches more. */
  kind: 'certification' | 'learning';
  /** Probability with which this request was audited at all, by either draw, within (0, 1]. */
  propensity: number;
  /** Of the route's policy with all its tiers; an observed request was served by another, the last tier alone. */
  policyHash: string;
  /** Requests that share it belong to one conversation, or repeat one question; absent where unknown. */
  conversation?: string;
  /** JSON array of {@link AuditAttempt}. */
  attempts: string;
  /** Every tier of the route gave a complete answer; learning uses only such audits. */
  complete: boolean;
  /** Cost of the additional answers, and of the judge; absent where unknown. */
  costNanoUsd?: number;
  judgeNanoUsd?: number;
  /** What both count for in budgets, where one is unknown: calls that may have been billed at their worst. */
  worstNanoUsd?: number;
  /** The judge's verdict on an answer that is certainly wrong, 0..1; not a label. Absent where the judge was given none. */
  controlVerdict?: number;
  /** Its coin for operators, within [0, 1); absent of audits from before it was kept. See `reviewDraw`. */
  reviewCoin?: number;
  /** JSON object: by tier but the last, whether its answer says the `same` as the last tier's, `different`, or that is `unknown`. Absent of incomplete audits. */
  sameness?: string;
  /** Why it is incomplete, or why an answer has no verdict: a sentence each. */
  problem?: string;
  createdAtMs: number;
}

/** An audit with its number: 1, 2, … over all routes, with gaps, in the order in which the database numbered them. */
export type NumberedAudit = AuditRow & { number: number };

/** A known right answer to a question that is asked repeatedly. */
export interface ReferenceRow {
  route: string;
  /** Of the question, see `questionKey`. */
  key: string;
  check: 'exact' | 'number' | 'choice' | 'set' | 'date';
  reference: string;
  createdAtMs: number;
}

/** Something that happened in learning, for operators to read; append-only. */
export interface LearningEvent {
  route: string;
  /** Such as `candidate`, `tested`, `promoted`, `moved`, `rolled-back`, `alarm`, `proposed`. */
  kind: string;
  /** In a sentence. */
  message: string;
  /** JSON: the figures. */
  details: string;
  version?: string;
  createdAtMs: number;
}

/** Work that one of several processes does at a time, and its progress. */
export interface JobRow {
  name: string;
  /** Who does it, under a name that is used only once. Absent while nobody does. */
  holder?: string;
  /** By the store's clock: nobody else can take the job before. Afterwards it stays with its holder until somebody does. */
  leaseUntilMs: number;
  /** JSON: all that the next holder needs to go on from here; absent before the first step. */
  state?: string;
}

/** One step of a job. It is written as a whole or not at all, and only while its holder holds the job. */
export interface JobStep {
  state: string;
  events: LearningEvent[];
  /** Kept as candidates. */
  versions: VersionRow[];
  /**
   * The version in force from now on; `null`: none, so the last tier serves. Absent: no change. A change to an earlier version,
   * or to none, is a rollback, and later rollbacks skip what it left. Any other change is a promotion.
   */
  force?: {
    route: string;
    version: string | null;
    by: string;
    /** What the holder believes to be in force; `null`: nothing. If an operator has changed it, nothing is written. */
    instead: string | null;
  };
  /** The rollout of the route ends with this step. If the route's newest step is not the one that the holder knows, nothing is written. */
  rollout?: { step: Omit<RolloutStep, 'number'>; after: number };
}

/** What learning reads and writes. Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface LearningStore {
  /**
   * Audits of a route in the order of their numbers, starting after `afterNumber`. An audit is returned only once no lower number
   * can still be added, so a reader that continues after the last number it saw misses none.
   * @param filter.labelledSinceMs only audits whose answers got a verdict since then.
   */
  audits(filter: {
    route: string;
    afterNumber?: number;
    labelledSinceMs?: number;
    limit: number;
  }): Promise<NumberedAudit[]>;
  /** The cost of a route's audits since a time, in nano-dollars, by tenant: answers and judge together, `worstNanoUsd` where it is there. */
  auditCosts(filter: { route: string; sinceMs: number }): Promise<ReadonlyMap<string, number>>;
  /** The same of the audit of each of these requests, by request id; 0 where nothing is known. Requests without an audit are left out. */
  auditCostsOf(outcomeIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Adds references, each in place of an earlier one of the same route and key. @returns how many were new. */
  saveReferences(rows: readonly ReferenceRow[]): Promise<number>;
  reference(route: string, key: string): Promise<ReferenceRow | undefined>;
  /** Removes the references whose key does not begin so: an earlier way made it, and it matches nothing. @returns how many. */
  removeOutdatedReferences(keyPrefix: string): Promise<number>;
  /**
   * Takes a job that has no holder, or whose lease has ended. The store's clock decides, since the clocks of processes differ.
   * @returns `undefined` where another holder has it.
   */
  takeJob(name: string, holder: string, leaseMs: number): Promise<JobRow | undefined>;
  /** Makes the lease end `leaseMs` from now, by the store's clock. @returns false where another holder has taken the job. */
  keepJob(name: string, holder: string, leaseMs: number): Promise<boolean>;
  /**
   * @param atMs when a version came into force by it.
   * @returns false, with nothing written, where another holder has taken the job, or another version is in force than
   * the step expects.
   * @throws {WeirError} invalid_request where the version to put in force is not in the store.
   */
  stepJob(name: string, holder: string, atMs: number, step: JobStep): Promise<boolean>;
  /** Ends the lease, so that the next holder need not wait for it. */
  leaveJob(name: string, holder: string): Promise<void>;
  /** Every job, for display. */
  jobs(): Promise<JobRow[]>;
  /** Newest first. */
  learningEvents(filter: { route?: string; limit: number }): Promise<LearningEvent[]>;
}
