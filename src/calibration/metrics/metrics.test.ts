import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  auroc,
  aurocDifference,
  brierScore,
  calibrationError,
  debiasedCalibrationError,
  equalMassBins,
  logLoss,
  reliabilityCurve,
  riskCoverage,
} from './metrics.ts';
import type { Scored } from './metrics.ts';
import { createRandom, shuffled } from '../fit/random.ts';
import { PROPERTY, assertClose, golden, uniformBy } from '../testing.ts';

interface Golden {
  predicted: number[];
  other: number[];
  outcome: number[];
  weight: number[];
  brier: number;
  logLoss: number;
  auroc: number;
  aurocUnweighted: number;
  riskCoverageArea: number;
  bins: { predicted: number[]; outcome: number[]; count: number; ece: number; debiased: number };
}
const expected: Golden = JSON.parse(golden('metrics'));
const { predicted, other, outcome, weight, bins } = expected;

test('Brier score, log loss and AUROC are those of scikit-learn, weights and ties included', () => {
  assertClose(brierScore({ predicted, outcome, weight }), expected.brier, 1e-12);
  assertClose(logLoss({ predicted, outcome, weight }), expected.logLoss, 1e-12);
  assertClose(auroc({ predicted, outcome, weight }), expected.auroc, 1e-12);
  assertClose(auroc({ predicted, outcome }), expected.aurocUnweighted, 1e-12);
});

test('calibration errors over 14 bins of 8 are those of NumPy', () => {
  assertClose(calibrationError(bins, bins.count), bins.ece, 1e-12);
  assertClose(debiasedCalibrationError(bins, bins.count), bins.debiased, 1e-12);
});

test('the area under risk over coverage is that of a numerical integral', () => {
  assertClose(riskCoverage({ predicted, outcome }).area, expected.riskCoverageArea, 1e-5);
});

test('values worked out by hand', () => {
  const scored = { predicted: [0.9, 0.6, 0.6, 0.1], outcome: [1, 1, 0, 0] };
  assertClose(brierScore(scored), (0.01 + 0.16 + 0.36 + 0.01) / 4);
  assertClose(auroc(scored), 3.5 / 4);
  assert.deepEqual(riskCoverage(scored).points, [
    { threshold: 0.9, coverage: 0.25, risk: 0 },
    { threshold: 0.6, coverage: 0.75, risk: 1 / 3 },
    { threshold: 0.1, coverage: 1, risk: 0.5 },
  ]);
});

test('a sure prediction that is wrong costs the floor, not infinity', () => {
  assertClose(logLoss({ predicted: [1], outcome: [0] }), -Math.log(1e-6), 1e-9);
  assertClose(logLoss({ predicted: [1], outcome: [0] }, 1e-3), -Math.log(1e-3), 1e-9);
});

test('without rows there is nothing to say', () => {
  const none = { predicted: [], outcome: [] };
  for (const metric of [brierScore, logLoss, auroc, calibrationError, debiasedCalibrationError])
    assert.equal(metric(none), undefined);
  assert.deepEqual(riskCoverage(none), { points: [], area: undefined });
  assert.deepEqual(reliabilityCurve(none), []);
  assert.equal(aurocDifference({ first: [], second: [], outcome: [] }, createRandom(1)), undefined);
});

test('without both outcomes there is no AUROC', () => {
  assert.equal(auroc({ predicted: [0.1, 0.9], outcome: [1, 1] }), undefined);
  assert.equal(auroc({ predicted: [0.1, 0.9], outcome: [1, 0], weight: [1, 0] }), undefined);
});

test('a graded outcome counts as parts of a 1 and of a 0', () => {
  const graded = { predicted: [0.2, 0.7], outcome: [0.25, 0.5] };
  const parts = { predicted: [0.2, 0.2, 0.7, 0.7], outcome: [0, 1, 0, 1], weight: [0.75, 0.25, 0.5, 0.5] };
  assertClose(auroc(graded), auroc(parts) ?? NaN);
  assertClose(logLoss(graded), (logLoss(parts) ?? NaN) * 1);
});

