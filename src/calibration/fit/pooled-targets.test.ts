import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { fitPooledRidge, type PooledPrior } from './hierarchical.ts';
import { createPooledRidge } from './pooled-targets.ts';
import { PROPERTY, assertAllClose } from '../testing.ts';

const options: PooledPrior = {
  penalty: [1e-3, 0.5, 2],
  prior: [0.4, 0, -1],
  groupPenalty: [1.5, 4.5, Infinity],
};
const number = between(-5, 5);
const someRows = fc.array(
  fc.record({
    x: fc.tuple(fc.constant(1), number, number),
    weight: fc.constantFrom(0, 0.5, 1, 3),
    // Most rows share a group; 'alone' often has one row, and '__proto__' must be a name like any other.
    group: fc.constantFrom('a', 'a', 'a', 'b', 'b', '__proto__', 'alone'),
  }),
  { minLength: 1, maxLength: 40 },
);

test('fitting one label after another gives what fitting each alone does', () => {
  fc.assert(
    fc.property(someRows, fc.infiniteStream(number), (rows, numbers) => {
      const solve = createPooledRidge(rows, options);
      for (let times = 0; times < 4; times++) {
        const labels = Float64Array.from(rows, () => numbers.next().value ?? 0);
        const fitted = solve(labels);
        const alone = fitPooledRidge(
          rows.map((row, index) => ({ ...row, y: labels[index] ?? NaN })),
          options,
        );
        assertAllClose(fitted.shared, alone.coefficients, 1e-9);
        assert.deepEqual(Object.keys(fitted.groups), Object.keys(alone.groups));
        for (const [group, { deviations }] of Object.entries(alone.groups))
          assertAllClose(
            Object.getOwnPropertyDescriptor(fitted.groups, group)?.value as number[],
            deviations,
            1e-9,
          );
      }
    }),
    PROPERTY,
  );
});

test('one fit does not change the next', () => {
  const rows = [-1, 0, 1, 2].map((value) => ({ x: [1, value, value * value], group: value > 0 ? 'b' : 'a' }));
  const solve = createPooledRidge(rows, options);
  const first = solve(Float64Array.of(1, 2, 3, 4));
  solve(Float64Array.of(-9, 100, 0, 1));
  assert.deepEqual(solve(Float64Array.of(1, 2, 3, 4)), first);
});

test('coefficients are linear in the labels where the prior is 0', () => {
  const rows = [-2, -1, 0, 1, 3].map((value, row) => ({ x: [1, value], group: row % 2 === 0 ? 'a' : 'b' }));
  const solve = createPooledRidge(rows, { penalty: [0.1, 1], groupPenalty: [1, 2] });
  const labels = Float64Array.of(3, -1, 4, 1, 5);
  const [once, tenfold] = [solve(labels), solve(labels.map((label) => 10 * label))];
  assertAllClose(
    tenfold.shared,
    once.shared.map((value) => 10 * value),
    1e-12,
  );
});

test('without rows there is the prior, and no group', () => {
  const { shared, groups } = createPooledRidge([], options)(new Float64Array());
  assertAllClose(shared, [0.4, 0, -1]);
  assert.deepEqual(groups, {});
});

test('malformed rows are named', () => {
  assert.throws(
    () => createPooledRidge([{ x: [1, NaN, 0], group: 'a' }], options),
    /row 0: feature 1 is NaN/,
  );
  assert.throws(() => createPooledRidge([{ x: [1, 2], group: 'a' }], options), /row 0 has 2 features, not 3/);
});
