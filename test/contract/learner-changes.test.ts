import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readVersion } from '../../src/learning/versions/kept-version.ts';
import { applyVersion } from '../../src/routing/apply-version.ts';
import type { LearnedRoute } from '../../src/learning/learner/learned-route.ts';
import { versionTiers } from '../../src/routing/version.ts';
import { LEARNED_ROUTE } from '../made-audits.ts';
import { ROUNDS, begin, keptProblem, kinds, stateOf, untilPromoted } from '../learner-world.ts';

describe('a route that learns, and whose configuration changes', () => {
  test('after a change of prices the cheapest certified policy is put in force', async (context) => {
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
        "The model of small changed from 'small-model' to 'smaller'. Certificates must be earned again.",
        'The price of small changed from an unknown price to 0.1 USD per million input tokens and 0.4 USD per million output tokens. Certified policies stay certified. Another candidate will be fitted for the new prices.',
      ],
    );
    assert.deepEqual((await world.learn(changed)).events, []);
  });

  test('an alarm ends a rollout that is under way, in the same step, and says so', async (context) => {
    const world = await begin(context);
    await world.live();
    await world.learn();
    const { policy } = LEARNED_ROUTE;
    const withModel = (model: string, share: number, price?: number): LearnedRoute => {
      const tiers = policy.tiers.map((tier, index) =>
        index === 0
          ? { ...tier, model, ...(price === undefined ? {} : { price: { input: price, output: price } }) }
          : tier,
      );
      return { ...LEARNED_ROUTE, policy: { ...policy, tiers }, share };
    };
    const stated = async () => (await world.store.rollouts()).get('auto');
    await world.learn(world.learner({ route: withModel('small-model', 0.25, 1) }));
    assert.equal(await stated(), undefined, 'another price harms nobody');
    const round = await world.learn(world.learner({ route: withModel('other', 0.25, 1) }));
    assert.equal(round.forced, true, 'it takes effect at once');
    const { share, configured, takenBy, why } = (await stated()) ?? {};
    assert.deepEqual([share, configured, takenBy], [0, 0.25, 'learning']);
    assert.match(why ?? '', /^The model of small changed/);
    assert.match(
      round.events.at(-1)?.message ?? '',
      /earned again\. The rollout at 25 % has stopped: large answers everything until `[^`]*rollout auto 25%` resumes it\.$/,
    );
    for (const [model, whole] of [
      ['another', 0],
      ['a third', 1],
    ] as const)
      await world.learn(world.learner({ route: withModel(model, whole, 1) }));
    assert.equal(
      (await world.store.rolloutSteps('auto')).length,
      1,
      'what observes or serves all is no trial',
    );
  });

  test('a version that no longer fits the configuration is not treated as serving', async (context) => {
    const world = await begin(context);
    await untilPromoted(world);
    const objective = { maxQualityLoss: 0.01, certainty: 0.9 };
    const stricter: LearnedRoute = {
      policy: { ...LEARNED_ROUTE.policy, rule: { kind: 'last', objective } },
      settings: { ...LEARNED_ROUTE.settings, objective },
    };
    await world.learn(world.learner({ route: stricter }));
    assert.equal((await stateOf(world.store))?.inForce, undefined);
    await world.learn(world.learner());
    assert.notEqual((await stateOf(world.store))?.inForce, undefined);
  });

  test('gateways with different configurations on one store say so, and learn nothing while both are there', async (context) => {
    const world = await begin(context);
    await world.live({ count: 100 });
    await world.learn();
    const objective = { maxQualityLoss: 0.3, certainty: 0.9 };
    const other = world.learner({
      route: {
        policy: { ...LEARNED_ROUTE.policy, rule: { kind: 'last', objective } },
        settings: { ...LEARNED_ROUTE.settings, objective },
      },
    });
    const alarms = async () =>
      (await world.store.learningEvents({ limit: 100 })).filter(({ kind }) => kind === 'alarm').length;
    await world.learn(other);
    assert.equal(await alarms(), 1, 'it may have been restarted with another configuration');
    for (let turn = 0; turn < 10; turn += 1) {
      await world.live({ count: 20 });
      for (const learner of [undefined, other]) {
        const { problems } = await world.learn(learner);
        assert.match(problems.get('auto') ?? '', /different configurations of this route run on one store/);
      }
    }
    assert.equal(await alarms(), 2, 'one more, that says what is wrong');
    assert.match((await keptProblem(world)) ?? '', /give them the same configuration/);
    // The other one is stopped.
    world.later(11 * 60_000);
    const { problems } = await world.learn();
    assert.equal(problems.get('auto'), undefined);
    assert.equal(await alarms(), 3, 'what it had changed is changed back');
    world.later(60_000);
    await world.learn();
    assert.equal(await keptProblem(world), undefined);
  });

  test('after a change of the promise the candidate for the former one is dropped', async (context) => {
    const world = await begin(context);
    await world.live({ count: 210 });
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
    assert.match(
      events[0]?.message ?? '',
      /The promise changed from a loss of at most 0\.1 with certainty 0\.9 to at most 0\.3 /,
    );
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

  test('after a change of the source of verdicts, earlier verdicts count a fifth, and certificates are earned again', async (context) => {
    const world = await begin(context);
    await world.live({ count: 210 });
    world.later(200_000);
    await world.learn();
    const others = world.learner({
      route: { ...LEARNED_ROUTE, settings: { ...LEARNED_ROUTE.settings, scorer: 'another judge' } },
    });
    const { events } = await world.learn(others);
    assert.deepEqual(
      events.map(({ message }) => message),
      [
        "The source of verdicts changed from 'made-up verdicts' to 'another judge'. Certificates must be earned again.",
      ],
    );
    const state = await stateOf(world.store);
    assert.equal(state?.candidate, undefined);
    assert.equal(state?.epoch.beganAtMs, world.nowMs());
    assert.deepEqual((await world.learn(others)).events, []);
  });

  test('other parameters of a tier begin an epoch, and a version certified for the former ones no longer serves', async (context) => {
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
      ['The request parameters of small changed. Certificates must be earned again.'],
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

  test('answers of known tokens are priced at what the tiers cost now', async (context) => {
    const world = await begin(context);
    await world.live({ priced: false, tokens: true });
    const { policy } = LEARNED_ROUTE;
    const tiers = policy.tiers.map((tier) => ({ ...tier, price: { input: 100, output: 400 } }));
    const { problems } = await world.learn(
      world.learner({ route: { ...LEARNED_ROUTE, policy: { ...policy, tiers } } }),
    );
    assert.deepEqual(problems, new Map());
  });
});
