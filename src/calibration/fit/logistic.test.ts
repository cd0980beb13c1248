import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logisticContributions, fitLogistic, logOdds, logOddsError, predictLogistic } from './logistic.ts';
import type { FitRow } from './design-rows.ts';
import { sigmoid } from './sigmoid.ts';
import { PROPERTY, assertAllClose, assertClose, golden, rowOfThree } from '../testing.ts';

interface Golden {
  x: number[][];
  weight: number[];
  cases: {
    by: string;
    y: number[];
    penalty: number[];
    prior: number[];
    beta: number[];
    tolerance: number;
    covariance: number[];
  }[];
}

const { x, weight, cases }: Golden = JSON.parse(golden('logistic'));

for (const { by, y, penalty, prior, beta, tolerance, covariance } of cases) {
  test(`coefficients and covariance are those of ${by}`, () => {
    const rows = x.map((features, index) => ({
      x: features,
      y: y[index] ?? NaN,
      weight: weight[index] ?? NaN,
    }));
    const fit = fitLogistic(rows, { penalty, prior });
    assert.equal(fit.convergence.converged, true);
    assert.deepEqual(fit.unidentified, []);
    assertAllClose(fit.coefficients, beta, tolerance);
    assertAllClose(fit.covariance, covariance, tolerance * 10);
  });
}

const ones = (labels: readonly number[]): FitRow[] => labels.map((y) => ({ x: [1], y }));

test('an unpenalised intercept alone is the log-odds of the mean label', () => {
  const fit = fitLogistic(ones([1, 1, 1, 0]), { penalty: [0] });
  assertClose(fit.coefficients[0], Math.log(3), 1e-7);
  assertClose(fit.covariance[0], 1 / (4 * 0.75 * 0.25), 1e-5);
});

test('without rows the fit is the prior, and its covariance the inverse penalty', () => {
  const fit = fitLogistic([], { penalty: [2, 0.5], prior: [1, -3] });
  assert.deepEqual(fit.coefficients, [1, -3]);
  assertAllClose(fit.covariance, [0.5, 0, 0, 2]);
  assert.deepEqual(fit.convergence, { iterations: 0, excess: 0, converged: true });
});

test('rows of weight 0 say nothing', () => {
  const fit = fitLogistic([{ x: [1], y: 1, weight: 0 }], { penalty: [1], prior: [0.3] });
  assert.deepEqual(fit.coefficients, [0.3]);
});

test('labels that are all alike give what the penalty allows', () => {
  for (const label of [0, 1]) {
    const fit = fitLogistic(ones(Array(50).fill(label)), { penalty: [1] });
    assert.ok(fit.convergence.converged);
    const [intercept = NaN] = fit.coefficients;
    // The gradient vanishes: Σ(σ(b) − y) + b = 0.
    assertClose(50 * (sigmoid(intercept) - label) + intercept, 0, 1e-4);
    assert.deepEqual(fit.unidentified, []);
  }
});

test('labels that are all alike under no penalty stay finite, and the coefficient is called unidentified', () => {
  const fit = fitLogistic(ones(Array(50).fill(1)), { penalty: [0] });
  assert.ok(Number.isFinite(fit.coefficients[0]) && (fit.coefficients[0] ?? 0) > 10);
  assert.deepEqual(fit.unidentified, [0]);
});

test('separated labels stay finite, with a penalty and without', () => {
  const rows = [-3, -2, -1, 1, 2, 3].map((value) => ({ x: [1, value], y: value > 0 ? 1 : 0 }));
  const ridge = fitLogistic(rows, { penalty: [0, 1] });
  assert.ok(ridge.convergence.converged);
  assertClose(ridge.coefficients[0], 0, 1e-6);
  assert.deepEqual(ridge.unidentified, []);
  const free = fitLogistic(rows, { penalty: [0, 0] });
  assert.ok(free.coefficients.every(Number.isFinite));
  assert.ok(free.unidentified.includes(1));
  assert.ok(predictLogistic(free, [1, 1]) > 0.99 && predictLogistic(free, [1, -1]) < 0.01);
});

test('a column of zeros keeps its prior', () => {
  const rows = [0, 1, 1].map((y) => ({ x: [1, 0], y }));
  const fit = fitLogistic(rows, { penalty: [0, 0], prior: [0, 0.7] });
  assertClose(fit.coefficients[1], 0.7);
  assert.deepEqual(fit.unidentified, [1]);
});

test('a constant column beside the intercept shares its weight', () => {
  const fit = fitLogistic(
    [0, 1, 1].map((y) => ({ x: [1, 1], y })),
    { penalty: [0, 0] },
  );
  assertClose((fit.coefficients[0] ?? NaN) + (fit.coefficients[1] ?? NaN), Math.log(2), 1e-6);
  assert.deepEqual(fit.unidentified, [0, 1]);
});

