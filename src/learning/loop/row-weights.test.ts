import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowWeights, WEIGHTY_ROWS } from './row-weights.ts';
import { testAudits } from './testing.ts';

test('equal audits have the same weight except for their age, and sum to their effective number of labels', () => {
  const weights = rowWeights(testAudits(100), 0);
  const [oldest = NaN, next = NaN] = weights;
  assert.ok(Math.abs(oldest / next - 0.998) < 1e-9);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  assert.ok(sum > 99 && sum <= 100, String(sum));
});

test('an audit that was twice as likely to be drawn weighs half as much', () => {
  const [first = NaN, second = NaN] = rowWeights(
    testAudits(2).map((row, index) => ({ ...row, propensity: index === 0 ? 0.1 : 0.05 })),
    0,
  );
  assert.ok(Math.abs(second / first - 2 / 0.998) < 1e-9);
});

test('no audit weighs more than fifty', () => {
  const weights = rowWeights(
    testAudits(3).map((row, index) => ({ ...row, propensity: index === 2 ? 1e-6 : 1 })),
    0,
  );
  assert.ok((weights[2] ?? NaN) / (weights[1] ?? NaN) < 51);
});

test('an audit from before the epoch weighs a fifth', () => {
  const [before = NaN, after = NaN] = rowWeights(testAudits(2), 1);
  assert.ok(Math.abs(before / after - 0.2 * 0.998) < 1e-9);
});

test('no audits, no weights', () => {
  assert.equal(rowWeights([], 0).length, 0);
});

test('what is left out of fits weighs less than a thousandth of the newest', () => {
  const weights = rowWeights(testAudits(WEIGHTY_ROWS + 2), 0);
  const newest = weights.at(-1) ?? NaN;
  assert.ok((weights[1] ?? NaN) / newest > 0.99e-3 && (weights[0] ?? NaN) / newest < 1e-3);
});
