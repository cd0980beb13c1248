import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  fitPooledLogistic,
  fitPooledRidge,
  groupCoefficients,
  pooledContributions,
  pooledScore,
  pooledScoreError,
  predictPooled,
} from './hierarchical.ts';
import type { PooledRow } from './hierarchical.ts';
import { fitLogistic, logOddsError } from './logistic.ts';
import { fitRidge } from './ridge.ts';
import { sigmoid } from './sigmoid.ts';
import { PROPERTY, assertAllClose, assertClose, rowOfThree, uniformBy } from '../testing.ts';

const options = { penalty: [0.05, 0.1, 1], prior: [0.3, 0, -0.2], groupPenalty: [1, 4, Infinity] };
const NAMES = ['law', 'mathematics', '__proto__', 'rare'];

const someRows = fc.array(
  fc.record({
    ...rowOfThree,
    group: fc.constantFrom(...NAMES.slice(0, 3)),
  }),
  { maxLength: 40 },
);

/** The same model without its structure: a column for each group's intercept and first slope. */
function unfolded(rows: readonly PooledRow[]): { x: number[]; y: number; weight: number }[] {
  return rows.map(({ x, y, weight = 1, group }) => ({ x: unfold(x, group), y, weight }));
}
function unfold(x: ArrayLike<number>, group: string): number[] {
  const own = NAMES.flatMap((name) => (name === group ? [x[0] ?? NaN, x[1] ?? NaN] : [0, 0]));
  return [...Array.from(x), ...own];
}
const dense = {
  penalty: [...options.penalty, ...NAMES.flatMap(() => [1, 4])],
  prior: [...options.prior, ...NAMES.flatMap(() => [0, 0])],
};
const PROBES = [
  [1, 0, 0],
  [1, -2, 0.5],
  [1, 1.5, 2],
] as const;

test('a pooled logistic fit is the dense fit with a column for every group, standard errors included', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const pooled = fitPooledLogistic(rows, options);
      const plain = fitLogistic(unfolded(rows), dense);
      assert.ok(pooled.convergence.converged);
      assertAllClose(pooled.coefficients, plain.coefficients.slice(0, 3), 1e-7);
      for (const group of NAMES) {
        const deviations = NAMES.indexOf(group) * 2 + 3;
        const [b = NaN, a = NaN] = plain.coefficients.slice(deviations, deviations + 2);
        const own = groupCoefficients(pooled, group).map(
          (value, column) => value - (pooled.coefficients[column] ?? NaN),
        );
        assertAllClose(own, [b, a, 0], 1e-7);
        for (const x of PROBES) {
          assertClose(pooledScoreError(pooled, x, group), logOddsError(plain, unfold(x, group)), 1e-4);
        }
      }
    }),
    PROPERTY,
  );
});

test('a pooled linear fit is the dense fit with a column for every group', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const pooled = fitPooledRidge(rows, options);
      const plain = fitRidge(unfolded(rows), dense);
      for (const group of NAMES) {
        for (const x of PROBES) {
          const expected = unfold(x, group).reduce(
            (sum, value, column) => sum + value * (plain.coefficients[column] ?? NaN),
            0,
          );
          assertClose(pooledScore(pooled, x, group), expected, 1e-8);
        }
      }
    }),
    PROPERTY,
  );
});

test('the order of rows does not matter, and weight 2 is the row twice', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const scores = (of: readonly PooledRow[]): number[] => {
        const fit = fitPooledLogistic(of, options);
        return NAMES.flatMap((group) => PROBES.map((x) => pooledScore(fit, x, group)));
      };
      assertAllClose(scores(rows.toReversed()), scores(rows), 1e-7);
      const doubled = rows.map((row) => ({ ...row, weight: row.weight * 2 }));
      assertAllClose(scores(doubled), scores([...rows, ...rows]), 1e-7);
    }),
    PROPERTY,
  );
});

test('an unseen group, or none, falls back to the shared coefficients, with a wider error', () => {
  const rows = Array.from({ length: 60 }, (_, index) => ({
    x: [1, index % 5, 0],
    y: index % 2,
    group: index % 3 ? 'a' : 'b',
  }));
  const fit = fitPooledLogistic(rows, options);
  assert.equal(groupCoefficients(fit, 'new'), fit.coefficients);
  assert.equal(groupCoefficients(fit), fit.coefficients);
  for (const inherited of ['toString', 'constructor', '__proto__']) {
    assert.equal(groupCoefficients(fit, inherited), fit.coefficients);
    assert.ok(pooledScoreError(fit, [1, 2, 0], inherited) > pooledScoreError(fit, [1, 2, 0], 'a'));
  }
});

test('without rows the fit is the prior', () => {
  const fit = fitPooledLogistic([], options);
  assert.deepEqual(fit.coefficients, options.prior);
  assert.deepEqual(fit.groups, {});
  assertClose(pooledScoreError(fit, [1, 0, 0]), Math.sqrt(1 / 0.05 + 1));
});

