/** A store with a clock that advances by rounds, and learners on it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { defined } from '../src/defined.ts';
import { readLearnerState } from '../src/learning/learner/learner-state.ts';
import { createLearner, type LearnerStore, type Round } from '../src/learning/learner/learner.ts';
import type { LearnedRoute } from '../src/learning/learner/learned-route.ts';
import type { HeldLease } from '../src/learning/learner/lease.ts';
import type { Store } from '../src/store/contract/store.ts';
import { folder, openByClock } from '../src/store/testing.ts';
import { LEARNED_ROUTE, madeAudits, type MadeAudits } from './made-audits.ts';

export const START_MS = 1_790_000_000_000;
export const ROUND_MS = 100_000;
/** After this many rounds a second version is in force. */
export const ROUNDS = 8;

export interface World {
  path: string;
  store: Store;
  /** Advances the clock by a round with requests, all of them audited. */
  live(audits?: Partial<MadeAudits>): Promise<void>;
  learn(learner?: ReturnType<typeof createLearner>): Promise<Round>;
  learner(changes?: {
    route?: LearnedRoute;
    onHold?: (held?: HeldLease) => void;
    around?: (store: Store) => Partial<LearnerStore>;
  }): ReturnType<typeof createLearner>;
  nowMs(): number;
  later(ms: number): void;
}

export async function begin(context: TestContext): Promise<World> {
  const path = join(folder(context), 'weir.db');
  let nowMs = START_MS;
  const store = await openByClock(`sqlite:${path}`, () => nowMs);
  context.after(() => store.close());
  let seed = 0;
  const learner: World['learner'] = ({ route = LEARNED_ROUTE, around = () => ({}), ...told } = {}) =>
    createLearner({ store: { ...store, ...around(store) }, routes: [route], now: () => nowMs, ...told });
  const own = learner();
  // The first round says when learning began.
  await own.round();
  return {
    path,
    store,
    async live(audits = {}) {
      const version = (await store.activeVersions()).get('auto');
      await store.write(
        madeAudits({ seed: (seed += 1), count: 60, fromMs: nowMs, ...defined({ version }), ...audits }),
      );
      nowMs += ROUND_MS;
    },
    learn: (by = own) => by.round(),
    learner,
    nowMs: () => nowMs,
    later: (ms) => (nowMs += ms),
  };
}

/** Why the route cannot learn, as the store has it. */
export async function keptProblem({ store }: World): Promise<string | undefined> {
  const [job] = await store.jobs();
  return readLearnerState(job?.state ?? '')?.problem;
}

/** Runs rounds until a version is in force. @returns its hash. */
export async function untilPromoted(world: World, audits?: Partial<MadeAudits>): Promise<string> {
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    await world.live(audits);
    await world.learn();
    const active = (await world.store.activeVersions()).get('auto');
    if (active !== undefined) return active;
  }
  assert.fail('nothing was put in force');
}

export const kinds = async (store: Store) =>
  (await store.learningEvents({ limit: 100 })).map(({ kind }) => kind).toReversed();
export const stateOf = async (store: Store) => readLearnerState((await store.jobs())[0]?.state ?? '{}');
