import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  calibrate,
  fitBeta,
  fitIsotonic,
  fitSigmoid,
  fitVennAbers,
  predictVennAbers,
} from './calibrators.ts';
import type { Calibrator } from './calibrators.ts';
import { logLoss } from '../metrics/metrics.ts';
import type { Scored } from '../metrics/metrics.ts';
import { PROPERTY, assertAllClose, assertClose, golden } from '../testing.ts';

interface Golden {
  predicted: number[];
  outcome: number[];
  weight: number[];
  sigmoid: { smooth: number[]; plain: number[] };
  beta: { outcome: number[]; parameters: number[] }[];
  queries: number[];
  isotonic: number[];
  low: number[];
  high: number[];
}
const { predicted, outcome, weight, sigmoid, beta, queries, isotonic, low, high }: Golden = JSON.parse(
  golden('calibrators'),
);
const scored = { predicted, outcome, weight };

test('Platt scaling is that of scikit-learn, smoothed and plain', () => {
  for (const [smooth, expected] of [
    [true, sigmoid.smooth],
    [false, sigmoid.plain],
  ] as const) {
    const { slope, intercept } = fitSigmoid(scored, { smooth });
    assertAllClose([slope, intercept], expected, 1e-4);
  }
});

test('beta calibration is the bounded optimum that SciPy finds, where no bound binds, one does and both do', () => {
  for (const { outcome: labels, parameters } of beta) {
    const { a, b, c } = fitBeta({ ...scored, outcome: labels });
    assertAllClose([a, b, c], parameters, 1e-4);
  }
});

test('beta calibration of the chances and outcomes of the reverse is the same one mirrored', () => {
  for (const { outcome: labels } of beta) {
    const { a, b, c } = fitBeta({ ...scored, outcome: labels });
    const mirrored = fitBeta({
      predicted: predicted.map((p) => 1 - p),
      outcome: labels.map((label) => 1 - label),
      weight,
    });
    assertAllClose([mirrored.b, mirrored.a, -mirrored.c], [a, b, c], 1e-4);
  }
});

test('isotonic regression is that of scikit-learn, between knots and outside too', () => {
  const calibrator = fitIsotonic(scored);
  assertAllClose(
    queries.map((query) => calibrate(calibrator, query)),
    isotonic,
  );
});

test('Venn–Abers is scikit-learn’s isotonic regression once more for every query and either label', () => {
  const fit = fitVennAbers(scored);
  const found = queries.map((query) => predictVennAbers(fit, query));
  assertAllClose(
    found.map((prediction) => prediction.low),
    low,
  );
  assertAllClose(
    found.map((prediction) => prediction.high),
    high,
  );
});

const none = { predicted: [], outcome: [] };
const fits: Record<string, (scored: Scored) => Calibrator> = {
  sigmoid: (rows) => fitSigmoid(rows),
  'plain sigmoid': (rows) => fitSigmoid(rows, { smooth: false, penalty: 0.01 }),
  beta: (rows) => fitBeta(rows),
  'held beta': (rows) => fitBeta(rows, { penalty: 1 }),
  isotonic: fitIsotonic,
};

const probability = fc.integer({ min: 0, max: 40 }).map((value) => value / 40);
const someRows = fc.array(
  fc.record({
    predicted: probability,
    outcome: fc.constantFrom(0, 0.5, 1),
    weight: fc.constantFrom(0, 1, 2),
  }),
  {
    maxLength: 30,
  },
);
type Rows = readonly { predicted: number; outcome: number; weight: number }[];
const columns = (rows: Rows): Scored => ({
  predicted: rows.map((row) => row.predicted),
  outcome: rows.map((row) => row.outcome),
  weight: rows.map((row) => row.weight),
});
const repeated = (rows: Rows): Rows =>
  rows.flatMap((row) => Array.from({ length: row.weight }, () => ({ ...row, weight: 1 })));
const GRID = Array.from({ length: 51 }, (_, index) => index / 50);

