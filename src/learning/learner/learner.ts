import { randomUUID } from 'node:crypto';
import { defined } from '../../defined.ts';
import { WeirError } from '../../errors.ts';
import { isPartial, shareNow, stoppedWords } from '../../routing/rollout.ts';
import type { JobStep, LearningEvent, LearningStore } from '../../store/contract/learning-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import type { RolloutStore } from '../../store/contract/rollout-rows.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import { createAuditedTraces, type AuditedTraces } from './audited-traces.ts';
import { toVersionRow } from '../versions/kept-version.ts';
import { LABEL_SOURCES } from '../labels/sources/sources.ts';
import type { LearnedRoute } from './learned-route.ts';
import { advance, type LearnerStep, type StepInputs } from './learner-step.ts';
import {
  jobOf,
  readLearnerState,
  startLearning,
  UNKNOWN_FORMAT,
  type LearnerState,
} from './learner-state.ts';
import { LEASE_MS, type HeldLease } from './lease.ts';

export type LearnerStore = Pick<Store, 'decision' | 'history'> &
  Pick<VersionStore, 'activeVersions' | 'version'> &
  Pick<RolloutStore, 'rollouts'> &
  Pick<LearningStore, 'audits' | 'takeJob' | 'keepJob' | 'stepJob' | 'leaveJob'>;

export interface LearnerOptions {
  store: LearnerStore;
  routes: readonly LearnedRoute[];
  /** Milliseconds since 1970. */
  now: () => number;
  /** Since when these routes are served as they are: where nothing was learned yet, learning begins there. Now, if not given. */
  sinceMs?: number;
  /** Called after each step is written. */
  onStep?: (step: WrittenStep) => void;
  /** Called with the lease that must be extended while it fits; without one when it gives the lease back. */
  onHold?: (held?: HeldLease) => void;
  /** The table of label sources; another one in tests. */
  sources?: typeof LABEL_SOURCES;
}

/** What was written in one step. */
export interface WrittenStep {
  events: LearningEvent[];
  /** Something else is in force than before, or decides fewer requests. */
  forced: boolean;
}

/** What came of one turn of every route. */
export interface Round extends WrittenStep {
  /** Why a route could not learn, by route, in a sentence. */
  problems: ReadonlyMap<string, string>;
}

export interface Learner {
  /** One turn of every route. @throws {WeirError} store_unavailable; what was written until then stays. */
  round(): Promise<Round>;
}

/** Who put a version in force, in the list of versions. */
const BY = 'learning';

/**
 * Learns for its routes from a store: takes a route's job, reads what came since the last step, lets the loop decide, and
 * writes the outcome in one step. Several learners on one store take turns, and continue from one another's state.
 */
