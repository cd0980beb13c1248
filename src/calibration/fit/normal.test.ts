import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wilsonInterval } from '../tests/interval.ts';
import { normalProbability, normalQuantile } from './normal.ts';
import { PROPERTY, assertAllClose, assertClose, golden } from '../testing.ts';

interface Golden {
  at: number[];
  quantile: number[];
  z: number[];
  probability: number[];
  wilson: { k: number; n: number; certainty: number; lower: number; upper: number }[];
}
const { at, quantile, z, probability, wilson }: Golden = JSON.parse(golden('normal'));

test('quantiles are those of SciPy, deep in the tails too', () => {
  assertAllClose(at.map(normalQuantile), quantile, 1e-13);
});

test('the quantile rises, is antisymmetric, and is infinite at the ends', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 0.5, noNaN: true }), (p) => {
      assertClose(normalQuantile(1 - p), -normalQuantile(p), 1e-6);
      assert.ok(normalQuantile(p) < normalQuantile(p * 1.01));
    }),
    PROPERTY,
  );
  assert.deepEqual([0, 1].map(normalQuantile), [-Infinity, Infinity]);
  assert.throws(() => normalQuantile(1.1), RangeError);
  assert.throws(() => normalQuantile(NaN), RangeError);
});

test('probabilities are those of SciPy, and undo the quantile', () => {
  assertAllClose(z.map(normalProbability), probability, 1e-15);
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (p) => {
      assertClose(normalProbability(normalQuantile(p)), p, 1e-14);
    }),
    PROPERTY,
  );
  assert.deepEqual([-Infinity, 0, Infinity].map(normalProbability), [0, 0.5, 1]);
  assert.ok(Number.isNaN(normalProbability(NaN)));
});

test('Wilson intervals are those of SciPy', () => {
  for (const { k, n, certainty, lower, upper } of wilson) {
    const interval = wilsonInterval(k / n, n, certainty);
    assertClose(interval.lower, lower, 1e-12);
    assertClose(interval.upper, upper, 1e-12);
  }
});

test('nothing is known without trials', () => {
  assert.deepEqual(wilsonInterval(0, 0), { lower: 0, upper: 1 });
});
