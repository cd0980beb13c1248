import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResolver } from './resolve.ts';
import { BASE, problemsOf, usable, warningsAbout } from './testing.ts';

const route = (keys: string, tiers = '[small, large]'): string =>
  `${BASE}routes:\n  auto: { tiers: ${tiers}, ${keys} }\n`;

function policyOf(keys: string) {
  const policy = createResolver(usable(route(keys)), { now: new Date(0) }).routes.get('auto');
  assert.ok(policy !== undefined);
  return policy;
}

test('a last tier that fails is an error where a quality is promised or no unaccepted answer is served, unless the route says otherwise', () => {
  for (const [keys, expected] of [
    ['objective: { maxQualityLoss: 0.02 }', 'error'],
    ['objective: { maxQualityLoss: 0.02 }, onLastTierFailure: serve', undefined],
    ['objective: { thresholds: [0.5] }', undefined],
    ['objective: { budgetUsdPerRequest: 0.01 }', undefined],
    ['objective: { thresholds: [0.5] }, onLastTierFailure: error', 'error'],
    ['objective: { thresholds: [0.5] }, onAbstain: error', 'error'],
    ['objective: { thresholds: [0.5] }, onAbstain: error, onLastTierFailure: serve', undefined],
  ] as const)
    assert.equal(policyOf(keys).onLastTierFailure, expected, keys);
});

test('the old allowance still loads, and the warning says what takes its place', () => {
  const old = BASE.replace('location: on-premises }', 'location: on-premises, failureAllowancePerHour: 20 }');
  const [warning = ''] = warningsAbout(old);
  assert.match(warning, /upstreams\.local\.failureAllowancePerHour.*deprecated/);
  assert.match(warning, /at most 20 requests an hour .*`routes\.\*\.onTierFailure\.maxExtraUsdPerHour`/);
});

test('a limit that cannot be kept, or does nothing, is warned of', () => {
  const limited = 'objective: { thresholds: [0.5] }, onTierFailure: { maxExtraUsdPerHour: 1 }';
  assert.deepEqual(warningsAbout(route(limited)), []);
  assert.match(warningsAbout(route(limited, '[small, medium]')).join(), /the price of medium is not known/);
  assert.match(
    warningsAbout(route('onTierFailure: { maxExtraUsdPerHour: 1 }', '[small]')).join(),
    /auto\.onTierFailure: this has no effect: the route has one tier/,
  );
  assert.match(
    warningsAbout(route('onLastTierFailure: error', '[small]')).join(),
    /auto\.onLastTierFailure: this has no effect: the route has one tier/,
  );
  assert.match(
    problemsOf(route('objective: { thresholds: [0.5] }, onTierFailure: { maxExtraUsdPerHour: -1 }')).join(),
    /maxExtraUsdPerHour/,
  );
});

test('a model that clients may not ask leads by its name to what serves it, or to its routes', () => {
  const closed = BASE.replace('model: gpt-4.1 }', 'model: gpt-4.1, direct: false }');
  const routes = 'routes:\n  auto: { tiers: [small, large], objective: { thresholds: [0.5] }';
  const resolver = (text: string) => createResolver(usable(text), { now: new Date(0) });
  assert.deepEqual(resolver(`${closed}${routes} }\n`).resolve('large'), { suggestions: ['auto'] });
  const served = `${closed}${routes}, serves: [large] }\n`;
  assert.deepEqual(warningsAbout(served), []);
  const found = resolver(served).resolve('large');
  assert.ok('policy' in found && found.policy.route === 'auto');
});