test('a far-off start and features of very different size converge', () => {
  const rows = x.map((features, index) => ({
    x: features.map((value, j) => value * 10 ** (3 * j)),
    y: cases[0]?.y[index] ?? NaN,
  }));
  const fit = fitLogistic(rows, { penalty: [1e-3, 1e-3, 1e-3, 1e-3], prior: [30, -4, 0.001, 0] });
  assert.ok(fit.convergence.converged, JSON.stringify(fit.convergence));
});

test('a strong prior keeps the fit near it, a weak one lets the rows speak', () => {
  const rows = ones([0, 0, 0, 0]);
  assertClose(fitLogistic(rows, { penalty: [1e6], prior: [2] }).coefficients[0], 2, 1e-4);
  assert.ok((fitLogistic(rows, { penalty: [0.01], prior: [2] }).coefficients[0] ?? NaN) < -2);
});

test('contributions sum to the log-odds', () => {
  const fit = { coefficients: [0.5, -2, 3] };
  assert.deepEqual(logisticContributions(fit, [1, 0.25, 2]), [0.5, -0.5, 6]);
  assert.equal(logOdds(fit, [1, 0.25, 2]), 6);
  assert.equal(predictLogistic(fit, [1, 0.25, 2]), sigmoid(6));
});

test('the standard error of the log-odds is that of the mean for an intercept alone', () => {
  const fit = fitLogistic(ones([1, 0, 1, 0]), { penalty: [0] });
  assertClose(logOddsError(fit, [1]), 1, 1e-7);
});

test('malformed rows and options are refused by name', () => {
  const fit = (row: FitRow) => () => fitLogistic([row], { penalty: [1, 1] });
  assert.throws(fit({ x: [1], y: 1 }), /row 0 has 1 features, not 2/);
  assert.throws(fit({ x: [1, NaN], y: 1 }), /row 0: feature 1 is NaN/);
  assert.throws(fit({ x: [1, 1], y: 1.5 }), /a label is 1.5/);
  assert.throws(fit({ x: [1, 1], y: NaN }), /row 0: the label is NaN/);
  assert.throws(fit({ x: [1, 1], y: 1, weight: -1 }), /row 0: the weight is -1/);
  assert.throws(() => fitLogistic([], { penalty: [-1] }), /penalty 0 is -1/);
  assert.throws(() => fitLogistic([], { penalty: [1], prior: [NaN] }), /prior mean 0 is NaN/);
  assert.throws(() => fitLogistic([], { penalty: [1], prior: [] }), /0 prior means for 1 penalties/);
});

const rowsOfThree = fc.array(
  fc.record({
    ...rowOfThree,
  }),
  { maxLength: 25 },
);
const options = { penalty: [0.1, 1, 3], prior: [0.2, -0.5, 0] };

test('the order of rows does not matter', () => {
  fc.assert(
    fc.property(rowsOfThree, (rows) => {
      assertAllClose(
        fitLogistic(rows.toReversed(), options).coefficients,
        fitLogistic(rows, options).coefficients,
        1e-6,
      );
    }),
    PROPERTY,
  );
});

test('weight 2 is the row twice', () => {
  fc.assert(
    fc.property(rowsOfThree, (rows) => {
      const doubled = rows.map((row) => ({ ...row, weight: row.weight * 2 }));
      assertAllClose(
        fitLogistic(doubled, options).coefficients,
        fitLogistic([...rows, ...rows], options).coefficients,
        1e-6,
      );
    }),
    PROPERTY,
  );
});

test('the gradient vanishes at the fit, and turning the labels round turns it round', () => {
  fc.assert(
    fc.property(rowsOfThree, (rows) => {
      const fit = fitLogistic(rows, options);
      assert.ok(fit.convergence.converged);
      options.penalty.forEach((penalty, column) => {
        const pull = penalty * ((fit.coefficients[column] ?? NaN) - (options.prior[column] ?? NaN));
        const gradient = rows.reduce(
          (sum, row) => sum + row.weight * (predictLogistic(fit, row.x) - row.y) * (row.x[column] ?? NaN),
          pull,
        );
        assertClose(gradient, 0, 1e-3);
      });
      const turned = fitLogistic(
        rows.map((row) => ({ ...row, y: 1 - row.y })),
        { penalty: options.penalty, prior: options.prior.map((mean) => -mean) },
      );
      assertAllClose(
        turned.coefficients,
        fit.coefficients.map((coefficient) => -coefficient),
        1e-5,
      );
    }),
    PROPERTY,
  );
});