for (const [name, fit] of Object.entries(fits)) {
  test(`${name}: without rows it is the identity`, () => {
    const calibrator = fit(none);
    for (const at of GRID) assertClose(calibrate(calibrator, at), at, 1e-5);
  });

  test(`${name}: it stays within 0..1, never falls, and JSON keeps it`, () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const calibrator = fit(columns(rows));
        const values = GRID.map((at) => calibrate(calibrator, at));
        values.forEach((value, index) => {
          assert.ok(value >= 0 && value <= 1, `${value}`);
          assert.ok(index === 0 || value >= (values[index - 1] ?? NaN) - 1e-12, `falls at ${index}`);
        });
        const read: Calibrator = JSON.parse(JSON.stringify(calibrator));
        assert.deepEqual(
          GRID.map((at) => calibrate(read, at)),
          values,
        );
      }),
      PROPERTY,
    );
  });

  test(`${name}: the order of rows does not matter, and weight 2 is the row twice`, () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const values = (of: Rows): number[] => GRID.map((at) => calibrate(fit(columns(of)), at));
        const expected = values(rows);
        assertAllClose(values(rows.toReversed()), expected, 1e-4);
        assertAllClose(values(repeated(rows)), expected, 1e-4);
      }),
      { ...PROPERTY, numRuns: 40 },
    );
  });
}

test('on the rows it was fitted to, each calibrator has the smaller log loss, and isotonic the smallest', () => {
  const loss = (calibrator?: Calibrator): number =>
    logLoss({ ...scored, predicted: predicted.map((p) => (calibrator ? calibrate(calibrator, p) : p)) }) ??
    NaN;
  const parametric = [fitSigmoid(scored, { smooth: false }), fitBeta(scored)].map(loss);
  assert.ok(parametric.every((value) => value < loss() && value > loss(fitIsotonic(scored))));
});

test('smoothed Platt scaling keeps separated rows finite, and a few rows modest', () => {
  const separated = { predicted: [0.2, 0.3, 0.7, 0.8], outcome: [0, 0, 1, 1] };
  const { slope } = fitSigmoid(separated);
  assert.ok(slope > 0 && slope < 3, `${slope}`);
  assertClose(calibrate(fitSigmoid({ predicted: [0.9, 0.9], outcome: [1, 1] }), 0.9), 3 / 4, 1e-4);
});

test('a falling relation is levelled to the mean of the targets', () => {
  const falling = { predicted: [0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9], outcome: [1, 1, 1, 0, 0, 0, 1] };
  for (const fit of [fitIsotonic(falling), fitSigmoid(falling, { smooth: false }), fitBeta(falling)]) {
    assertClose(calibrate(fit, 0.1), 4 / 7, 1e-4);
    assertClose(calibrate(fit, 0.9), 4 / 7, 1e-4);
  }
});

test('a strong penalty leaves a probability as it is', () => {
  for (const fit of [fitSigmoid(scored, { penalty: 1e8 }), fitBeta(scored, { penalty: 1e8 })]) {
    for (const at of GRID) assertClose(calibrate(fit, at), at, 1e-4);
  }
});

test('held beta calibration is the optimum over a ≥ 0 and b ≥ 0: no small step that is allowed makes it better', () => {
  fc.assert(
    fc.property(someRows, fc.constantFrom(0.01, 0.3, 3), (rows, penalty) => {
      const cost = (a: number, b: number, c: number): number =>
        rows.reduce(
          (sum, row) => {
            const p = Math.min(1 - 1e-6, Math.max(1e-6, row.predicted));
            const z = a * Math.log(p) - b * Math.log(1 - p) + c;
            return (
              sum +
              row.weight *
                (row.outcome * Math.log1p(Math.exp(-z)) + (1 - row.outcome) * Math.log1p(Math.exp(z)))
            );
          },
          (penalty / 2) * ((a - 1) ** 2 + (b - 1) ** 2 + c ** 2),
        );
      const { a, b, c } = fitBeta(columns(rows), { penalty });
      const least = cost(a, b, c);
      for (const [da, db, dc] of [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 0],
      ] as const) {
        for (const step of [0.01, -0.01]) {
          const [toA, toB] = [a + step * da, b + step * db];
          if (toA >= 0 && toB >= 0)
            assert.ok(cost(toA, toB, c + step * dc) > least - 1e-7, `${a}, ${b}, ${c}`);
        }
      }
    }),
    { ...PROPERTY, numRuns: 300 },
  );
});

