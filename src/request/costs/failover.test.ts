import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../routing/attempt.ts';
import { failing, testTier } from '../../routing/testing.ts';
import { failoversOf, NOT_PAID } from './failover.ts';

const tiers = [
  testTier('small', { price: { input: 100, output: 200 } }),
  testTier('medium'),
  testTier('large', { price: { input: 1_000, output: 2_000 } }),
];
const usage = { inputTokens: 10, outputTokens: 10, estimated: false };
const attempts = (...given: Partial<Attempt>[]): Attempt[] =>
  given.map((each, index) => ({
    callId: index,
    tier: index,
    model: 'm',
    signals: {},
    vetoes: [],
    latencyMs: 1,
    shown: false,
    ...each,
  }));
const ill = failing({ blames: 'server' });

test('what a failover costs more is the price of the same tokens, less that of the tier that failed', () => {
  assert.deepEqual(failoversOf({ tiers }, attempts(ill, { tier: 2, usage })), [
    { tier: 'small', code: 'upstream_error', to: 'large', extraNanoUsd: 27_000 },
  ]);
});

test('a tier without a price counts as free where it failed, and not at all where it answers', () => {
  assert.deepEqual(
    failoversOf({ tiers }, attempts({}, ill, { usage })).map(({ extraNanoUsd }) => extraNanoUsd),
    [30_000],
  );
  assert.deepEqual(failoversOf({ tiers }, attempts(ill, { usage })), [
    { tier: 'small', code: 'upstream_error', to: 'medium' },
  ]);
});

test('refusals, calls that were not paid, and what follows an answer are no failovers', () => {
  const refused = failing({ code: 'upstream_rejected', blames: 'request' });
  assert.deepEqual(failoversOf({ tiers }, attempts(refused, { usage })), []);
  assert.deepEqual(failoversOf({ tiers }, attempts(ill, failing({ code: NOT_PAID }))), []);
  assert.equal(failoversOf({ tiers }, attempts(ill, { usage }, { usage })).length, 1);
});
