import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import {
  cholesky,
  dot,
  invertCholesky,
  quadraticForm,
  robustCholesky,
  solveCholesky,
} from './linear-algebra.ts';
import { PROPERTY, assertAllClose, assertClose } from '../testing.ts';

const entry = between(-10, 10);

/** M·Mᵀ + I, which is positive definite, with a right-hand side. */
const system = fc.integer({ min: 1, max: 6 }).chain((n) =>
  fc
    .record({
      root: fc.array(entry, { minLength: n * n, maxLength: n * n }),
      b: fc.array(entry, { minLength: n, maxLength: n }),
    })
    .map(({ root, b }) => {
      const row = (i: number): number[] => root.slice(i * n, (i + 1) * n);
      const matrix = Float64Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return dot(row(i), row(j)) + (i === j ? 1 : 0);
      });
      return { n, matrix, b };
    }),
);

const times = (matrix: ArrayLike<number>, n: number, x: ArrayLike<number>): number[] =>
  Array.from({ length: n }, (_, i) => dot(Array.from(matrix).slice(i * n, (i + 1) * n), x));

test('the factor of a matrix worked out by hand', () => {
  const factor = cholesky(Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98), 3);
  assertAllClose(factor ?? [], [2, 0, 0, 6, 1, 0, -8, 5, 3]);
});

test('a solution solves the system', () => {
  fc.assert(
    fc.property(system, ({ n, matrix, b }) => {
      const x = solveCholesky(robustCholesky(matrix, n), n, b);
      assertAllClose(times(matrix, n, x), b, 1e-6);
    }),
    PROPERTY,
  );
});

test('the inverse times the matrix is the identity, and the inverse is symmetric', () => {
  fc.assert(
    fc.property(system, ({ n, matrix }) => {
      const inverse = invertCholesky(robustCholesky(matrix, n), n);
      for (let column = 0; column < n; column++) {
        const product = times(
          matrix,
          n,
          Array.from({ length: n }, (_, row) => inverse[row * n + column] ?? NaN),
        );
        product.forEach((value, row) => assertClose(value, row === column ? 1 : 0, 1e-6));
        for (let row = 0; row < n; row++)
          assertClose(inverse[row * n + column], inverse[column * n + row] ?? NaN, 1e-9);
      }
    }),
    PROPERTY,
  );
});

test('only the lower triangle is read', () => {
  const lower = cholesky(Float64Array.of(4, NaN, 2, 5), 2);
  assertAllClose(lower ?? [], [2, 0, 1, 2]);
});

test('a matrix that is not positive definite has no factor', () => {
  assert.equal(cholesky(Float64Array.of(1, 2, 2, 1), 2), undefined);
  assert.equal(cholesky(Float64Array.of(0), 1), undefined);
  assert.equal(cholesky(Float64Array.of(NaN), 1), undefined);
  assert.throws(() => robustCholesky(Float64Array.of(1, 2, 2, 1), 2), RangeError);
  assert.throws(() => robustCholesky(Float64Array.of(Infinity), 1), RangeError);
});

test('a singular matrix is factored near itself', () => {
  const factor = robustCholesky(Float64Array.of(1, 1, 1, 1), 2);
  assertAllClose(times(factor, 2, [1, 0]), [1, 1], 1e-6);
});

test('a matrix of zeros is factored too', () => {
  assert.ok(robustCholesky(Float64Array.of(0, 0, 0, 0), 2).every(Number.isFinite));
});

test('a quadratic form is the sum over both indices', () => {
  assert.equal(quadraticForm([1, 2, 2, 5], [3, -1]), 9 - 12 + 5);
});

test('a system without unknowns is handled', () => {
  assert.deepEqual(robustCholesky(new Float64Array(), 0), new Float64Array());
  assert.equal(quadraticForm([], []), 0);
});
