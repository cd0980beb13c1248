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
    priceReason('small', 20e6, { confidence: 0.9, gain: 0.04 }, chosen, [chosen, ask('large', 2_000_000)]),
    "The last tier's answer is expected to be better than small's by 0.040 (1 = a whole acceptable answer), worth $0.000800 here. Serving small's answer is expected to cost $0.000900, lost quality included; the cheapest alternative, asking large, $0.00200. So it is served.",
  );
});

test('an answer that is as good as the last tier’s costs nothing to serve', () => {
  const chosen = accept(-400_000);
  assert.equal(
    priceReason('small', 20e6, { confidence: 0.9, gain: -0.03 }, chosen, [chosen, ask('large', 2_000_000)]),
    "The last tier's answer is not expected to be better than small's (by −0.030; 1 = a whole acceptable answer). Serving small's answer costs nothing; the cheapest alternative, asking large, $0.00200. So it is served.",
  );
});

test('an answer that is sent on, or looked at more closely', () => {
  const belief = { confidence: 0.5, gain: 0.21 };
  const [served, on, closer] = [accept(5_000_000), ask('large', 2_000_000), paid(10_000, 1_500_000)];
  assert.equal(
    priceReason('small', 20e6, belief, on, [served, on]),
    "The last tier's answer is expected to be better than small's by 0.210 (1 = a whole acceptable answer), worth $0.00420 here. Asking large is expected to cost $0.00200. Serving small's answer would cost $0.00500, lost quality included.",
  );
  assert.equal(
    priceReason('small', 20e6, belief, closer, [served, closer, on]),
    "The last tier's answer is expected to be better than small's by 0.210 (1 = a whole acceptable answer), worth $0.00420 here. Buying the paid signals costs $0.0000100, and is expected to cost $0.00150 in all. Serving small's answer would cost $0.00500, lost quality included.",
  );
});

test('where nothing else can be done the answer is served, and where it may not be served nothing is said of that', () => {
  const chosen = accept(1);
  assert.match(
    priceReason('small', 1, { confidence: 1, gain: 0.1 }, chosen, [chosen]),
    /Nothing else can be done/,
  );
  const on = ask('large', 2_000_000);
  assert.match(
    priceReason('small', 1, { confidence: 1, gain: 0.1 }, on, [on]),
    /expected to cost \$0\.00200\.$/,
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