test('malformed columns are refused', () => {
  assert.throws(() => brierScore({ predicted: [1], outcome: [] }), /1 predictions, 0 outcomes/);
  assert.throws(() => brierScore({ predicted: [1], outcome: [1], weight: [] }), /0 weights/);
  assert.throws(() => brierScore({ predicted: [NaN], outcome: [1] }), /prediction 0 is NaN/);
  assert.throws(() => brierScore({ predicted: [1], outcome: [2] }), /outcome 0 is 2/);
  assert.throws(() => brierScore({ predicted: [1], outcome: [1], weight: [-1] }), /weight 0 is -1/);
  assert.throws(() => equalMassBins({ predicted: [1], outcome: [1] }, 0), /0 bins/);
  assert.throws(
    () => aurocDifference({ first: [0, 1], second: [0, 1], outcome: [0, 1], clusters: [] }, createRandom(1)),
    /0 clusters/,
  );
});

test('bins of distinct predictions differ in size by one at most, and rows of one prediction share a bin', () => {
  const distinct = Array.from({ length: 100 }, (_, index) => index / 100);
  const sizes = equalMassBins({ predicted: distinct, outcome: distinct.map(() => 1) }).map((bin) => bin.mass);
  assert.equal(sizes.length, 15);
  assert.ok(sizes.every((size) => size === 6 || size === 7));
  assert.equal(equalMassBins({ predicted: Array(40).fill(0.5), outcome: Array(40).fill(1) }).length, 1);
});

test('rows of one prediction go to the bin in which their middle lies', () => {
  const five = Array<number>(5).fill(0.5);
  const found = equalMassBins({ predicted: [0.1, ...five, 0.9], outcome: [0, ...five, 1] }, 2);
  assert.deepEqual(
    found.map(({ mass, predicted: mean }) => [mass, mean]),
    [
      [1, 0.1],
      [6, (5 * 0.5 + 0.9) / 6],
    ],
  );
});

test('a bin’s variance is ȳ(1 − ȳ)/(mass − 1), and one row alone has none: it counts as calibrated', () => {
  const [bin] = equalMassBins({ predicted: [0.5, 0.5], outcome: [0, 1], weight: [0.6, 0.6] }, 1);
  assertClose(bin?.variance, 0.25 / 0.2);
  const alone = { predicted: [0.2, 0.8], outcome: [1, 0] };
  assert.deepEqual(
    equalMassBins(alone, 2).map(({ variance }) => variance),
    [undefined, undefined],
  );
  assert.equal(debiasedCalibrationError(alone, 2), 0);
  assertClose(calibrationError(alone, 2), 0.8);
});

test('perfect calibration shows a plain error that the debiased one takes away', () => {
  const uniform = uniformBy(11);
  let [plain, debiasedSquare] = [0, 0];
  for (let run = 0; run < 40; run++) {
    const p = Array.from({ length: 3000 }, uniform);
    const scored = { predicted: p, outcome: p.map((chance) => Number(uniform() < chance)) };
    plain += (calibrationError(scored) ?? NaN) / 40;
    debiasedSquare += (debiasedCalibrationError(scored) ?? NaN) ** 2 / 40;
  }
  assert.ok(plain > 0.014 && plain < 0.03, `plain ${plain}`);
  assert.ok(debiasedSquare < 0.012 ** 2, `debiased ${Math.sqrt(debiasedSquare)}`);
});

test('overconfidence is found by both', () => {
  const scored = {
    predicted: Array.from({ length: 200 }, (_, i) => 0.9 + i / 1e5),
    outcome: Array.from({ length: 200 }, (_, i) => i % 2),
  };
  assertClose(calibrationError(scored), 0.401, 0.01);
  assertClose(debiasedCalibrationError(scored), 0.4, 0.03);
});

test('a reliability curve carries an interval around what was observed', () => {
  for (const point of reliabilityCurve({ predicted, outcome }, 10)) {
    assert.ok(point.lower <= point.observed && point.observed <= point.upper);
    assert.ok(point.lower >= 0 && point.upper <= 1 && point.upper - point.lower > 0.1);
  }
});

