import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../test/numbers.ts';
import { auditRatesOf, closenessOf, coinOf, planAudit, type AuditRates } from './audit-plan.ts';
import { createCoins } from './coins.ts';
import type { Judgement } from './judgement.ts';
import type { Policy } from './policy.ts';
import { handMade } from './testing.ts';

/** Ids as the gateway makes them, a different one for each number: only the last 48 bits make `u`. */
const idOf = (number: number): string =>
  `0197b0c0-0000-7000-8000-${number.toString(16).padStart(12, '0').slice(-12)}`;
const uOf = (id: string): number => Number.parseInt(id.slice(-12), 16) / 2 ** 48;

/** Ids whose `u` are spread evenly over [0, 1). */
const ids = Array.from({ length: 20_000 }, (_, index) => idOf(Math.floor((index * 2 ** 48) / 20_000)));

const toss = createCoins('a secret of these tests');

const rates = fc.record({
  certification: between(0.02, 1),
  close: between(0, 1),
});
const closeness = between(0, 1);

/** Five standard deviations of a share of so many. */
const slack = (share: number, count: number): number => 5 * Math.sqrt((share * (1 - share)) / count);
const share = (found: number): number => found / ids.length;

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const sum = (of: (x: number, y: number) => number): number =>
    xs.reduce((total, x, index) => total + of(x - mx, (ys[index] ?? 0) - my), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

test('a coin is the same for ever, and another one for another purpose or request', () => {
  assert.equal(coinOf('certification', idOf(1)), 0x332701785d89 / 2 ** 48);
  fc.assert(
    fc.property(fc.uuid({ version: 7 }), fc.uuid({ version: 7 }), (one, other) => {
      fc.pre(one !== other);
      assert.equal(coinOf('learning', one), coinOf('learning', one));
      assert.notEqual(coinOf('learning', one), coinOf('certification', one));
      assert.notEqual(coinOf('learning', one), coinOf('learning', other));
    }),
  );
});

test('coins are uniform, and independent of `u` and of each other', () => {
  const coins = ['certification', 'learning'].map((purpose) => ids.map((id) => coinOf(purpose, id)));
  for (const coin of coins) {
    for (const limit of [0.02, 0.25, 0.5, 0.9])
      assert.ok(Math.abs(share(coin.filter((x) => x < limit).length) - limit) < slack(limit, ids.length));
    assert.ok(Math.abs(correlation(coin, ids.map(uOf))) < 5 / Math.sqrt(ids.length));
  }
  assert.ok(Math.abs(correlation(coins[0] ?? [], coins[1] ?? [])) < 5 / Math.sqrt(ids.length));
});

test('whether a request is audited depends on its id, the rates and the closeness alone', () => {
  fc.assert(
    fc.property(fc.uuid({ version: 7 }), rates, closeness, (id, given, close) => {
      assert.deepEqual(planAudit(toss(id), given, close), planAudit(toss(id), { ...given }, close));
    }),
  );
});

test('a certification audit does not depend on how close the decision was', () => {
  fc.assert(
    fc.property(fc.uuid({ version: 7 }), rates, closeness, closeness, (id, given, one, other) => {
      const certifies = (close: number): boolean =>
        planAudit(toss(id), given, close).kind === 'certification';
      assert.equal(certifies(one), certifies(other));
    }),
  );
});

test('of many requests as many are audited as the propensity says, and as many certify as the rate says', () => {
  const settings: [AuditRates, number][] = [
    [{ certification: 0.02, close: 0 }, 0],
    [{ certification: 0.05, close: 0.1 }, 1],
    [{ certification: 0.25, close: 0.8 }, 0.5],
    [{ certification: 0.6, close: 1 }, 0.9],
  ];
  for (const [given, close] of settings) {
    const plans = ids.map((id) => planAudit(toss(id), given, close));
    const { propensity = 0 } = plans[0] ?? {};
    const audited = share(plans.filter(({ kind }) => kind !== undefined).length);
    const certify = share(plans.filter(({ kind }) => kind === 'certification').length);
    assert.ok(
      plans.every((plan) => plan.propensity === propensity),
      'whichever coin fell',
    );
    assert.ok(Math.abs(audited - propensity) < slack(propensity, ids.length), `${audited} of ${propensity}`);
    assert.ok(Math.abs(certify - given.certification) < slack(given.certification, ids.length));
  }
});

test('the propensity lies between the greater of the two rates and their sum', () => {
  fc.assert(
    fc.property(fc.uuid({ version: 7 }), rates, closeness, (id, given, close) => {
      const learning = Math.max(0.01, given.close * close);
      const { propensity } = planAudit(toss(id), given, close);
      assert.ok(propensity >= Math.max(given.certification, learning) - 1e-12);
      assert.ok(propensity <= Math.min(1, given.certification + learning) + 1e-12);
    }),
  );
});

test('at a rate of 1 every request certifies', () => {
  const plans = ids.slice(0, 100).map((id) => planAudit(toss(id), { certification: 1, close: 1 }, 0.3));
  assert.ok(plans.every(({ kind, propensity }) => kind === 'certification' && propensity === 1));
});

const { rule } = handMade({ tiers: { small: 1_000, large: 200_000 }, signal: 'meanLogprob' });
const policy: Pick<Policy, 'rule' | 'tiers'> = {
  rule,
  tiers: ['small', 'large'].map((name) => ({ name, model: name, upstream: 'x', location: 'cloud' })),
};

/** What was weighed of a call: the expected costs of its actions, in US dollars. */
const weighed = (callId: number, ...costs: number[]): Judgement => ({
  tier: 'small',
  callId,
  action: 'accept',
  actions: costs.map((expectedCostUsd, index) => ({ action: `action ${index}`, expectedCostUsd })),
  reason: '',
});

test('a decision is close where its best two actions cost nearly the same, in costs of the last tier', () => {
  const at = (...costs: number[]): number => closenessOf(policy, 'auto', [weighed(0, ...costs)], 0);
  assert.equal(at(0.0003, 0.0003), 1);
  assert.ok(Math.abs(at(0.0003, 0.0005) - Math.exp(-1)) < 1e-12, 'one cost of the last tier is .0002');
  assert.equal(at(0.0005, 0.0003), at(0.0003, 0.0005), 'in whatever order they stand');
  assert.equal(at(0.0003, 0.0003, 0.9), 1, 'the third does not matter');
  assert.ok(at(-0.0001, 0.0005) < at(0.0003, 0.0005), 'what is expected to cost less than nothing counts');
});

test('the judgement of the answer that was served counts, else what was weighed last', () => {
  const judgements = [weighed(0, 0.0003, 0.0003), weighed(1, 0, 0.001)];
  assert.equal(closenessOf(policy, 'auto', judgements, 0), 1);
  assert.ok(Math.abs(closenessOf(policy, 'auto', judgements, 1) - Math.exp(-5)) < 1e-12);
  assert.equal(
    closenessOf(policy, 'auto', judgements.slice(0, 1), 7),
    1,
    'the last tier’s answer is not weighed',
  );
});

test('an answer that was weighed twice, without and with its paid signals, counts as it was weighed last', () => {
  const judgements = [weighed(0, 0.0003, 0.0003), weighed(0, 0, 0.001), weighed(1, 0, 0)];
  assert.ok(Math.abs(closenessOf(policy, 'auto', judgements, 0) - Math.exp(-5)) < 1e-12);
});

test('a judgement that weighed nothing, or left no choice, does not hide the one before', () => {
  const unweighed: Judgement = { tier: 'large', callId: 1, action: 'accept', reason: '' };
  const judgements = [weighed(0, 0.0003, 0.0003), unweighed, weighed(2, 0.1)];
  for (const served of [1, 2]) assert.equal(closenessOf(policy, 'auto', judgements, served), 1);
});

test('where nothing was weighed, no decision is close', () => {
  assert.equal(closenessOf(policy, 'auto', [], undefined), 0);
  assert.equal(closenessOf(policy, 'auto', [weighed(0, 0.1)], 0), 0, 'only one thing could be done');
  const thresholds: Policy['rule'] = {
    kind: 'thresholds',
    thresholds: [0.8],
    withoutConfidence: 'escalate',
  };
  assert.equal(closenessOf({ ...policy, rule: thresholds }, 'auto', [weighed(0, 1, 1)], 0), 0);
});

test('where the last tier costs nothing, or nobody knows what it costs in the group, no decision is close', () => {
  const closeAt = (large: { elsewhere?: number }): number => {
    const askCost = { ...rule.askCost, large: { groups: { maths: 200_000 }, ...large } };
    return closenessOf({ ...policy, rule: { ...rule, askCost } }, 'auto', [weighed(0, 0.1, 0.1)], 0);
  };
  assert.equal(closeAt({ elsewhere: 0.5 }), 1);
  assert.equal(closeAt({ elsewhere: 0 }), 0);
  assert.equal(closeAt({}), 0);
});

test('more is audited until the first policy is found, and after a change', () => {
  const settings = { auditRate: 0.05, startRate: 0.25, closeRate: 0.1 };
  assert.deepEqual(auditRatesOf(settings, 'usual'), { certification: 0.05, close: 0.1 });
  assert.deepEqual(auditRatesOf(settings, 'start'), { certification: 0.25, close: 0.1 });
  assert.deepEqual(auditRatesOf(settings, 'raised'), { certification: 0.2, close: 0.1 });
  const most = { ...settings, auditRate: 0.5 };
  assert.deepEqual(auditRatesOf(most, 'raised'), { certification: 1, close: 0.1 }, 'at most all');
});
