import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { binomialLowerTail, binomialMass, binomialUpperTail, clopperPearson } from './binomial.ts';
import { PROPERTY, assertClose, golden } from '../testing.ts';

interface Golden {
  rows: { k: number; n: number; p: number; mass: number; lower: number; upper: number }[];
  intervals: { k: number; n: number; certainty: number; lower: number; upper: number }[];
}
const { rows, intervals }: Golden = JSON.parse(golden('binomial'));

/** Relative to the expected value, however small it is. */
function assertRelativelyClose(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual}, not ${expected}`);
}

test('masses and tails are those of SciPy, to their own size', () => {
  for (const { k, n, p, mass, lower, upper } of rows) {
    assertRelativelyClose(binomialMass(k, n, p), mass, 1e-10);
    assertRelativelyClose(binomialLowerTail(k, n, p), lower, 1e-10);
    assertRelativelyClose(binomialUpperTail(k, n, p), upper, 1e-10);
  }
});

test('Clopper–Pearson intervals are those of SciPy', () => {
  for (const { k, n, certainty, lower, upper } of intervals) {
    const interval = clopperPearson(k, n, certainty);
    assertClose(interval.lower, lower, 1e-12);
    assertClose(interval.upper, upper, 1e-12);
  }
});

test('nothing is known without trials, and impossible counts are refused', () => {
  assert.deepEqual(clopperPearson(0, 0, 0.9), { lower: 0, upper: 1 });
  for (const [k, n] of [
    [-1, 5],
    [6, 5],
    [0.5, 5],
    [NaN, 5],
  ] as const) {
    assert.throws(() => clopperPearson(k, n, 0.9), RangeError);
  }
});

const trial = fc
  .record({
    n: fc.integer({ min: 1, max: 400 }),
    at: between(0, 1),
    p: between(0, 1),
  })
  .map(({ n, at, p }) => ({ n, k: Math.round(at * n), p }));

test('the masses sum to the tails, and the tails to 1', () => {
  fc.assert(
    fc.property(trial, ({ k, n, p }) => {
      let sum = 0;
      for (let j = 0; j <= k; j++) sum += binomialMass(j, n, p);
      assertClose(binomialLowerTail(k, n, p), sum, 1e-11);
      assertClose(binomialLowerTail(k, n, p) + binomialUpperTail(k + 1, n, p), 1, 1e-12);
    }),
    PROPERTY,
  );
});

test('the lower tail falls with the chance, and the interval holds the share and narrows with its certainty', () => {
  fc.assert(
    fc.property(trial, ({ k, n, p }) => {
      assert.ok(binomialLowerTail(k, n, p) >= binomialLowerTail(k, n, Math.min(1, p + 0.01)) - 1e-13);
      const [wide, narrow] = [clopperPearson(k, n, 0.99), clopperPearson(k, n, 0.8)];
      assert.ok(
        wide.lower <= narrow.lower &&
          narrow.lower <= k / n &&
          k / n <= narrow.upper &&
          narrow.upper <= wide.upper,
      );
    }),
    PROPERTY,
  );
});
