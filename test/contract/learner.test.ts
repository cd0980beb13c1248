import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, test, type TestContext } from 'node:test';
import { WeirError } from '../../src/errors.ts';
import { applyVersion, readVersion } from '../../src/learning/kept-version.ts';
import { readLapse } from '../../src/learning/lapsed.ts';
import { idAt, readLearnerState } from '../../src/learning/learner-state.ts';
import {
  createLearner,
  type LearnedRoute,
  type LearnerStore,
  type Round,
} from '../../src/learning/learner.ts';
import { versionTiers, type Version } from '../../src/routing/version.ts';
import { createLeaseKeeper, LEASE_MS, type Held } from '../../src/learning/lease.ts';
import { createSqliteStore } from '../../src/store/sql-store.ts';
import type { Label, Store } from '../../src/store/store.ts';
import { folder, labelRow } from '../../src/store/testing.ts';
import { LEARNED_ROUTE, madeAudits, type MadeAudits } from '../made-audits.ts';

const START_MS = 1_790_000_000_000;
const ROUND_MS = 100_000;
/** By then a first version is in force, and a second. */
const ROUNDS = 8;

interface World {
  path: string;
  store: Store;
  /** Time goes on by a round, in which so many requests come, all of them audited. */
  live(audits?: Partial<MadeAudits>): Promise<void>;
  learn(learner?: ReturnType<typeof createLearner>): Promise<Round>;
  learner(changes?: {
    route?: LearnedRoute;
    onHold?: (held?: Held) => void;
    around?: (store: Store) => Partial<LearnerStore>;
  }): ReturnType<typeof createLearner>;
  nowMs(): number;
  later(ms: number): void;
}

async function begin(context: TestContext): Promise<World> {
  const path = join(folder(context), 'weir.db');
  const store = await createSqliteStore({ path });
  context.after(() => store.close());
  let nowMs = START_MS;
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
      await store.write(madeAudits({ seed: (seed += 1), count: 60, fromMs: nowMs, ...audits }));
      nowMs += ROUND_MS;
    },
    learn: (by = own) => by.round(),
    learner,
    nowMs: () => nowMs,
    later: (ms) => (nowMs += ms),
  };
}

/** What stands in the store of why the route cannot learn. */
async function keptProblem({ store }: World): Promise<string | undefined> {
  const [job] = await store.jobs();
  return readLearnerState(job?.state ?? '')?.problem;
}

/** Until something is in force. */
async function untilPromoted(world: World, audits?: Partial<MadeAudits>): Promise<string> {
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    await world.live(audits);
    await world.learn();
    const active = (await world.store.activeVersions()).get('auto');
    if (active !== undefined) return active;
  }
  assert.fail('nothing was put in force');
}

const kinds = async (store: Store) =>
  (await store.learningEvents({ limit: 100 })).map(({ kind }) => kind).toReversed();
const stateOf = async (store: Store) => readLearnerState((await store.jobs())[0]?.state ?? '{}');