test('a fit that has been through JSON predicts the same', () => {
  const rows = [
    { x: [1, 2, 3], y: 1, group: '__proto__' },
    { x: [1, 0, 3], y: 0, group: 'law' },
  ];
  const fit = fitPooledLogistic(rows, options);
  const read: typeof fit = JSON.parse(JSON.stringify(fit));
  for (const group of NAMES) {
    assert.equal(pooledScore(read, [1, 1, 1], group), pooledScore(fit, [1, 1, 1], group));
    assert.equal(pooledScoreError(read, [1, 1, 1], group), pooledScoreError(fit, [1, 1, 1], group));
  }
});

test('contributions sum to the score, and the probability is its logistic function', () => {
  const fit = fitPooledLogistic([{ x: [1, 2, 3], y: 1, group: 'law' }], options);
  const x = [1, 0.5, -1];
  assertClose(
    pooledContributions(fit, x, 'law').reduce((sum, value) => sum + value, 0),
    pooledScore(fit, x, 'law'),
  );
  assertClose(predictPooled(fit, x, 'law'), sigmoid(pooledScore(fit, x, 'law')));
});

test('a shared coefficient without belief that the rows do not tell is named, in whatever column', () => {
  const rows = (second: (index: number) => number): PooledRow[] =>
    Array.from({ length: 40 }, (_, index) => ({
      x: [1, second(index), index % 5],
      y: index % 2,
      group: index % 3 === 0 ? 'a' : 'b',
    }));
  const unsaid = { penalty: [0.1, 0, 0], groupPenalty: [1, Infinity, 4] };
  assert.deepEqual(
    fitPooledLogistic(
      rows(() => 0),
      unsaid,
    ).unidentified,
    [1],
  );
  assert.deepEqual(
    fitPooledLogistic(
      rows((index) => index % 7),
      unsaid,
    ).unidentified,
    [],
  );
  assert.deepEqual(
    fitPooledRidge(
      rows(() => 0),
      unsaid,
    ).unidentified,
    [1],
  );
});

test('malformed group penalties are refused', () => {
  assert.throws(() => fitPooledLogistic([], { ...options, groupPenalty: [1] }), /1 group penalties for 3/);
  assert.throws(() => fitPooledLogistic([], { ...options, groupPenalty: [0, 1, 1] }), /group penalty 0 is 0/);
  assert.throws(() => fitPooledLogistic([{ x: [1, 1, 1], y: 2, group: 'a' }], options), /a label is 2/);
});

test('where groups differ, pooling beats one fit for all and a fit for each', () => {
  const uniform = uniformBy(5);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
  const groups = Array.from({ length: 12 }, () => ({ b: normal(), a: 1 + 0.5 * normal() }));
  const draw = (count: number): PooledRow[] =>
    Array.from({ length: count }, (_, index) => {
      const z = normal();
      const { b, a } = groups[index % 12] ?? { b: 0, a: 0 };
      return { x: [1, z], y: Number(uniform() < sigmoid(b + a * z)), group: `${index % 12}` };
    });
  const [train, heldOut] = [draw(250), draw(4000)];
  const loss = (groupPenalty: number[], penalty: number[]): number => {
    const fit = fitPooledLogistic(train, { penalty, groupPenalty });
    return (
      heldOut.reduce((sum, { x, y, group }) => {
        const p = predictPooled(fit, x, group);
        return sum - Math.log(y ? p : 1 - p);
      }, 0) / heldOut.length
    );
  };
  const pooled = loss([1, 4], [1e-6, 0.05]);
  const global = loss([Infinity, Infinity], [1e-6, 0.05]);
  // Shared coefficients held at 0, each group with the plain fit's penalties.
  const separate = loss([0.05, 0.05], [1e9, 1e9]);
  assert.ok(pooled < global - 0.01 && pooled < separate - 0.01, `${pooled}, ${global}, ${separate}`);
});

test('800 rows, 14 groups and 4 features take a few milliseconds', () => {
  const uniform = uniformBy(9);
  const rows = Array.from({ length: 800 }, (_, index) => {
    const z = [uniform() * 4 - 2, uniform() * 4 - 2, uniform() - 0.5, uniform()];
    return {
      x: [1, ...z],
      y: Number(uniform() < sigmoid((z[0] ?? 0) + (index % 14) / 7 - 1)),
      group: `${index % 14}`,
    };
  });
  const fit = (): unknown =>
    fitPooledLogistic(rows, { penalty: [1e-6, 0.05, 0.05, 0.05, 0.05], groupPenalty: [1, 4, 4, 4, 4] });
  for (let warm = 0; warm < 20; warm++) fit();
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    fit();
    return performance.now() - start;
  });
  const fastest = Math.min(...times);
  assert.ok(fastest < 5, `${fastest} ms`);
});