/** Isotonic regression at `query`, by the min–max formula over all intervals of the scores. */
function isotonicWith(rows: Rows, query: number, label: number): number {
  const all = [...rows, { predicted: query, outcome: label, weight: 1 }];
  const scores = [...new Set(all.map((row) => row.predicted))].toSorted((a, b) => a - b);
  const mean = (from: number, to: number): number => {
    const inside = all.filter((row) => row.predicted >= from && row.predicted <= to && row.weight > 0);
    return (
      inside.reduce((sum, row) => sum + row.weight * row.outcome, 0) /
      inside.reduce((sum, row) => sum + row.weight, 0)
    );
  };
  const starts = scores.filter((score) => score <= query);
  const ends = scores.filter((score) => score >= query);
  return Math.max(
    ...starts.map((from) =>
      Math.min(...ends.map((to) => mean(from, to)).filter((value) => !Number.isNaN(value))),
    ),
  );
}

test('Venn–Abers is isotonic regression by its min–max formula, at scores seen and between', () => {
  fc.assert(
    fc.property(
      someRows.filter((rows) => rows.length < 14),
      fc.array(probability, { minLength: 1, maxLength: 5 }),
      (rows, some) => {
        const fit = fitVennAbers(columns(rows));
        for (const query of [...some, ...rows.map((row) => row.predicted), -1, 0.0123, 2]) {
          const prediction = predictVennAbers(fit, query);
          const kept = rows.filter((row) => row.weight > 0);
          assertClose(prediction.low, isotonicWith(kept, query, 0));
          assertClose(prediction.high, isotonicWith(kept, query, 1));
        }
      },
    ),
    PROPERTY,
  );
});

test('Venn–Abers: both ends rise with the score, low is under high, and the probability lies between', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const predictions = GRID.map((at) => predictVennAbers(fitVennAbers(columns(rows)), at));
      predictions.forEach((prediction, index) => {
        const before = predictions[index - 1];
        assert.ok(prediction.low >= -1e-12 && prediction.high <= 1 && prediction.low < prediction.high);
        assert.ok(
          prediction.probability >= prediction.low - 1e-12 &&
            prediction.probability <= prediction.high + 1e-12,
        );
        assert.ok(
          !before || (prediction.low >= before.low - 1e-12 && prediction.high >= before.high - 1e-12),
        );
      });
    }),
    PROPERTY,
  );
});

test('Venn–Abers knows nothing without rows, and more the more rows there are', () => {
  assert.deepEqual(predictVennAbers(fitVennAbers(none), 0.3), { low: 0, high: 1, probability: 0.5 });
  const width = (count: number): number => {
    const at = Array.from({ length: count }, (_, index) => index / count);
    const fit = fitVennAbers({
      predicted: at,
      outcome: at.map((_, index) => Number((index * 7) % count < index)),
    });
    const { low: from, high: to } = predictVennAbers(fit, 0.5);
    return to - from;
  };
  assert.ok(width(1000) < width(100) && width(100) < width(10));
});

test('Venn–Abers on 100,000 rows is fitted within seconds, as n log n and not n² is', () => {
  const at = Array.from({ length: 100_000 }, (_, index) => ((index * 7919) % 100_003) / 100_003);
  const start = performance.now();
  fitVennAbers({
    predicted: at,
    outcome: at.map((p, index) => Number((index * 104_729) % 100_003 < p * 100_003)),
  });
  assert.ok(performance.now() - start < 5000);
});
