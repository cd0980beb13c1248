import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binomialLowerTail } from './binomial.ts';
import { mostLost } from './most-lost.ts';
import { isNonInferior } from './non-inferiority.ts';

test('one more lost answer fails the test, and so few pass it that a binomial tail allows them', () => {
  for (const [pairs, maxLoss] of [
    [300, 0.05],
    [1_000, 0.02],
  ] as const) {
    const hypothesis = { maxLoss, level: 0.1 };
    const most = mostLost(pairs, hypothesis);
    assert.equal(isNonInferior({ worse: most, better: 0, pairs }, hypothesis), true);
    assert.equal(isNonInferior({ worse: most + 1, better: 0, pairs }, hypothesis), false);
    assert.ok(binomialLowerTail(most, pairs, maxLoss) <= 0.1);
  }
});

test('with too few pairs nothing passes', () => {
  assert.equal(mostLost(20, { maxLoss: 0.02, level: 0.1 }), -1);
});