test('the interval of an AUROC difference holds the difference, and is the same for the same seed', () => {
  const rows = { first: predicted, second: other, outcome, weight };
  const found = aurocDifference(rows, createRandom(7));
  assert.deepEqual(found, aurocDifference(rows, createRandom(7)));
  assert.ok(found !== undefined && found.lower < found.difference && found.difference < found.upper);
  assertClose(
    found.difference,
    expected.auroc - (auroc({ predicted: other, outcome, weight }) ?? NaN),
    1e-12,
  );
  assert.equal(found.replicates, 1000);
});

test('a score against itself differs by nothing', () => {
  assert.deepEqual(
    aurocDifference({ first: predicted, second: predicted, outcome }, createRandom(7), { replicates: 50 }),
    {
      difference: 0,
      lower: 0,
      upper: 0,
      replicates: 50,
    },
  );
});

test('rows that come four times over as clusters do not narrow the interval; as rows of their own they do', () => {
  const four = <T>(column: readonly T[]): T[] => column.flatMap((value) => [value, value, value, value]);
  const width = (rows: Parameters<typeof aurocDifference>[0]): number => {
    const found = aurocDifference(rows, createRandom(3), { replicates: 400 });
    return found ? found.upper - found.lower : NaN;
  };
  const once = width({ first: predicted, second: other, outcome });
  const rows = { first: four(predicted), second: four(other), outcome: four(outcome) };
  assertClose(width({ ...rows, clusters: four(predicted.map((_, index) => index)) }) / once, 1, 0.2);
  assertClose(width(rows) / once, 0.5, 0.15);
});

/** The standard error of a difference of two areas (DeLong, DeLong & Clarke-Pearson 1988). */
function deLongError(first: readonly number[], second: readonly number[], labels: readonly number[]): number {
  const [ones, zeros] = [1, 0].map((label) => [...labels.keys()].filter((row) => labels[row] === label));
  const above = (score: readonly number[], one: number, zero: number): number =>
    (1 + Math.sign((score[one] ?? NaN) - (score[zero] ?? NaN))) / 2;
  const apart = (one: number, zero: number): number => above(first, one, zero) - above(second, one, zero);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const varianceOfMean = (values: readonly number[]): number =>
    mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1);
  const byOne = (ones ?? []).map((one) => mean((zeros ?? []).map((zero) => apart(one, zero))));
  const byZero = (zeros ?? []).map((zero) => mean((ones ?? []).map((one) => apart(one, zero))));
  return Math.sqrt(varianceOfMean(byOne) + varianceOfMean(byZero));
}

test('the interval of an AUROC difference is about as wide as DeLong’s', () => {
  const uniform = uniformBy(12);
  const labels = Array.from({ length: 500 }, () => Number(uniform() < 0.4));
  const first = labels.map((label) => 0.4 * label + uniform());
  const second = labels.map((label) => 0.2 * label + uniform());
  const error = deLongError(first, second, labels);
  // The standard normal distribution's quantiles.
  for (const [certainty, z] of [
    [0.5, 0.674],
    [0.95, 1.96],
  ] as const) {
    const found = aurocDifference({ first, second, outcome: labels }, createRandom(8), { certainty });
    assertClose(((found?.upper ?? NaN) - (found?.lower ?? NaN)) / (2 * z * error), 1, 0.1, `at ${certainty}`);
  }
});

test('the ends of an interval are interpolated between draws', () => {
  const three = (certainty: number): { lower: number; upper: number } =>
    aurocDifference({ first: predicted, second: other, outcome }, createRandom(7), {
      certainty,
      replicates: 3,
    }) ?? assert.fail();
  const { lower: least, upper: most } = three(1);
  const { lower: middle } = three(0);
  assert.ok(least < middle && middle < most);
  assertClose(three(0.5).lower, (least + middle) / 2);
  assertClose(three(0.5).upper, (middle + most) / 2);
  assertClose(three(0.8).lower, 0.8 * least + 0.2 * middle);
});

