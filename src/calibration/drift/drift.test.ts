import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import {
  CUSUM_START,
  E_DETECTOR_START,
  PAGE_HINKLEY_START,
  cusumDrift,
  cusumLimit,
  cusumStep,
  eDetectorStep,
  pageHinkleyLimit,
  pageHinkleyStep,
} from './drift.ts';
import { normalQuantile } from '../fit/normal.ts';
import { createRandom } from '../fit/random.ts';
import { PROPERTY, assertClose } from '../testing.ts';

function uniformBy(seed: number): () => number {
  const random = createRandom(seed);
  return () => ((random.next() >>> 0) + 0.5) / 2 ** 32;
}
function normalBy(seed: number): () => number {
  const uniform = uniformBy(seed);
  return () => normalQuantile(uniform());
}

/** Steps until the alarm, or undefined if none comes within `most`. */
function stepsToAlarm<State extends { alarm: unknown }>(
  start: State,
  step: (state: State, index: number) => State,
  most: number,
): number | undefined {
  let state = start;
  for (let index = 0; index < most; index++) {
    state = step(state, index);
    if (state.alarm) return index + 1;
  }
  return undefined;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

test('Page–Hinkley at drift .1 and limit 50: hardly a false alarm in 60 runs of 4,000, and a fall of ½ is found in about 140', () => {
  const normal = normalBy(3);
  let falseAlarms = 0;
  const delays: number[] = [];
  for (let run = 0; run < 60; run++) {
    if (stepsToAlarm(PAGE_HINKLEY_START, (state) => pageHinkleyStep(state, normal()), 4000) !== undefined)
      falseAlarms++;
    const found = stepsToAlarm(
      PAGE_HINKLEY_START,
      (state, index) => pageHinkleyStep(state, normal() - (index < 1000 ? 0 : 0.5)),
      4000,
    );
    delays.push((found ?? Infinity) - 1000);
  }
  assert.ok(falseAlarms <= 3, `${falseAlarms}`);
  assert.ok(median(delays) > 100 && median(delays) < 200, `${median(delays)}`);
});

test('Page–Hinkley says which way the mean went', () => {
  const shifted = (by: number): string | undefined => {
    let state = PAGE_HINKLEY_START;
    for (let index = 0; state.alarm === undefined && index < 3000; index++)
      state = pageHinkleyStep(state, index < 500 ? 0 : by);
    return state.alarm;
  };
  assert.equal(shifted(1), 'rise');
  assert.equal(shifted(-1), 'fall');
  assert.equal(shifted(0.09), undefined);
});

test('Page–Hinkley worked out by hand', () => {
  const first = pageHinkleyStep(PAGE_HINKLEY_START, 2);
  assert.deepEqual(first, { count: 1, mean: 2, rise: 0, fall: 0, alarm: undefined });
  const second = pageHinkleyStep(first, 4, { drift: 0.5, limit: 0.4 });
  assert.deepEqual(second, { count: 2, mean: 3, rise: 0.5, fall: 0, alarm: 'rise' });
  assert.throws(() => pageHinkleyStep(first, NaN), RangeError);
  // Without options: a drift of .1 and a limit of 50.
  assertClose(pageHinkleyStep(first, 4).rise, 0.9);
  const near = (rise: number): string | undefined =>
    pageHinkleyStep({ ...PAGE_HINKLEY_START, count: 1, rise }, 0).alarm;
  assert.deepEqual([near(50.05), near(50.15)], [undefined, 'rise']);
});

test('Page–Hinkley limits hold the run length they were made for, about', () => {
  for (const [runLength, drift] of [
    [2000, 0.1],
    [5000, 0.25],
  ] as const) {
    const limit = pageHinkleyLimit(runLength, drift);
    const normal = normalBy(11);
    const lengths = Array.from(
      { length: 60 },
      () =>
        stepsToAlarm(
          PAGE_HINKLEY_START,
          (state) => pageHinkleyStep(state, normal(), { drift, limit }),
          10 * runLength,
        ) ?? 10 * runLength,
    );
    const mean = lengths.reduce((a, b) => a + b) / 60;
    assert.ok(mean > 0.6 * runLength && mean < 2.2 * runLength, `${mean} for ${runLength}`);
  }
});

test('Page–Hinkley limits are those that Hawkins (1993) tabulated for a run length of 370 in control', () => {
  for (const [drift, limit] of [
    [0.25, 8.01],
    [0.5, 4.77],
    [0.75, 3.34],
    [1, 2.52],
  ] as const)
    assert.ok(Math.abs(pageHinkleyLimit(370, drift) - limit) < 0.04, `${pageHinkleyLimit(370, drift)}`);
});

test('a Page–Hinkley limit is where a walk’s run length on two sides is the one asked for, or 0 below that', () => {
  fc.assert(
    fc.property(between(-1, 12), between(-3, 0.5), (runLengthDigits, driftDigits) => {
      const [runLength, drift] = [10 ** runLengthDigits, 10 ** driftDigits];
      const limit = pageHinkleyLimit(runLength, drift);
      // The series of (e^x − 1 − x) where x is small: the difference would lose its digits.
      const x = 2 * drift * (limit + 2 * 0.583);
      const excess = x < 1e-2 ? x ** 2 / 2 + x ** 3 / 6 + x ** 4 / 24 : Math.expm1(x) - x;
      const found = excess / (2 * drift ** 2) / 2;
      if (limit > 0) assertClose(found / runLength, 1, 1e-5);
      else assert.ok(found >= runLength * (1 - 1e-5));
    }),
    PROPERTY,
  );
});

test('Page–Hinkley limits rise with the run length', () => {
  const limits = [100, 1000, 10_000, 1e6, 1e9].map((length) => pageHinkleyLimit(length));
  limits.forEach((limit, index) => assert.ok(limit > (limits[index - 1] ?? 0), limits.join(' ')));
  assert.ok((limits[3] ?? 0) > 40 && (limits[3] ?? 0) < 60);
  assert.throws(() => pageHinkleyLimit(0), RangeError);
  assert.throws(() => pageHinkleyLimit(10, 0), RangeError);
});

test('a CUSUM at its limit rings about as often as it may on a steady rate, and no more often', () => {
  const uniform = uniformBy(21);
  for (const [rate, oddsRatio] of [
    [0.3, 2],
    [0.05, 4],
  ] as const) {
    const limit = cusumLimit(500, cusumDrift(rate, oddsRatio));
    const risesIn = (): number => {
      let state = CUSUM_START;
      for (let step = 1; step <= 20_000; step++) {
        state = cusumStep(state, uniform() < rate, { rate, oddsRatio, limit });
        if (state.alarm === 'rise') return step;
      }
      return 20_000;
    };
    const lengths = Array.from({ length: 400 }, risesIn);
    const mean = lengths.reduce((a, b) => a + b) / lengths.length;
    assert.ok(mean > 450 && mean < 1_500, `${mean}`);
  }
});

test('a CUSUM of graded events rings no more often than one of whole ones', () => {
  const uniform = uniformBy(23);
  const limit = cusumLimit(500, cusumDrift(0.3, 2));
  const lengths = Array.from(
    { length: 200 },
    () =>
      stepsToAlarm(
        CUSUM_START,
        // Halves and wholes, .3 in the mean.
        (state) => {
          const draw = uniform();
          return cusumStep(state, draw < 0.2 ? 1 : draw < 0.4 ? 0.5 : 0, { rate: 0.3, limit });
        },
        20_000,
      ) ?? 20_000,
  );
  const mean = lengths.reduce((a, b) => a + b) / lengths.length;
  assert.ok(mean > 450, `${mean}`);
});

test('a CUSUM finds a rate that has changed, and which way', () => {
  const uniform = uniformBy(22);
  for (const [rate, expected] of [
    [0.85, 'rise'],
    [0.5, 'fall'],
  ] as const) {
    let state = CUSUM_START;
    let steps = 0;
    for (; state.alarm === undefined && steps < 2000; steps++) {
      state = cusumStep(state, uniform() < rate, { rate: 0.7, limit: cusumLimit(30_000, 0.06) });
    }
    assert.equal(state.alarm, expected);
    assert.ok(steps < 400, `${steps}`);
  }
});

test('a CUSUM gathers the log-likelihood ratio, and refuses rates that are none', () => {
  const options = { rate: 0.5, oddsRatio: 3, limit: 10 };
  const after = cusumStep(CUSUM_START, true, options);
  assertClose(after.rise, Math.log(0.75 / 0.5));
  assert.equal(after.fall, 0);
  assertClose(
    cusumStep(after, false, options).rise,
    Math.max(0, Math.log(0.75 / 0.5) + Math.log(0.25 / 0.5)),
  );
  assertClose(cusumStep(CUSUM_START, false, options).fall, Math.log(0.75 / 0.5));
  assertClose(cusumStep(CUSUM_START, true, { rate: 0.5, limit: 10 }).rise, Math.log(2 / 3 / 0.5));
  for (const rate of [0, 1, 1.2, NaN])
    assert.throws(() => cusumStep(CUSUM_START, true, { ...options, rate }), RangeError);
  assertClose(cusumStep(CUSUM_START, true, { ...options, oddsRatio: 1.25 }).rise, Math.log(5 / 9 / 0.5));
  assert.throws(() => cusumStep(CUSUM_START, true, { ...options, oddsRatio: 1 }), RangeError);
  assertClose(cusumDrift(0.5, 3), -(Math.log(0.75 / 0.5) + Math.log(0.25 / 0.5)) / 2);
});

test('the limit of a CUSUM solves (e^h − h − 1)/drift = run length', () => {
  for (const [runLength, drift] of [
    [1, 1e-4],
    [500, 0.06],
    [1e6, 0.3],
    [1e9, 2],
  ] as const) {
    const limit = cusumLimit(runLength, drift);
    assertClose((Math.expm1(limit) - limit) / drift / runLength, 1, 1e-6);
  }
  assert.throws(() => cusumLimit(0.5, 1), RangeError);
  assert.throws(() => cusumLimit(10, 0), RangeError);
});

const detector = { maxLoss: 0.05, alarmRate: 1e-3 };

test('the e-detector’s evidence, less the number of losses, does not grow on average while the promise holds', () => {
  const uniform = uniformBy(31);
  let sum = 0;
  for (let run = 0; run < 2000; run++) {
    let state = E_DETECTOR_START;
    // Mean loss .05: right at the promise.
    for (let index = 0; index < 50; index++) {
      const u = uniform();
      state = eDetectorStep(state, u < 0.1 ? 1 : u < 0.15 ? -1 : 0, detector);
    }
    sum += state.evidence;
  }
  // A run's evidence is wide: the standard error of the mean is about 1.
  assertClose(sum / 2000, 50, 0.1);
});

test('the e-detector is silent for a thousand audits while the promise holds, and rings soon after it is broken', () => {
  const uniform = uniformBy(32);
  const loss = (worse: number): number => {
    const u = uniform();
    return u < worse ? 1 : u < worse + 0.03 ? -1 : 0;
  };
  const found = Array.from({ length: 40 }, () => ({
    quiet:
      stepsToAlarm(E_DETECTOR_START, (state) => eDetectorStep(state, loss(0.08), detector), 20_000) ?? 20_000,
    broken:
      stepsToAlarm(E_DETECTOR_START, (state) => eDetectorStep(state, loss(0.3), detector), 20_000) ?? 20_000,
  }));
  const quiet = found.reduce((sum, run) => sum + run.quiet, 0) / found.length;
  assert.ok(quiet > 1000, `${quiet}`);
  assert.ok(median(found.map((run) => run.broken)) < 120, `${median(found.map((run) => run.broken))}`);
});

test('the e-detector follows its formula, stays finite and non-negative, and rings at 1/a', () => {
  assertClose(
    eDetectorStep({ evidence: 3, alarm: false }, 1, { ...detector, bet: 0.5 }).evidence,
    4 * (1 + 0.5 * 0.95),
  );
  assert.equal(eDetectorStep({ evidence: 700, alarm: false }, 1, detector).alarm, true);
  assert.equal(eDetectorStep({ evidence: 700, alarm: false }, 0, detector).alarm, false);
  assert.ok(
    Number.isFinite(eDetectorStep({ evidence: Number.MAX_VALUE, alarm: true }, 1, detector).evidence),
  );
  fc.assert(
    fc.property(fc.array(between(-1, 1)), (losses) => {
      let state = E_DETECTOR_START;
      for (const value of losses) {
        state = eDetectorStep(state, value, { ...detector, bet: 0.95 });
        assert.ok(state.evidence >= 0);
      }
    }),
    PROPERTY,
  );
});

test('the e-detector refuses what would break its promise', () => {
  assert.throws(() => eDetectorStep(E_DETECTOR_START, 1.1, detector), RangeError);
  assert.throws(() => eDetectorStep(E_DETECTOR_START, NaN, detector), RangeError);
  assert.throws(() => eDetectorStep(E_DETECTOR_START, 0, { ...detector, alarmRate: 0.01 }), RangeError);
  assert.throws(() => eDetectorStep(E_DETECTOR_START, 0, { ...detector, bet: 1 }), RangeError);
  assert.throws(() => eDetectorStep(E_DETECTOR_START, 0, { ...detector, maxLoss: -1 }), RangeError);
});
