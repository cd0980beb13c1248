import type { AttemptRow } from './outcome-rows.ts';
import type { VersionRow } from './version-rows.ts';

/** What an audit asked a tier for, beside what the request itself had asked: an answer, or the paid signals of one. */
export type AuditAttempt = Omit<
  AttemptRow,
  'outcomeId' | 'position' | 'about' | 'served' | 'confidence' | 'gain'
> & {
  /** It asked for the paid signals of the tier's answer, the audit's own or the request's; `signals` has their values. */
  paid?: boolean;
};

/** A request whose tiers were all asked, so that the answer that was served can be compared. One a request. */
export interface AuditRow {
  outcomeId: string;
  route: string;
  tenant: string;
  /** `certification`: drawn by a coin that knows nothing of the answer; only these certify. `learning`: drawn for what it teaches. */
  kind: 'certification' | 'learning';
  /** Chance with which this request came to be audited at all, by either coin, within (0, 1]. */
  propensity: number;
  /** Of the policy that served the request. */
  policyHash: string;
  /** Requests that share it are of one conversation, or the same question over again; absent where nobody knows. */
  conversation?: string;
  /** JSON array of {@link AuditAttempt}. */
  attempts: string;
  /** Every tier of the route gave a whole answer; only such audits are learned from. */
  complete: boolean;
  /** What the further answers and the judge cost; absent where nobody knows. */
  costNanoUsd?: number;
  judgeNanoUsd?: number;
  /** What the judge said of an answer that is wrong for certain, 0..1; no label. Absent where it was asked about none. */
  controlVerdict?: number;
  /** Why it is not complete, or why an answer has no verdict, in a sentence each. */
  problem?: string;
  createdAtMs: number;
}

/** An audit in the order in which audits were written: 1, 2, … over all routes, with gaps. */
export type NumberedAudit = AuditRow & { number: number };

/** A right answer that somebody knows, for questions that are asked again. */
export interface ReferenceRow {
  route: string;
  /** Of the question, see `questionKey`. */
  key: string;
  check: 'exact' | 'number' | 'choice' | 'set' | 'date';
  reference: string;
  createdAtMs: number;
}

/** Something that happened in learning, for people; append-only. */
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

/** A piece of work that one process of many does, and how far it has come. */
export interface JobRow {
  name: string;
  /** Who does it: a name that nobody else has, not even the same process at another time. Absent while nobody does. */
  holder?: string;
  /** By the store's clock: until then nobody else can take it. After that it stays the holder's until somebody does. */
  leaseUntilMs: number;
  /** JSON: everything that whoever takes over needs; absent before the first step. */
  state?: string;
}

/** One step of a job: all of it or nothing, and only while the lease is still the holder's. */
export interface JobStep {
  state: string;
  events: LearningEvent[];
  /** Kept as candidates. */
  versions: VersionRow[];
  /**
   * What is in force from now on; `null`: none is, the last tier serves. Absent: it stays. Going to what was in force
   * earlier, or to none, is a rollback: what it leaves does not come back by a later one. Anything else is a promotion.
   */
  force?: {
    route: string;
    version: string | null;
    by: string;
    /** What the holder takes to be in force; `null`: nothing. Where an operator was quicker, nothing is written. */
    instead: string | null;
  };
}

/** Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface LearningStore {
  /**
   * Of a route, by their numbers, from the one after `afterNumber`. Only those below every number that may still be added:
   * a reader that goes on from the last number it saw misses none. An audit that was just written may come a little later.
   * @param filter.labelledSinceMs only those whose answers got a verdict since then.
   */
  audits(filter: {
    route: string;
    afterNumber?: number;
    labelledSinceMs?: number;
    limit: number;
  }): Promise<NumberedAudit[]>;
  /** What the audits since a moment cost, in nano-dollars, by tenant: answers and judges together, where that is known. */
  auditCosts(filter: { route: string; sinceMs: number }): Promise<ReadonlyMap<string, number>>;
  /** The same of each of these requests that has an audit in the store, by its id; 0 where nothing is known of it. */
  auditCostsOf(outcomeIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Adds references; one of the same route and key is replaced. @returns how many were new. */
  saveReferences(rows: readonly ReferenceRow[]): Promise<number>;
  reference(route: string, key: string): Promise<ReferenceRow | undefined>;
  /**
   * Takes a job that has no holder, or whose lease has ended, by the store's own clock: those of processes differ.
   * @returns `undefined` where somebody else holds it.
   */
  takeJob(name: string, holder: string, leaseMs: number): Promise<JobRow | undefined>;
  /** Makes the lease end `leaseMs` from now, by the store's clock. @returns false where somebody else has taken the job. */
  keepJob(name: string, holder: string, leaseMs: number): Promise<boolean>;
  /**
   * @returns false where the job has passed to somebody else, or something else is in force than the step says: then
   * nothing was written.
   * @throws {WeirError} invalid_request where a version is to come into force that is not kept.
   */
  stepJob(name: string, holder: string, atMs: number, step: JobStep): Promise<boolean>;
  /** Gives the lease back, so that nobody has to wait for its end. */
  leaveJob(name: string, holder: string): Promise<void>;
  /** Every job, for those who only look. */
  jobs(): Promise<JobRow[]>;
  /** The newest first. */
  learningEvents(filter: { route?: string; limit: number }): Promise<LearningEvent[]>;
}
