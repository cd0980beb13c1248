import { randomUUID } from 'node:crypto';
import { WeirError } from '../../errors.ts';
import type { Policy } from '../../routing/policy.ts';
import type { LearningEvent, LearningStore } from '../../store/contract/learning-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import { createAuditedTraces, type AuditedTraces } from './audited-traces.ts';
import { toVersionRow } from '../versions/kept-version.ts';
import { advance, type LearnerStep, type Surroundings } from './learner-step.ts';
import { jobOf, OTHER_FORM, readLearnerState, startLearning, type LearnerState } from './learner-state.ts';
import { LEASE_MS, type Held } from './lease.ts';
import type { LoopSettings } from '../loop/loop.ts';

/** A route that learns: its policy as it is configured, without any version, and what is asked of its learning. */
export interface LearnedRoute {
  policy: Policy;
  settings: LoopSettings;
}

export type LearnerStore = Pick<Store, 'decision' | 'history'> &
  Pick<VersionStore, 'activeVersions' | 'version'> &
  Pick<LearningStore, 'audits' | 'takeJob' | 'keepJob' | 'stepJob' | 'leaveJob'>;

export interface LearnerOptions {
  store: LearnerStore;
  routes: readonly LearnedRoute[];
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told of each step as soon as it is written. */
  onStep?: (step: WrittenStep) => void;
  /** Told of the job that it does, whose lease is to be kept while it fits; absent: none any more. */
  onHold?: (held?: Held) => void;
}

/** What was written in one step. */
export interface WrittenStep {
  events: LearningEvent[];
  /** Something else is in force than before. */
  forced: boolean;
}

/** What a round came to. */
export interface Round extends WrittenStep {
  /** Why routes could not learn, a sentence each, by route. */
  problems: ReadonlyMap<string, string>;
}

export interface Learner {
  /** One turn of every route. @throws {WeirError} store_unavailable; what was written until then stays. */
  round(): Promise<Round>;
}

/** Who takes the steps, in the list of versions. */
const BY = 'learning';

/**
 * Learns from a store what its routes can do better: takes a route's job, reads what came since, lets the loop decide, and
 * writes all that came of it in one step. Several on one store take turns, and go on from one another's state.
 */
export function createLearner({ store, routes, now, onStep, onHold }: LearnerOptions): Learner {
  const learned = routes.map((route) => ({ route, audits: createAuditedTraces(store, route.policy) }));

  async function turn(
    route: LearnedRoute,
    audits: AuditedTraces,
    job: { name: string; holder: string; state?: string },
    round: WrittenStep & { problems: Map<string, string> },
  ): Promise<void> {
    const { policy } = route;
    const { name, holder } = job;
    let state: LearnerState | undefined =
      job.state === undefined ? startLearning(policy, now()) : readLearnerState(job.state);
    if (state === undefined) throw new RangeError(OTHER_FORM);
    let written = job.state;
    const surroundings: Surroundings = {
      store,
      audits,
      now,
      keep: () => store.keepJob(name, holder, LEASE_MS),
    };
    for (;;) {
      const step = await advanceOrNote(route, { name, holder, state, written }, surroundings);
      if (step === undefined) return;
      if (step.problem !== undefined) round.problems.set(policy.route, step.problem);
      const atMs = now();
      const text = JSON.stringify(step.state);
      const { inForce, force } = step;
      const events = step.events.map(({ kind, message, details, version }): LearningEvent => ({
        route: policy.route,
        kind,
        message,
        details: JSON.stringify(details),
        ...(version === undefined ? {} : { version }),
        createdAtMs: atMs,
      }));
      const versions = step.versions.map((version) => toVersionRow(version, { by: BY, atMs }, inForce));
      if (text === written && events.length === 0) return;
      const isWhole = await store.stepJob(name, holder, atMs, {
        state: text,
        events,
        versions,
        ...(force === undefined
          ? {}
          : { force: { route: policy.route, version: force, by: BY, instead: inForce ?? null } }),
      });
      // Somebody else was quicker; the next round goes on from what they left.
      if (!isWhole) return;
      const forced = force !== undefined;
      onStep?.({ events, forced });
      round.events.push(...events);
      round.forced ||= forced;
      if (!step.more) return;
      state = step.state;
      written = text;
    }
  }

  /** Where the route cannot learn, the reason is kept for those who only look. @throws {RangeError} the same */
  async function advanceOrNote(
    route: LearnedRoute,
    job: { name: string; holder: string; state: LearnerState; written: string | undefined },
    surroundings: Surroundings,
  ): Promise<LearnerStep | undefined> {
    try {
      return await advance(route, job.state, surroundings);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const text = JSON.stringify({ ...job.state, problem: error.message } satisfies LearnerState);
      if (text !== job.written)
        await store.stepJob(job.name, job.holder, now(), { state: text, events: [], versions: [] });
      throw error;
    }
  }

  return {
    async round() {
      const problems = new Map<string, string>();
      const round = { events: [], forced: false, problems };
      for (const { route, audits } of learned) {
        const name = jobOf(route.policy.route);
        // A name used once: a lease that was lost cannot be taken for one that came later.
        const holder = randomUUID();
        const job = await store.takeJob(name, holder, LEASE_MS);
        if (job === undefined) continue;
        onHold?.({ name, holder });
        try {
          await turn(route, audits, { ...job, name, holder }, round);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          problems.set(route.policy.route, error.message);
        } finally {
          onHold?.();
          await store.leaveJob(name, holder).catch(ignoreAway);
        }
      }
      return round;
    },
  };
}

/** A lease that cannot be given back ends by itself. */
function ignoreAway(error: unknown): void {
  if (!(error instanceof WeirError)) throw error;
}
