import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { createLearner } from '../../src/learning/learner/learner.ts';
import { createLeaseKeeper, LEASE_MS } from '../../src/learning/learner/lease.ts';
import { openByClock } from '../../src/store/testing.ts';
import { LEARNED_ROUTE } from '../made-audits.ts';
import { ROUNDS, begin, kinds, stateOf, type World } from '../learner-world.ts';

describe('several learners on one store', () => {
  test('a learner that restarts each round reaches the same state as one that continues', async (context) => {
    const [one, many] = [await begin(context), await begin(context)];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const world of [one, many]) await world.live();
      await one.learn();
      await many.learn(many.learner());
    }
    // The ids of requests are drawn, and stand in nothing else.
    const withoutIds = async ({ store }: World): Promise<unknown> => {
      const state = await stateOf(store);
      return { ...state, read: { ...state?.read, request: '' } };
    };
    assert.deepEqual(await withoutIds(many), await withoutIds(one));
    assert.deepEqual(await many.store.versionSteps('auto'), await one.store.versionSteps('auto'));
    assert.ok((await one.store.versionSteps('auto')).length > 0);
    assert.deepEqual(
      await many.store.learningEvents({ limit: 99 }),
      await one.store.learningEvents({ limit: 99 }),
    );
  });

  test('while one learner works on a route, another leaves it alone and continues from there afterwards', async (context) => {
    const world = await begin(context);
    await world.live({ count: 210 });
    const [fitting, mayFit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = world.learner({
      around: (store) => ({
        keepJob: async (...given) => {
          fitting.resolve();
          await mayFit.promise;
          return store.keepJob(...given);
        },
      }),
    });
    const other = await openByClock(`sqlite:${world.path}`, world.nowMs);
    context.after(() => other.close());
    const second = createLearner({ store: other, routes: [LEARNED_ROUTE], now: world.nowMs });
    const under = slow.round();
    await fitting.promise;
    assert.deepEqual(await second.round(), { events: [], forced: false, problems: new Map() });
    mayFit.resolve();
    const { events } = await under;
    assert.deepEqual(await second.round(), { events: [], forced: false, problems: new Map() });
    assert.equal((await kinds(world.store)).length, events.length);
  });

  test('a learner whose clock is an hour ahead does not take a route from the one that learns it', async (context) => {
    const world = await begin(context);
    await world.live({ count: 210 });
    const ahead = createLearner({
      store: world.store,
      routes: [LEARNED_ROUTE],
      now: () => world.nowMs() + 3_600_000,
    });
    const taken: string[] = [];
    const slow = world.learner({
      around: (store) => ({
        stepJob: async (...given) => {
          taken.push(...(await ahead.round()).events.map(({ kind }) => kind));
          return store.stepJob(...given);
        },
      }),
    });
    const { events } = await slow.round();
    assert.deepEqual(taken, []);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['candidate'],
    );
  });

  test('a fit longer than the lease keeps the lease, so that two slow learners do not undo each other for ever', async (context) => {
    const world = await begin(context);
    await world.live({ count: 210 });
    const second = world.learner();
    const wakes: (() => void)[] = [];
    const leases = createLeaseKeeper({
      keep: ({ name, holder }) => world.store.keepJob(name, holder, LEASE_MS),
      sleep: (_, signal) =>
        new Promise((resolve) => {
          wakes.push(resolve);
          signal.addEventListener('abort', () => resolve());
        }),
    });
    const taken: string[] = [];
    const slow = world.learner({
      onHold: leases.hold,
      around: (store) => ({
        stepJob: async (...given) => {
          for (let passedMs = 0; passedMs < 5 * LEASE_MS; passedMs += LEASE_MS / 3) {
            world.later(LEASE_MS / 3);
            wakes.splice(0).forEach((wake) => wake());
            await setImmediate();
            taken.push(...(await second.round()).events.map(({ kind }) => kind));
          }
          return store.stepJob(...given);
        },
      }),
    });
    const { events } = await slow.round();
    assert.deepEqual(taken, []);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['candidate'],
    );
  });

  test('a learner that lost its lease writes nothing', async (context) => {
    const world = await begin(context);
    await world.live({ count: 210 });
    const second = world.learner();
    const slow = world.learner({
      around: (store) => ({
        stepJob: async (...given) => {
          world.later(60_000);
          await second.round();
          return store.stepJob(...given);
        },
      }),
    });
    assert.deepEqual((await slow.round()).events, []);
    const state = (await world.store.jobs())[0];
    assert.equal(state?.holder, undefined);
    assert.deepEqual(await kinds(world.store), ['candidate']);
  });
});

/** A learner in a process of its own that is killed when it says that it has come to `place`. */
async function killedAt(world: World, place: string, stop: boolean): Promise<void> {
  const file = fileURLToPath(new URL('learning-without-end.ts', import.meta.url));
  const child = spawn(process.execPath, [file, world.path, String(world.nowMs()), stop ? place : ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== place) continue;
    child.kill('SIGKILL');
    break;
  }
  assert.deepEqual(await closed, [null, 'SIGKILL']);
}

describe('a learner that is killed', () => {
  for (const [place, stop] of [
    ['fitting', true],
    ['fitting', false],
    ['writing', true],
    ['writing', false],
  ] as const)
    test(`${place === 'fitting' ? 'in mid-fit' : 'when it is about to write'}${stop ? '' : ', or soon after'} leaves nothing half done, and the next one goes on after the lease`, async (context) => {
      const world = await begin(context);
      await world.live({ count: 210 });
      const before = (await world.store.jobs())[0]?.state;
      await killedAt(world, place, stop);

      const [job] = await world.store.jobs();
      const events = await kinds(world.store);
      const versions = await world.store.versions();
      // The former state or the next one, with what belongs to it.
      if (stop) assert.equal(job?.state, before);
      const isNext = job?.state !== before;
      assert.deepEqual(events, isNext ? ['candidate'] : []);
      assert.equal(versions.length, isNext ? 1 : 0);

      if (job?.holder !== undefined) {
        assert.deepEqual((await world.learn()).events, [], 'the lease of the dead one still holds');
        world.later(60_000);
      }
      await world.learn();
      assert.deepEqual(await kinds(world.store), ['candidate']);
      assert.notEqual((await stateOf(world.store))?.candidate, undefined);
    });
});