describe('a route that is audited', () => {
  test('comes from nothing to a certified version, with everything that led to it in the store', async (context) => {
    const world = await begin(context);
    const { store } = world;
    const active = await untilPromoted(world);
    const version = await store.version(active);
    assert.equal(version?.createdBy, 'learning');
    assert.match(version.certificate ?? '', /"promise":"loss","limit":0.1/);
    const events = await store.learningEvents({ limit: 100 });
    assert.deepEqual([...new Set(events.map(({ kind }) => kind))].toSorted(), [
      'candidate',
      'promoted',
      'tested',
    ]);
    assert.equal(events[0]?.version, active);
    const candidate = events.find(({ kind }) => kind === 'candidate')?.version ?? '';
    assert.equal((await store.version(candidate))?.state, 'candidate');
    assert.equal((await stateOf(store))?.inForce?.hash, active);
    assert.deepEqual(
      (await store.jobs()).map(({ name, leaseUntilMs, holder }) => ({ name, leaseUntilMs, holder })),
      [{ name: 'learn:auto', leaseUntilMs: 0, holder: undefined }],
    );
  });

  test('is told of what was put in force, and of nothing where nothing came', async (context) => {
    const world = await begin(context);
    const first = await world.learn();
    assert.deepEqual(first, { events: [], forced: false, problems: new Map() });
    const written = (await world.store.jobs())[0];
    await world.learn();
    assert.deepEqual((await world.store.jobs())[0], written);
    await untilPromoted(world);
    assert.equal((await world.learn()).forced, false);
  });

  test('where the answers that are accepted go wrong, what was certified is taken out of force', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    for (let round = 0; round < 3; round += 1) {
      await world.live({ spoiled: true });
      await world.learn();
    }
    const happened = await kinds(world.store);
    assert.ok(happened.includes('alarm') && happened.includes('rolled-back'), happened.join());
    const steps = await world.store.versionSteps('auto');
    assert.notEqual(steps.at(-1)?.version, steps.find(({ action }) => action === 'promote')?.version);
    assert.notEqual((await stateOf(world.store))?.epoch.why, 'the beginning');
  });

  test('audits whose verdicts come later than they do are watched as well, once', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    const withheld: Label[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { labels, ...batch } = madeAudits({
        seed: 500 + round,
        count: 60,
        fromMs: world.nowMs(),
        spoiled: true,
      });
      withheld.push(...labels);
      await world.store.write({ ...batch, labels: [] });
      world.later(ROUND_MS);
      await world.learn();
    }
    assert.equal((await kinds(world.store)).includes('alarm'), false);
    assert.equal((await stateOf(world.store))?.read.unjudged?.length, 180);
    await world.store.write({
      outcomes: [],
      audits: [],
      labels: withheld.map((label) => ({ ...label, createdAtMs: world.nowMs() })),
    });
    await world.learn();
    const happened = await kinds(world.store);
    assert.ok(happened.includes('alarm') && happened.includes('rolled-back'), happened.join());
    assert.equal((await stateOf(world.store))?.read.unjudged, undefined);
    assert.deepEqual((await world.learn()).events, []);
  });

  test('requests that are not like the usual ones ring without a label, and certificates are earned anew', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    // Requests that nobody audits: first as usual, then with answers that the small model is unsure of.
    await world.live({ count: 800, asked: 'small', audited: false });
    world.later(800_000);
    await world.learn();
    assert.deepEqual((await kinds(world.store)).includes('alarm'), false);
    await world.live({ count: 300, asked: 'small', audited: false, unsure: true });
    world.later(800_000);
    const { events } = await world.learn();
    const alarm = events.find(({ kind }) => kind === 'alarm');
    assert.match(alarm?.message ?? '', /confidence in the first tier's answers has fallen/);
    const why = (await stateOf(world.store))?.epoch.why ?? '';
    assert.equal(alarm?.message, `${why} Certificates are earned anew.`);
    assert.equal((await stateOf(world.store))?.epoch.certified, false);
  });

  test('requests that came before a stricter policy served are not taken for what is usual under it', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    await world.live({ count: 600, asked: 'small', audited: false });
    world.later(800_000);
    await world.learn();
    // The learner was away for a while: it sees all of these together.
    await world.live({ count: 800, asked: 'small', audited: false, unsure: true });
    world.later(900_000);
    const { events } = await world.learn();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['alarm', 'moved'],
    );
    await world.learn();
    const state = await stateOf(world.store);
    assert.equal(state?.watch.usual.requests, 0);
    assert.equal(state?.inForce?.sinceMs, world.nowMs());
    assert.ok((state?.epoch.beganAtMs ?? Infinity) < world.nowMs() - 900_000, 'the change came earlier');
  });

  test('a request is waited for until those that came before it have ended, and observed once', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    const observed = async (): Promise<number> => (await stateOf(world.store))?.watch.usual.requests ?? NaN;
    await world.live({ count: 20, asked: 'small', audited: false });
    await world.learn();
    const seen = await observed();
    await world.learn();
    assert.equal(await observed(), seen);
    await world.store.write(
      madeAudits({ seed: 99, count: 1, fromMs: world.nowMs(), asked: 'small', audited: false }),
    );
    world.later(29_000);
    await world.learn();
    assert.equal(await observed(), seen);
    world.later(1_000);
    await world.learn();
    assert.equal(await observed(), seen + 1);
  });

  test('a price that changed puts the certified policy in force that is the cheapest now', async (context) => {
    const world = await begin(context);
    const before = await untilPromoted(world, { tokens: true });
    const { policy } = LEARNED_ROUTE;
    // Asking the small model first does not pay any more.
    const tiers = policy.tiers.map((tier) => ({
      ...tier,
      price: tier.name === 'small' ? { input: 1_000, output: 1_000 } : { input: 100, output: 100 },
    }));
    const changed = world.learner({ route: { ...LEARNED_ROUTE, policy: { ...policy, tiers } } });
    await world.learn(changed);
    const happened = await kinds(world.store);
    assert.ok(happened.includes('alarm') && happened.includes('moved'), happened.join());
    assert.notEqual((await world.store.activeVersions()).get('auto'), before);
    assert.deepEqual((await world.learn(changed)).events, []);
  });

  test('an operator’s rollback is taken for what it is', async (context) => {
    const world = await begin(context);
    const first = await untilPromoted(world);
    const { version } = await world.store.rollbackVersion('auto', { by: 'ada', atMs: world.nowMs() });
    await world.learn();
    assert.notEqual(version, first);
    assert.equal((await world.store.activeVersions()).get('auto'), version);
    assert.equal((await stateOf(world.store))?.inForce?.hash, version);
  });

  test('a version that serves by an operator’s word is compared with the losses that certified it', async (context) => {
    const world = await begin(context);
    const { settings } = LEARNED_ROUTE;
    const asking = world.learner({
      route: { ...LEARNED_ROUTE, settings: { ...settings, promote: 'approve' } },
    });
    for (let round = 0; round < ROUNDS; round += 1) {
      await world.live();
      await world.learn(asking);
    }
    const [proposed] = (await world.store.learningEvents({ limit: 100 })).filter(
      ({ kind }) => kind === 'proposed',
    );
    await world.store.promoteVersion(proposed?.version ?? '', { by: 'ada', atMs: world.nowMs() });
    await world.learn(asking);
    const inForce = (await stateOf(world.store))?.inForce;
    assert.equal(inForce?.hash, proposed?.version);
    const content = (await world.store.version(proposed?.version ?? ''))?.content ?? '{}';
    const { evidence } = JSON.parse(content) as { evidence: { lossRate?: number } };
    assert.ok((evidence.lossRate ?? 0) > 0);
    assert.equal(inForce?.lossRate, evidence.lossRate);
  });

  test('what waits for an operator’s word has lapsed once a change came, and the next one has not', async (context) => {
    const world = await begin(context);
    const { settings } = LEARNED_ROUTE;
    const asking = (scorer: string) =>
      world.learner({ route: { ...LEARNED_ROUTE, settings: { ...settings, promote: 'approve', scorer } } });
    const lapses = async (learner: ReturnType<typeof createLearner>, rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        await world.live();
        await world.learn(learner);
      }
      const events = await world.store.learningEvents({ limit: 100 });
      const hash = events.find(({ kind }) => kind === 'proposed')?.version ?? '';
      const row = await world.store.version(hash);
      assert.ok(row !== undefined);
      const version = JSON.parse(row.content) as Version;
      return { hash, lapse: await readLapse(world.store, version) };
    };
    const first = await lapses(asking('kim'), ROUNDS);
    assert.equal(first.lapse, undefined);
    const other = asking('lee');
    await world.learn(other);
    assert.match((await lapses(other, 0)).lapse?.why ?? '', /judged by lee now/);
    const next = await lapses(other, 2 * ROUNDS);
    assert.notEqual(next.hash, first.hash);
    assert.equal(next.lapse, undefined);
  });

  test('a clock that was years ahead does not end learning when it is set right', async (context) => {
    const world = await begin(context);
    const years = 100_000_000_000;
    world.later(years);
    const database = new DatabaseSync(world.path);
    database.exec('delete from job');
    database.close();
    await world.learn();
    assert.ok(((await stateOf(world.store))?.epoch.beganAtMs ?? 0) >= years);
    world.later(-years);
    await untilPromoted(world);
    await world.live({ count: 20, asked: 'small', audited: false });
    world.later(60_000);
    await world.learn();
    const { request = '' } = (await stateOf(world.store))?.read ?? {};
    assert.ok(request > idAt(world.nowMs() - 2 * ROUND_MS), 'requests are observed again');
    assert.ok(request < idAt(world.nowMs()));
  });

  test('an operator who acts while it is decided is not overruled, and nothing of the decision is written', async (context) => {
    const world = await begin(context);
    const { store } = world;
    const ada = { by: 'ada', atMs: START_MS };
    const seen = { overtaken: false };
    const learner = world.learner({
      around: () => ({
        stepJob: async (...given) => {
          if (given[3].force !== undefined && !seen.overtaken) {
            seen.overtaken = true;
            const [candidate] = await store.versions();
            await store.promoteVersion(candidate?.hash ?? '', ada);
          }
          return store.stepJob(...given);
        },
      }),
    });
    let last: Round | undefined;
    for (let round = 0; !seen.overtaken && round < 2 * ROUNDS; round += 1) {
      await world.live();
      last = await world.learn(learner);
    }
    assert.equal(last?.forced, false);
    assert.deepEqual(
      (await store.versionSteps('auto')).map(({ takenBy }) => takenBy),
      ['ada'],
    );
    assert.equal((await kinds(store)).includes('promoted'), false);
    // It has no certificate, so what it is replaced by is decided anew.
    await world.learn(learner);
    assert.equal((await store.versionSteps('auto')).at(-1)?.takenBy, 'learning');
  });

  test('a model or a price that changed in the configuration is an event, once', async (context) => {
    const world = await begin(context);
    await world.live();
    await world.learn();
    const { policy } = LEARNED_ROUTE;
    const tiers = policy.tiers.map((tier, index) =>
      index === 0 ? { ...tier, model: 'smaller', price: { input: 100, output: 400 } } : tier,
    );
    const changed = world.learner({ route: { ...LEARNED_ROUTE, policy: { ...policy, tiers } } });
    const { events } = await world.learn(changed);
    assert.deepEqual(
      events.map(({ message }) => message),
      [
        "The model of small changed from 'small-model' to 'smaller'. Certificates are earned anew.",
        'The price of small changed from an unknown price to 0.1 USD for a million tokens in and 0.4 out. What is certified stays so; another candidate is fitted for these prices.',
      ],
    );
    assert.deepEqual((await world.learn(changed)).events, []);
  });

  test('who answered is counted once for each answer, of a request as of its audit', async (context) => {
    const world = await begin(context);
    await world.live({ count: 30 });
    world.later(60_000);
    await world.learn();
    const { answering } = (await stateOf(world.store))?.read ?? {};
    assert.equal(answering?.['large']?.answers, 30, 'the requests asked it');
    assert.equal(answering['small']?.answers, 30, 'their audits asked it');
  });

  test('a version that does not fit the configuration any more is not taken for what serves', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    const objective = { maxQualityLoss: 0.01, certainty: 0.9 };
    const stricter: LearnedRoute = {
      policy: { ...LEARNED_ROUTE.policy, rule: { kind: 'last', objective } },
      settings: { ...LEARNED_ROUTE.settings, objective },
    };
    await world.learn(world.learner({ route: stricter }));
    assert.equal((await stateOf(world.store))?.inForce, undefined);
    await world.learn();
    assert.notEqual((await stateOf(world.store))?.inForce, undefined);
  });

  test('another promise is another statement: what was to be tested for the former one is given up', async (context) => {
    const world = await begin(context);
    await world.live({ count: 300 });
    await world.learn();
    const before = await stateOf(world.store);
    assert.ok((before?.candidate?.looks.length ?? 0) > 0);
    const objective = { maxQualityLoss: 0.3, certainty: 0.95 };
    const laxer = world.learner({
      route: {
        policy: { ...LEARNED_ROUTE.policy, rule: { kind: 'last', objective } },
        settings: { ...LEARNED_ROUTE.settings, objective },
      },
    });
    const { events } = await world.learn(laxer);
    assert.match(events[0]?.message ?? '', /A loss of at most 0.3 is promised now/);
    assert.equal((await stateOf(world.store))?.epoch.beganAtMs, before?.epoch.beganAtMs, 'labels stay true');
    for (let round = 0; round < ROUNDS; round += 1) {
      await world.live();
      await world.learn(laxer);
    }
    const steps = await world.store.versionSteps('auto');
    assert.ok(steps.length > 0);
    for (const { version } of steps) {
      const row = await world.store.version(version ?? '');
      assert.deepEqual(JSON.parse(row?.objective ?? ''), objective);
    }
  });

  test('when others judge, what the former ones said counts a fifth, and certificates are earned anew', async (context) => {
    const world = await begin(context);
    await world.live({ count: 300 });
    world.later(200_000);
    await world.learn();
    const others = world.learner({
      route: { ...LEARNED_ROUTE, settings: { ...LEARNED_ROUTE.settings, scorer: 'another judge' } },
    });
    const { events } = await world.learn(others);
    assert.deepEqual(
      events.map(({ message }) => message),
      ['Answers are judged by another judge now; it was made-up verdicts. Certificates are earned anew.'],
    );
    const state = await stateOf(world.store);
    assert.equal(state?.candidate, undefined);
    assert.equal(state?.epoch.beganAtMs, world.nowMs());
    assert.deepEqual((await world.learn(others)).events, []);
  });

  test('other parameters of a tier begin an epoch, and what was certified of the former ones serves no more', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    const { policy, settings } = LEARNED_ROUTE;
    const tiers = policy.tiers.map((tier) =>
      tier.name === 'small' ? { ...tier, asking: { params: { temperature: 1 }, dropParams: [] } } : tier,
    );
    const changed = { ...policy, tiers };
    const learner = world.learner({
      route: { policy: changed, settings: { ...settings, tiers: versionTiers(tiers) } },
    });
    world.later(1_000);
    const { events } = await world.learn(learner);
    assert.deepEqual(
      events.map(({ message }) => message),
      ['The parameters that small is asked with have changed. Certificates are earned anew.'],
    );
    const state = await stateOf(world.store);
    assert.equal(state?.inForce, undefined);
    assert.equal(state?.epoch.beganAtMs, world.nowMs());
    assert.deepEqual((await world.learn(learner)).events, []);
    // What is certified of the new ones serves.
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      await world.live();
      await world.learn(learner);
    }
    const hash = (await world.store.activeVersions()).get('auto');
    const row = await world.store.version(hash ?? '');
    assert.ok(row !== undefined);
    assert.equal(applyVersion(changed, { hash: row.hash, read: readVersion(row) }).obstacle, undefined);
  });

  test('answers without a cost are said to be the reason why nothing is learned', async (context) => {
    const world = await begin(context);
    await world.live({ priced: false });
    const { problems } = await world.learn();
    assert.match(problems.get('auto') ?? '', /The answer of small to .* has no cost/);
    assert.equal(await keptProblem(world), problems.get('auto'), 'whoever only looks is told the same');
    // As soon as there is a price, there is none any more.
    await world.live({ count: 90 });
    assert.deepEqual((await world.learn()).problems, new Map());
    assert.equal(await keptProblem(world), undefined);
  });

  test('a few answers without a cost are not learned from, and keep nobody from learning of the others', async (context) => {
    const world = await begin(context);
    await world.live({ count: 3, priced: false });
    await world.live({ count: 90 });
    const { problems, events } = await world.learn();
    assert.deepEqual(problems, new Map());
    assert.match(events[0]?.message ?? '', /Fitted on 90 audits/);
  });

  test('where nothing can be fitted, requests and audits are watched as before', async (context) => {
    const world = await begin(context);
    await untilPromoted(world, { tokens: true });
    const { policy } = LEARNED_ROUTE;
    const free = { input: 0, output: 0 };
    const tiers = policy.tiers.map((tier) => ({ ...tier, price: free }));
    const learner = world.learner({ route: { ...LEARNED_ROUTE, policy: { ...policy, tiers } } });
    // So many that a fit is tried.
    await world.live({ count: 100, tokens: true });
    world.later(100_000);
    const { problems, events } = await world.learn(learner);
    assert.match(problems.get('auto') ?? '', /costs nothing/);
    assert.equal(await keptProblem(world), problems.get('auto'));
    assert.match(events[0]?.message ?? '', /The price of small changed/);
    await world.live({ count: 100, tokens: true, spoiled: true });
    world.later(100_000);
    const next = await world.learn(learner);
    assert.ok(
      next.events.some(({ kind }) => kind === 'rolled-back'),
      next.events.map(({ kind }) => kind).join(),
    );
  });

  test('an audit that could not be read while the store was away is read in the next round', async (context) => {
    const world = await begin(context);
    const seen = { reads: 0 };
    const learner = world.learner({
      around: (store) => ({
        decision: async (...given) => {
          seen.reads += 1;
          if (seen.reads === 40) throw new WeirError('store_unavailable', 'It is away.');
          return store.decision(...given);
        },
      }),
    });
    await world.live({ count: 80 });
    await assert.rejects(world.learn(learner), { code: 'store_unavailable' });
    assert.match((await world.learn(learner)).events[0]?.message ?? '', /Fitted on 80 audits/);
  });

  test('answers are priced by what the tiers cost now, where their tokens are known', async (context) => {
    const world = await begin(context);
    await world.live({ priced: false, tokens: true });
    const { policy } = LEARNED_ROUTE;
    const tiers = policy.tiers.map((tier) => ({ ...tier, price: { input: 100, output: 400 } }));
    const { problems } = await world.learn(
      world.learner({ route: { ...LEARNED_ROUTE, policy: { ...policy, tiers } } }),
    );
    assert.deepEqual(problems, new Map());
  });

  test('what another Weir has learned in another form is left alone', async (context) => {
    const world = await begin(context);
    const database = new DatabaseSync(world.path);
    database.exec(`update job set state = '{"format":3}'`);
    database.close();
    await world.live();
    assert.match((await world.learn()).problems.get('auto') ?? '', /another Weir/);
    assert.equal((await world.store.jobs())[0]?.state, '{"format":3}');
  });

  test('what an operator judged later counts, and what a user says never does', async (context) => {
    const world = await begin(context);
    await world.live({ count: 90 });
    const atMs = world.nowMs();
    const outcomes = await world.store.outcomes({ limit: 90 });
    const words = (source: 'operator' | 'user') =>
      outcomes.map(({ id }) => labelRow(id, { tier: 'small', source, verdict: 0, createdAtMs: atMs }));
    const fitted = async (): Promise<unknown> => {
      const learner = world.learner();
      await learner.round();
      return (await stateOf(world.store))?.candidate?.hash;
    };
    const reset = (): void => {
      const database = new DatabaseSync(world.path);
      database.exec('update job set state = null');
      database.close();
    };
    reset();
    world.later(-ROUND_MS);
    const plain = await fitted();
    assert.ok(plain !== undefined);
    await world.store.write({ outcomes: [], labels: words('user'), audits: [] });
    reset();
    assert.equal(await fitted(), plain);
    await world.store.write({ outcomes: [], labels: words('operator'), audits: [] });
    reset();
    assert.notEqual(await fitted(), plain);
  });
});

describe('several learners on one store', () => {
  test('one that begins anew each round comes to the same as one that goes on', async (context) => {
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

  test('while one of them learns, another leaves the route alone, and goes on from there afterwards', async (context) => {
    const world = await begin(context);
    await world.live({ count: 90 });
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
    const other = await createSqliteStore({ path: world.path });
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

  test('a fit that takes longer than the lease is waited for, so that two slow ones do not undo one another for ever', async (context) => {
    const world = await begin(context);
    await world.live({ count: 90 });
    const second = world.learner();
    const wakes: (() => void)[] = [];
    const leases = createLeaseKeeper({
      keep: ({ name, holder }) => world.store.keepJob(name, holder, world.nowMs() + LEASE_MS),
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

  test('one that was too slow writes nothing once another has its place', async (context) => {
    const world = await begin(context);
    await world.live({ count: 90 });
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
      await world.live({ count: 90 });
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
