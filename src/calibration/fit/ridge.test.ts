import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { fitRidge, predictRidge } from './ridge.ts';
import { PROPERTY, assertAllClose, assertClose, golden } from '../testing.ts';

interface Golden {
  x: number[][];
  y: number[];
  weight: number[];
  penalty: number[];
  prior: number[];
  beta: number[];
}

test('coefficients are those of NumPy least squares on the rows with the penalties as further rows', () => {
  const { x, y, weight, penalty, prior, beta }: Golden = JSON.parse(golden('ridge'));
  const rows = x.map((features, index) => ({
    x: features,
    y: y[index] ?? NaN,
    weight: weight[index] ?? NaN,
  }));
  const fit = fitRidge(rows, { penalty, prior });
  assertAllClose(fit.coefficients, beta, 1e-8);
  assert.deepEqual(fit.unidentified, []);
});

test('an unpenalised intercept alone is the weighted mean', () => {
  const rows = [
    { x: [1], y: 3 },
    { x: [1], y: 6, weight: 2 },
  ];
  const fit = fitRidge(rows, { penalty: [0] });
  assertClose(predictRidge(fit, [1]), 5, 1e-8);
});

test('a mean worth 20 rows draws a group to it', () => {
  const rows = [{ x: [1], y: 2, weight: 1 }];
  assertClose(fitRidge(rows, { penalty: [20], prior: [1] }).coefficients[0], (2 + 20 * 1) / 21);
});

test('without rows the fit is the prior', () => {
  assert.deepEqual(fitRidge([], { penalty: [0, 3], prior: [1, 2] }), {
    coefficients: [1, 2],
    unidentified: [0],
  });
});

test('what the rows do not tell stays at the prior, and is said', () => {
  const fit = fitRidge([{ x: [1, 0], y: 5 }], { penalty: [0, 0], prior: [0, 7] });
  assertAllClose(fit.coefficients, [5, 7], 1e-8);
  assert.deepEqual(fit.unidentified, [1]);
});

test('malformed rows are refused', () => {
  assert.throws(() => fitRidge([{ x: [1], y: Infinity }], { penalty: [1] }), /row 0: the label is Infinity/);
  assert.throws(() => fitRidge([{ x: [], y: 1 }], { penalty: [1] }), /row 0 has 0 features, not 1/);
});

const rows = fc.array(
  fc.record({
    x: fc.tuple(fc.constant(1), between(-3, 3)),
    y: between(-9, 9),
    weight: fc.constantFrom(0, 1, 2),
  }),
  { maxLength: 25 },
);

test('the order of rows does not matter, and weight 2 is the row twice', () => {
  fc.assert(
    fc.property(rows, (some) => {
      const options = { penalty: [0.1, 2], prior: [1, 0] };
      const { coefficients } = fitRidge(some, options);
      assertAllClose(fitRidge(some.toReversed(), options).coefficients, coefficients, 1e-9);
      const repeated = some.flatMap((row) =>
        Array.from({ length: row.weight }, () => ({ ...row, weight: 1 })),
      );
      assertAllClose(fitRidge(repeated, options).coefficients, coefficients, 1e-9);
    }),
    PROPERTY,
  );
});