const scoredRows = fc
  .array(
    fc.record({
      predicted: fc.integer({ min: 0, max: 20 }).map((value) => value / 20),
      outcome: fc.constantFrom(0, 1),
      weight: fc.constantFrom(0, 1, 2, 3),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .filter((rows) => rows.some((row) => row.weight > 0));
type Rows = readonly { predicted: number; outcome: number; weight: number }[];
const columns = (rows: Rows): Scored => ({
  predicted: rows.map((row) => row.predicted),
  outcome: rows.map((row) => row.outcome),
  weight: rows.map((row) => row.weight),
});
const every = {
  brierScore,
  logLoss,
  auroc,
  calibrationError,
  debiasedCalibrationError,
  riskCoverageArea: (scored: Scored) => riskCoverage(scored).area,
};

for (const [name, metric] of Object.entries(every)) {
  test(`${name}: the order of rows does not matter, weight 2 is the row twice, and the value is within its range`, () => {
    fc.assert(
      fc.property(scoredRows, (rows) => {
        const value = metric(columns(rows));
        const same = (again: number | undefined): void =>
          value === undefined ? assert.equal(again, undefined) : assertClose(again, value);
        same(metric(columns(shuffled(rows, createRandom(1)))));
        const repeated = rows.flatMap((row) =>
          Array.from({ length: row.weight }, () => ({ ...row, weight: 1 })),
        );
        same(metric(columns(repeated)));
        if (value !== undefined)
          assert.ok(value >= 0 && value <= (name === 'logLoss' ? 14 : 1 + 1e-12), `${value}`);
      }),
      PROPERTY,
    );
  });
}

test('weights count by their proportions: a hundredth of each changes nothing but what is debiased', () => {
  const { debiasedCalibrationError: _, ...proportional } = every;
  fc.assert(
    fc.property(scoredRows, (rows) => {
      const light = columns(rows.map((row) => ({ ...row, weight: row.weight / 100 })));
      for (const metric of Object.values(proportional)) {
        const value = metric(columns(rows));
        if (value === undefined) assert.equal(metric(light), undefined);
        else assertClose(metric(light), value);
      }
    }),
    PROPERTY,
  );
});

test('an AUROC is the same for any rising function of the score, and turns round with its sign', () => {
  fc.assert(
    fc.property(scoredRows, (rows) => {
      const scored = columns(rows);
      const value = auroc(scored);
      if (value === undefined) return;
      assertClose(
        auroc({ ...scored, predicted: Array.from(scored.predicted, (p) => Math.exp(3 * p)) }),
        value,
      );
      assertClose(auroc({ ...scored, predicted: Array.from(scored.predicted, (p) => -p) }), 1 - value);
    }),
    PROPERTY,
  );
});

test('an AUROC is the share of pairs in order', () => {
  fc.assert(
    fc.property(scoredRows, (rows) => {
      let [pairs, inOrder] = [0, 0];
      for (const one of rows.filter((row) => row.outcome === 1)) {
        for (const none of rows.filter((row) => row.outcome === 0)) {
          pairs += one.weight * none.weight;
          inOrder +=
            one.weight *
            none.weight *
            (one.predicted > none.predicted ? 1 : one.predicted === none.predicted ? 0.5 : 0);
        }
      }
      const value = auroc(columns(rows));
      if (pairs === 0) assert.equal(value, undefined);
      else assertClose(value, inOrder / pairs);
    }),
    PROPERTY,
  );
});

test('serving all has the mean loss, and coverage rises to 1', () => {
  fc.assert(
    fc.property(scoredRows, (rows) => {
      const { points } = riskCoverage(columns(rows));
      const mass = rows.reduce((sum, row) => sum + row.weight, 0);
      assertClose(points.at(-1)?.coverage, 1);
      assertClose(
        points.at(-1)?.risk,
        rows.reduce((sum, row) => sum + row.weight * (1 - row.outcome), 0) / mass,
      );
      points.forEach((point, index) =>
        assert.ok(index === 0 || point.coverage > (points[index - 1]?.coverage ?? NaN)),
      );
    }),
    PROPERTY,
  );
});