export function createLearner({
  store,
  routes,
  now,
  sinceMs,
  onStep,
  onHold,
  sources = LABEL_SOURCES,
}: LearnerOptions): Learner {
  const learned = routes.map((route) => ({
    route,
    audits: createAuditedTraces(store, route.policy, { sources }),
  }));

  /** With their configurations as they are. */
  const stepped = new Set<LearnedRoute>();

  async function turn(
    route: LearnedRoute,
    audits: AuditedTraces,
    job: { name: string; holder: string; state?: string },
    round: WrittenStep & { problems: Map<string, string> },
  ): Promise<void> {
    const { policy } = route;
    const { name, holder } = job;
    let state = job.state === undefined ? await begin(route, audits) : readLearnerState(job.state);
    if (state === undefined) throw new RangeError(UNKNOWN_FORMAT);
    let written = job.state;
    const inputs: StepInputs = {
      store,
      audits,
      now,
      keep: () => store.keepJob(name, holder, LEASE_MS),
      hasStepped: stepped.has(route),
    };
    for (;;) {
      const step = await advanceOrNote(route, { name, holder, state, written }, inputs);
      if (step === undefined) return;
      if (step.problem !== undefined) round.problems.set(policy.route, step.problem);
      const atMs = now();
      const write = await withRollout(route, toJobStep(policy.route, step, atMs), atMs);
      if (step.state.read.rivals === undefined) stepped.add(route);
      if (write.state === written && write.events.length === 0) return;
      const isWritten = await store.stepJob(name, holder, atMs, write);
      // Another process or an operator was quicker. The next round continues from there.
      if (!isWritten) return;
      const news = {
        events: write.events,
        forced: write.force !== undefined || write.rollout !== undefined,
      };
      onStep?.(news);
      round.events.push(...news.events);
      round.forced ||= news.forced;
      if (!step.more) return;
      state = step.state;
      written = write.state;
    }
  }

  async function begin({ policy }: LearnedRoute, audits: AuditedTraces): Promise<LearnerState> {
    const fromMs = sinceMs ?? now();
    return startLearning(policy, fromMs, await audits.lastNumber(sinceMs));
  }

  /** Where the route cannot learn, also writes the reason to the state, where `weir learning` finds it. @throws {RangeError} */
  async function advanceOrNote(
    route: LearnedRoute,
    job: { name: string; holder: string; state: LearnerState; written: string | undefined },
    inputs: StepInputs,
  ): Promise<LearnerStep | undefined> {
    try {
      return await advance(route, job.state, inputs);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const text = JSON.stringify({ ...job.state, problem: error.message } satisfies LearnerState);
      if (text !== job.written)
        await store.stepJob(job.name, job.holder, now(), { state: text, events: [], versions: [] });
      throw error;
    }
  }

  /** A rollout is a trial: an alarm ends it, in the same step, and says so. */
  async function withRollout(
    { policy, share: configured = 1 }: LearnedRoute,
    write: JobStep,
    atMs: number,
  ): Promise<JobStep> {
    const alarm = write.events.findLast(endsRollout);
    if (alarm === undefined) return write;
    const last = (await store.rollouts()).get(policy.route);
    const share = shareNow(configured, last);
    if (!isPartial(share)) return write;
    const { message: why } = alarm;
    const step = { route: policy.route, share: 0, configured, why, takenBy: BY, takenAtMs: atMs };
    const tiers = policy.tiers.map(({ name }) => name);
    const message = `${why} ${stoppedWords({ route: policy.route, tiers }, share)}`;
    return {
      ...write,
      events: write.events.map((event) => (event === alarm ? { ...event, message } : event)),
      rollout: { step, after: last?.number ?? 0 },
    };
  }

  return {
    async round() {
      const problems = new Map<string, string>();
      const round = { events: [], forced: false, problems };
      for (const { route, audits } of learned) {
        const name = jobOf(route.policy.route);
        // Each turn has a name of its own, so a lost lease cannot be mistaken for a later one.
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
          await store.leaveJob(name, holder).catch(ignoreUnavailable);
        }
      }
      return round;
    },
  };
}

/** Another price changes what is saved, and harms nobody. */
function endsRollout({ kind, details }: LearningEvent): boolean {
  return kind === 'alarm' && (JSON.parse(details) as { change?: string }).change !== 'price';
}

/** A step of the learner as the store writes it, all of it or nothing. */
function toJobStep(route: string, step: LearnerStep, atMs: number): JobStep {
  const { state, events, versions, inForce, force } = step;
  return {
    state: JSON.stringify(state),
    events: events.map(({ kind, message, details, version }) => ({
      route,
      kind,
      message,
      details: JSON.stringify(details),
      ...defined({ version }),
      createdAtMs: atMs,
    })),
    versions: versions.map((version) => toVersionRow(version, { by: BY, atMs }, inForce)),
    ...(force === undefined ? {} : { force: { route, version: force, by: BY, instead: inForce ?? null } }),
  };
}

/** Ignores an unavailable store: the lease that could not be given back expires by itself. */
function ignoreUnavailable(error: unknown): void {
  if (!(error instanceof WeirError)) throw error;
}
