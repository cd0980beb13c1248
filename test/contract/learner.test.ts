import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { defined } from '../../src/defined.ts';
import { WeirError } from '../../src/errors.ts';
import { readLapse } from '../../src/learning/in-force/lapse.ts';
import { idAt } from '../../src/learning/learner/learner-state.ts';
import { readVersion } from '../../src/learning/versions/kept-version.ts';
import { createLearner, type Round } from '../../src/learning/learner/learner.ts';
import type { Version } from '../../src/routing/version.ts';
import type { Label } from '../../src/store/contract/store.ts';
import { labelRow } from '../../src/store/testing.ts';
import { LEARNED_ROUTE, madeAudits } from '../made-audits.ts';
import {
  ROUNDS,
  ROUND_MS,
  START_MS,
  begin,
  keptProblem,
  kinds,
  stateOf,
  untilPromoted,
} from '../learner-world.ts';

describe('a route that is audited', () => {
  test('a learner starts from nothing and reaches a certified version, with every step in the store', async (context) => {
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
    assert.equal(events.find(({ kind }) => kind === 'promoted')?.version, active);
    const candidate = events.find(({ kind }) => kind === 'candidate')?.version ?? '';
    assert.equal((await store.version(candidate))?.state, 'candidate');
    assert.equal((await stateOf(store))?.inForce?.hash, active);
    assert.deepEqual(
      (await store.jobs()).map(({ name, leaseUntilMs, holder }) => ({ name, leaseUntilMs, holder })),
      [{ name: 'learn:auto', leaseUntilMs: 0, holder: undefined }],
    );
  });

  test('the caller is told what was put in force, and nothing where nothing came', async (context) => {
    const world = await begin(context);
    const first = await world.learn();
    assert.deepEqual(first, { events: [], forced: false, problems: new Map() });
    const written = (await world.store.jobs())[0];
    await world.learn();
    assert.deepEqual((await world.store.jobs())[0], written);
    await untilPromoted(world);
    assert.equal((await world.learn()).forced, false);
  });

  test('a certified version is taken out of force when its accepted answers go wrong', async (context) => {
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

  test('audits whose verdicts come later are watched too, once', async (context) => {
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
    const waits = (await stateOf(world.store))?.read.audit;
    const [next] = await world.store.audits({ route: 'auto', afterNumber: waits ?? NaN, limit: 1 });
    assert.equal(next?.outcomeId, withheld[0]?.outcomeId, 'the first of them holds up the others');
    await world.store.write({
      outcomes: [],
      audits: [],
      labels: withheld.map((label) => ({ ...label, createdAtMs: world.nowMs() })),
    });
    await world.learn();
    const happened = await kinds(world.store);
    assert.ok(happened.includes('alarm') && happened.includes('rolled-back'), happened.join());
    assert.deepEqual((await world.learn()).events, []);
  });

  test('unusual requests raise an alarm without labels, and certificates are earned again', async (context) => {
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
    assert.equal(alarm?.message, `${why} Certificates must be earned again.`);
    assert.equal((await stateOf(world.store))?.epoch.certified, false);
  });

  test('requests from before a stricter policy served do not define what is usual under it', async (context) => {
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
    assert.ok((state?.epoch.beganAtMs ?? Infinity) < world.nowMs() - 900_000, 'the change came earlier');
  });

  test('a request is observed once, after earlier and slower requests have ended', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    const observed = async (): Promise<number> => (await stateOf(world.store))?.watch.usual.requests ?? NaN;
    await world.live({ count: 20, asked: 'small', audited: false });
    world.later(300_000);
    await world.learn();
    const seen = await observed();
    assert.equal(seen, 20);
    await world.learn();
    assert.equal(await observed(), seen);
    const cameMs = world.nowMs();
    await world.live({ count: 1, asked: 'small', audited: false });
    world.later(cameMs + 179_999 - world.nowMs());
    await world.learn();
    assert.equal(await observed(), seen);
    world.later(2);
    await world.learn();
    assert.equal(await observed(), seen + 1);
  });

  test('an operator’s rollback is respected', async (context) => {
    const world = await begin(context);
    const first = await untilPromoted(world);
    const { version } = await world.store.rollbackVersion('auto', { by: 'ada', atMs: world.nowMs() });
    await world.learn();
    assert.notEqual(version, first);
    assert.equal((await world.store.activeVersions()).get('auto'), version);
    assert.equal((await stateOf(world.store))?.inForce?.hash, version);
  });

  test('a version that an operator promoted is compared with the losses that certified it', async (context) => {
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

  test('a proposed version lapses with a change, and the next one has not lapsed', async (context) => {
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
    assert.match((await lapses(other, 0)).lapse?.why ?? '', /verdicts changed from 'kim' to 'lee'/);
    const next = await lapses(other, 2 * ROUNDS);
    assert.notEqual(next.hash, first.hash);
    assert.equal(next.lapse, undefined);
  });

  test('learning continues after a clock that was years ahead is corrected', async (context) => {
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
    world.later(150_000);
    await world.learn();
    const { request = '' } = (await stateOf(world.store))?.read ?? {};
    assert.ok(request > idAt(world.nowMs() - 3 * ROUND_MS), 'requests are observed again');
    assert.ok(request < idAt(world.nowMs()));
  });

  test('an operator who acts during a step is not overruled, and nothing of the step is written', async (context) => {
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

  test('the model name of each answer is counted once, for requests and for audits', async (context) => {
    const world = await begin(context);
    await world.live({ count: 30 });
    world.later(300_000);
    await world.learn();
    const { answering } = (await stateOf(world.store))?.read ?? {};
    assert.equal(answering?.['large']?.answers, 30, 'the requests asked it');
    assert.equal(answering['small']?.answers, 30, 'their audits asked it');
  });

  test('answers of unknown cost are reported as the reason why the route cannot learn', async (context) => {
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

  test('a few answers of unknown cost are left out, and the others are learned from', async (context) => {
    const world = await begin(context);
    await world.live({ count: 3, priced: false });
    await world.live({ count: 210 });
    const { problems, events } = await world.learn();
    assert.deepEqual(problems, new Map());
    assert.match(events[0]?.message ?? '', /fitted on 200 audits/);
  });

  test('where nothing can be fitted, requests and audits are still watched', async (context) => {
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

  test('an audit that could not be read while the store was unavailable is read in the next round', async (context) => {
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
    await world.live({ count: 200 });
    await assert.rejects(world.learn(learner), { code: 'store_unavailable' });
    assert.match((await world.learn(learner)).events[0]?.message ?? '', /fitted on 200 audits/);
  });

  test('a state in an unknown format is left alone', async (context) => {
    const world = await begin(context);
    const database = new DatabaseSync(world.path);
    database.exec(`update job set state = '{"format":4}'`);
    database.close();
    await world.live();
    assert.match(
      (await world.learn()).problems.get('auto') ?? '',
      /has a format that this version of Weir does not know/,
    );
    assert.equal((await world.store.jobs())[0]?.state, '{"format":4}');
  });

  test('the state of an earlier Weir is taken over: its epoch begins after the last audit before it', async (context) => {
    const world = await begin(context);
    await world.live({ count: 60 });
    await world.learn();
    await world.live({ count: 210 });
    const { read } = (await stateOf(world.store)) ?? assert.fail();
    const state = {
      format: 2,
      epoch: {
        beganAtMs: START_MS + ROUND_MS,
        why: 'Another judge.',
        wealth: { attempts: 2, carried: 0 },
        certified: true,
        boldFitRows: 0,
      },
      candidate: {
        hash: 'abc',
        frozenAtMs: START_MS + ROUND_MS,
        fitRows: 80,
        looks: [{ rows: 40 }],
        taken: 0,
      },
      watch: {},
      rang: [],
      auditing: 'usual',
      read,
    };
    const database = new DatabaseSync(world.path);
    database.prepare('update job set state = ?').run(JSON.stringify(state));
    database.close();
    await world.learn();
    const { format, epoch, candidate, auditing, isByTime } = (await stateOf(world.store)) ?? assert.fail();
    assert.deepEqual([format, epoch.after, epoch.wealth.attempts, epoch.certified], [3, 60, 0, false]);
    assert.deepEqual([auditing, isByTime], ['raised', undefined]);
    assert.equal(candidate?.fitRows, 200, 'it is fitted on the audits of that epoch');
  });

  test('due audits without a verdict are watched when nothing is awaited any more, and certificates lapse for now', async (context) => {
    const world = await begin(context);
    const hash = await untilPromoted(world);
    const kept = readVersion((await world.store.version(hash)) ?? assert.fail());
    assert.ok('version' in kept);
    const { version } = kept;
    assert.equal(await readLapse(world.store, version), undefined);
    const unjudged = madeAudits({ seed: 99, count: 10, fromMs: world.nowMs() });
    await world.store.write({
      ...unjudged,
      labels: [],
      audits: unjudged.audits.map((audit) => ({ ...audit, problem: 'The judge is away.' })),
    });
    world.later(ROUND_MS);
    const { events } = await world.learn();
    assert.match(
      events.at(-1)?.message ?? '',
      /due audits got no verdict.* The newest of them says: The judge is away\./,
    );
    const { why = '', isForNow } = (await readLapse(world.store, version)) ?? {};
    assert.match(why, /^\d+ of the last \d+ due audits got no verdict/);
    assert.equal(isForNow, true);
    await world.live({ count: 80 });
    await world.learn();
    assert.equal(await readLapse(world.store, version), undefined, 'it holds again');
  });

  test('a later verdict of an operator counts, and a user’s verdict never does', async (context) => {
    const fitted = async (source?: 'operator' | 'user'): Promise<unknown> => {
      const world = await begin(context);
      await world.live({ count: 90 });
      const outcomes = await world.store.outcomes({ limit: 90 });
      const labels = outcomes.map(({ id }) =>
        labelRow(id, { tier: 'small', verdict: 0, createdAtMs: world.nowMs(), ...defined({ source }) }),
      );
      if (source !== undefined) await world.store.write({ outcomes: [], labels, audits: [] });
      world.later(ROUND_MS);
      await world.live({ count: 120 });
      await world.learn();
      const { fitRows, hash } = (await stateOf(world.store))?.candidate ?? {};
      assert.equal(fitRows, 200);
      return hash;
    };
    const plain = await fitted();
    assert.equal(await fitted('user'), plain);
    assert.notEqual(await fitted('operator'), plain);
  });
});
