import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nanoDollars } from '../../format/money.ts';
import { shortProbability } from '../../format/probability.ts';
import type { WeighedAction } from './price-rule.ts';
import { actionName, entryReason, priceReason } from './price-reasons.ts';
import { lastRule } from './last.ts';
import type { Objective } from './objective.ts';

const accept = (expectedCost: number): WeighedAction => ({
  action: { do: 'accept' },
  callCost: 0,
  expectedCost,
});
const ask = (tier: string, expectedCost: number): WeighedAction => ({
  action: { do: 'ask', tier },
  callCost: expectedCost,
  expectedCost,
});
const paid = (callCost: number, expectedCost: number): WeighedAction => ({
  action: { do: 'paid' },
  callCost,
  expectedCost,
});

const TIERS = { tier: 'small', last: 'large' };

test('money is written with three digits, never with an exponent', () => {
  assert.deepEqual([0, 1, 1_234, 4_200_000, 1e9, 1.5e12, -2_000_000].map(nanoDollars), [
    '$0.00',
    '$0.00000000100',
    '$0.00000123',
    '$0.00420',
    '$1.00',
    '$1,500.00',
    '−$0.00200',
  ]);
});

test('a share has three digits, and what is not certain is not written as 1', () => {
  assert.deepEqual([0.2104, 0, 1, 0.9999, -0.05, -1].map(shortProbability), [
    '0.210',
    '0.000',
    '1.000',
    '> 0.999',
    '−0.050',
    '−1.000',
  ]);
});

test('actions have a name', () => {
  assert.deepEqual([accept(1), ask('large', 1), paid(1, 2)].map(actionName), [
    'accept',
    'ask large',
    'buy the paid signals',
  ]);
});

test('an answer that is served: what the last tier would add, and what going on would cost', () => {
  const chosen = accept(900_000);
  assert.equal(
    priceReason(TIERS, 20e6, { confidence: 0.9, gain: 0.04 }, chosen, [chosen, ask('large', 2_000_000)]),
    "large would be right in 4 of 100 such cases more than small, worth $0.000800 here; asking it costs $0.00200. So small's answer is served: that is expected to cost $0.000900, lost quality included; the cheapest alternative, asking large, $0.00200.",
  );
});

test('an answer that is as good as the last tier’s costs nothing to serve', () => {
  const chosen = accept(-400_000);
  assert.equal(
    priceReason(TIERS, 20e6, { confidence: 0.9, gain: -0.03 }, chosen, [chosen, ask('large', 2_000_000)]),
    "large would be right in 3 of 100 such cases fewer than small; asking it costs $0.00200. So small's answer is served: that costs nothing; the cheapest alternative, asking large, $0.00200.",
  );
});

test('an answer that is sent on, or looked at more closely', () => {
  const belief = { confidence: 0.5, gain: 0.21 };
  const [served, on, closer] = [accept(5_000_000), ask('large', 2_000_000), paid(10_000, 1_500_000)];
  assert.equal(
    priceReason(TIERS, 20e6, belief, on, [served, on]),
    "large would be right in 21 of 100 such cases more than small, worth $0.00420 here; asking it costs $0.00200. So large is asked: $0.00200 is expected in all. Serving small's answer would cost $0.00500, lost quality included.",
  );
  assert.equal(
    priceReason(TIERS, 20e6, belief, closer, [served, closer, on]),
    "large would be right in 21 of 100 such cases more than small, worth $0.00420 here; asking it costs $0.00200. So the paid signals are bought: they cost $0.0000100, and $0.00150 is expected in all. Serving small's answer would cost $0.00500, lost quality included.",
  );
});

test('a doubtful answer that is served says first what was weighed', () => {
  const chosen = accept(1_000_000);
  assert.match(
    priceReason(TIERS, 2e6, { confidence: 0.49, gain: 0.51 }, chosen, [chosen, ask('large', 2_000_000)]),
    /^large would be right in 51 of 100 such cases more than small, worth \$0\.00102 here; asking it costs \$0\.00200\. So small's answer is served/,
  );
});

test('a gain that the confidence leaves no room for is said to be unlike the fit; small gains have their scale', () => {
  const on = ask('large', 2_000_000);
  const said = (confidence: number, gain: number): string =>
    priceReason(TIERS, 20e6, { confidence, gain }, on, [on]);
  assert.match(
    said(0.9992, 0.419),
    /in 42 of 100 .*\(That is more than a confidence of 0\.999 leaves room for: this request is unlike those/,
  );
  assert.doesNotMatch(said(0.6, 0.405), /leaves room/);
  assert.match(said(0.9, 0.0042), /in 4 of 1,000 such cases more/);
  assert.match(said(0.9, 0.00001), /in fewer than 1 of 10,000 such cases more/);
  assert.match(said(0.9, 0), /^large would be right as often as small; asking it costs \$0\.00200\./);
});

test('where nothing else can be done the answer is served, and where it may not be served nothing is said of that', () => {
  const chosen = accept(1);
  assert.match(
    priceReason(TIERS, 1, { confidence: 0.9, gain: 0.1 }, chosen, [chosen]),
    /Nothing else can be done/,
  );
  const on = ask('large', 2_000_000);
  assert.match(
    priceReason(TIERS, 1, { confidence: 0.9, gain: 0.1 }, on, [on]),
    /\$0\.00200 is expected in all\.$/,
  );
});

test('why a tier is asked first', () => {
  const [small, large] = [ask('small', 300_000), ask('large', 2_000_000)];
  assert.equal(
    entryReason(small, [small, large]),
    'Before anything is asked, small is the cheapest first tier: $0.000300 expected in all, lost quality included, against $0.00200 if large is asked first.',
  );
  assert.equal(entryReason(large, [large]), 'large is the only tier that may be asked.');
});

test('what a route lacks is named by its objective', () => {
  const reason = (objective: Objective): string | undefined =>
    lastRule.finalReason?.({ kind: 'last', objective }, 'large');
  assert.equal(
    reason({ maxQualityLoss: 0.02, certainty: 0.9 }),
    'large answers everything: no certified version of the promised quality (at most 2 % lost) is in force.',
  );
  assert.match(reason({ budgetUsdPerRequest: 0.001 }) ?? '', /budget of \$0\.001 a request/);
  assert.match(reason({ valueOfGoodAnswerUsd: 0.05 }) ?? '', /worth \$0\.05/);
});
