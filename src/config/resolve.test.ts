import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedAs, type Policy } from '../routing/policy.ts';
import { CHECKS } from '../routing/provenance.ts';
import { createResolver } from './resolve.ts';
import { BASE, usable } from './testing.ts';

const NOW = new Date('2026-11-01T00:00:00Z');
const config =
  usable(`${BASE.replace('qwen3:4b }', 'qwen3:4b, paidSignals: [pTrue, verbalized] }')}  gpt-5: { upstream: cloud, model: gpt-5-mini, price: { input: 0.02, output: 0.06 }, contextTokens: 1000 }
routes:
  auto:
    serves: [gpt-4o, "gpt-4*", "*"]
    tiers: [small, large]
    objective: { thresholds: [0.8] }
    data: { restricted: on-premises, internal: cloud }
  mini: { serves: ["gpt-4*-mini"], tiers: [small], onAbstain: error, data: { internal: on-premises } }
  large: { serves: [gpt-5], tiers: [small] }
`);
const resolver = createResolver(config, { now: NOW });

function policyOf(name: string): Policy {
  const resolved = resolver.resolve(name);
  assert.ok('policy' in resolved, `nothing serves ${name}`);
  return resolved.policy;
}

test('a route is found by its name, before a model of the same name', () => {
  assert.equal(policyOf('auto'), resolver.routes.get('auto'));
  assert.deepEqual(
    policyOf('large').tiers.map(({ name }) => name),
    ['small'],
  );
});

test('a model is found by its name, before what a route serves, as a ladder of one tier', () => {
  const { tiers, rule, certified, route } = policyOf('gpt-5');
  assert.equal(route, 'gpt-5');
  assert.deepEqual(
    tiers.map(({ name, model }) => [name, model]),
    [['gpt-5', 'gpt-5-mini']],
  );
  assert.deepEqual(rule, { kind: 'thresholds', thresholds: [], withoutConfidence: 'escalate' });
  assert.equal(certified, false);
});

test('an exact name goes before a pattern, a longer pattern before a shorter', () => {
  assert.equal(policyOf('gpt-4o').route, 'auto');
  assert.equal(policyOf('gpt-4o-mini').route, 'mini');
  assert.equal(policyOf('gpt-4.1').route, 'auto');
  assert.equal(policyOf('anything at all').route, 'auto');
});

test('a name that nothing serves brings suggestions', () => {
  const strict = createResolver(
    usable(`${BASE}routes: { support: { tiers: [small], serves: [gpt-4o] } }\n`),
    { now: NOW },
  );
  assert.deepEqual(strict.resolve('suport'), { suggestions: ['support'] });
  assert.deepEqual(strict.resolve('gpt-4o-mini'), { suggestions: ['gpt-4o'] });
  assert.deepEqual(strict.resolve('zzz'), { suggestions: [] });
});

test('what every object inherits is no route', () => {
  const strict = createResolver(usable(BASE), { now: NOW });
  for (const name of ['constructor', 'toString', '__proto__'])
    assert.ok('suggestions' in strict.resolve(name), name);
});

test('a route becomes a policy with everything that decides', () => {
  assert.deepEqual(policyOf('auto'), {
    route: 'auto',
    tiers: [
      {
        name: 'small',
        model: 'qwen3:4b',
        upstream: 'local',
        location: 'on-premises',
        source: { identity: 'http://127.0.0.1:11434/v1', checks: CHECKS },
        paidSignals: ['pTrue', 'verbalized'],
      },
      {
        name: 'large',
        model: 'gpt-4.1',
        upstream: 'cloud',
        location: 'cloud',
        contextTokens: 1_000_000,
        price: { input: 2_000, output: 8_000, cachedInput: 500 },
        source: { identity: 'https://api.openai.com/v1', checks: CHECKS },
      },
    ],
    rule: { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'escalate' },
    onAbstain: 'serve',
    data: { restricted: 'on-premises', internal: 'cloud' },
    certified: false,
  });
});

test('the configuration goes before the catalogue', () => {
  const [tier] = policyOf('gpt-5').tiers;
  assert.deepEqual(tier?.price, { input: 20, output: 60 });
  assert.equal(tier?.contextTokens, 1_000);
});

test('naming a model is no way around the data rules of the routes', () => {
  assert.deepEqual(policyOf('gpt-5').data, { restricted: 'on-premises', internal: 'on-premises' });
});

test('a paid signal that is read from log-probabilities is left out where a probe saw none', () => {
  const paidSignals = (logprobs: 'plain' | 'none') =>
    createResolver(config, { now: NOW, probedLogprobs: () => logprobs }).models.get('small')?.tiers[0]
      ?.paidSignals;
  assert.deepEqual(paidSignals('plain'), ['pTrue', 'verbalized']);
  assert.deepEqual(paidSignals('none'), ['verbalized']);
});

test('a probed context is used where none is configured', () => {
  const probed = createResolver(config, {
    now: NOW,
    probedContext: (upstream, model) => (upstream === 'local' && model === 'qwen3:4b' ? 4_096 : undefined),
  });
  assert.equal(probed.models.get('small')?.tiers[0]?.contextTokens, 4_096);
  assert.equal(probed.models.get('gpt-5')?.tiers[0]?.contextTokens, 1_000);
  assert.equal(probed.models.get('medium')?.tiers[0]?.contextTokens, undefined);
});

test('a configuration made by hand with a tier of no model is refused', () => {
  const broken = { ...config, routes: { auto: { ...usableRoute(), tiers: ['nothing'] } } };
  assert.throws(() => createResolver(broken, { now: NOW }), RangeError);
});

function usableRoute() {
  const route = config.routes.mini;
  assert.ok(route);
  return route;
}

test('a tier knows the parameters that it is always asked with, and those that it is never sent', () => {
  const { routes } = createResolver(
    usable(
      `${BASE.replace('qwen3:4b }', 'qwen3:4b, params: { temperature: 0 }, dropParams: [stop] }')}routes: { support: { tiers: [small, large], objective: { thresholds: [0.8] } } }\n`,
    ),
    { now: NOW },
  );
  assert.deepEqual(
    routes.get('support')?.tiers.map(({ asking }) => asking),
    [{ params: { temperature: 0 }, dropParams: ['stop'] }, undefined],
  );
});

test('a model’s longest answer belongs to how its tier is asked; without one nothing is said of it', () => {
  const text = (limit: string): string => `${BASE.replace('qwen3:4b }', `qwen3:4b${limit} }`)}routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.8] } }
`;
  const tiersOf = (limit: string) =>
    createResolver(usable(text(limit)), { now: NOW }).routes.get('auto')?.tiers ?? [];
  const [plain] = tiersOf('');
  assert.ok(plain !== undefined && !('asking' in plain), 'hashes of policies from before stay the same');
  const [limited] = tiersOf(', maxOutputTokens: 64');
  assert.deepEqual(limited?.asking, { params: {}, dropParams: [], maxOutputTokens: 64 });
  assert.notEqual(limited && askedAs(limited), askedAs({ asking: { params: {}, dropParams: [] } }));
});
