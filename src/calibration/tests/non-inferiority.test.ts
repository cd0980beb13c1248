import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { binomialLowerTail, binomialMass, clopperPearson } from './binomial.ts';
import { countPairs, isNonInferior, nonInferiorityPValue } from './non-inferiority.ts';
import { rejectionRegion, tangoScore } from './paired-score.ts';
import { regionChance } from './region-chance.ts';
import { PROPERTY, assertClose, golden, uniformBy } from '../testing.ts';

interface Case {
  worse: number;
  better: number;
  pairs: number;
  maxLoss: number;
}
interface Golden {
  scores: (Case & { z: number })[];
  tests: (Case & { level: number; p: number })[];
}
const { scores, tests }: Golden = JSON.parse(golden('non-inferiority'));

test('Tango’s score is that of a likelihood maximised by SciPy’s root finder', () => {
  for (const { worse, better, pairs, maxLoss, z } of scores)
    assertClose(tangoScore(worse, better, pairs, maxLoss), z, 1e-6);
});

test('p-values are those of every table enumerated by NumPy, from above and within a thousandth of the level', () => {
  for (const { level, p, ...rest } of tests) {
    const found = nonInferiorityPValue(rest, { maxLoss: rest.maxLoss, level });
    assert.ok(
      found >= p - 1e-9 && found <= p + 0.001 * level + 1e-9,
      `${JSON.stringify(rest)}: ${found}, not ${p}`,
    );
  }
});

const counts = fc
  .record({
    pairs: fc.integer({ min: 1, max: 24 }),
    u: between(0, 1),
    v: between(0, 1),
    maxLoss: fc.constantFrom(0.01, 0.02, 0.05, 0.1, 0.3),
    level: fc.constantFrom(0.1, 0.05, 0.1 / 6),
  })
  .map(({ pairs, u, v, maxLoss, level }) => {
    const worse = Math.floor(u * (pairs + 1 - 1e-9));
    const better = Math.floor(v * (pairs - worse + 1 - 1e-9));
    return { counts: { worse, better, pairs }, hypothesis: { maxLoss, level } };
  });

/** The supremum of §4.3 as it is written: for every m the largest b, summed at each point of a grid. */
function byTheFormula(
  { worse, better, pairs }: { worse: number; better: number; pairs: number },
  { maxLoss, level }: { maxLoss: number; level: number },
): number {
  const gamma = level / 100;
  const observed = tangoScore(worse, better, pairs, maxLoss);
  const limits = Array.from({ length: pairs + 1 }, (_, m) => {
    let limit = -1;
    for (let b = 0; b <= m; b++) if (tangoScore(b, m - b, pairs, maxLoss) <= observed + 1e-9) limit = b;
    return limit;
  });
  const { lower, upper } = clopperPearson(worse + better, pairs, 1 - gamma);
  const [from, to] = [Math.max(lower, maxLoss), Math.max(upper, maxLoss)];
  let greatest = 0;
  for (let step = 0; step <= 400; step++) {
    const share = from + ((to - from) * step) / 400;
    const chance = limits.reduce(
      (sum, limit, m) =>
        sum +
        binomialMass(m, pairs, share) * binomialLowerTail(limit, m, Math.min(1, 0.5 * (1 + maxLoss / share))),
      0,
    );
    greatest = Math.max(greatest, chance);
  }
  return Math.min(1, gamma + greatest);
}

test('the p-value is the formula worked out on a grid, and the decision is the p-value’s', () => {
  fc.assert(
    fc.property(counts, ({ counts: some, hypothesis }) => {
      const p = nonInferiorityPValue(some, hypothesis);
      const expected = byTheFormula(some, hypothesis);
      assert.ok(
        p >= expected - 1e-7 && p <= expected + 0.0015 * hypothesis.level + 1e-7,
        `${p}, not ${expected}`,
      );
      // The two may differ only where the p-value is within the slack of the level.
      const passes = isNonInferior(some, hypothesis);
      if (Math.abs(p - hypothesis.level) > 0.001 * hypothesis.level)
        assert.equal(passes, p <= hypothesis.level);
    }),
    PROPERTY,
  );
});

test('the score rises with worse pairs and falls with better ones, so the region’s limit stays or rises by one', () => {
  for (const margin of [0.005, 0.02, 0.1, 0.4]) {
    for (const pairs of [1, 7, 40]) {
      for (let worse = 0; worse <= pairs; worse++) {
        for (let better = 0; better + worse <= pairs; better++) {
          const z = tangoScore(worse, better, pairs, margin);
          assert.ok(!Number.isNaN(z));
          if (worse + better < pairs) {
            assert.ok(tangoScore(worse + 1, better, pairs, margin) > z);
            assert.ok(tangoScore(worse, better + 1, pairs, margin) < z);
          }
          if (better > 0) assert.ok(tangoScore(worse + 1, better - 1, pairs, margin) > z);
        }
      }
    }
  }
});

test('the region’s limits are the largest that the score allows', () => {
  for (const score of [-3, -1, 0, 2]) {
    const { first, last, limits } = rejectionRegion(score, 50, 0.05, 3, 50);
    for (let m = first; m <= last; m++) {
      const limit = limits[m - first] ?? NaN;
      assert.ok(limit === -1 || tangoScore(limit, m - limit, 50, 0.05) <= score + 1e-9);
      assert.ok(limit === m || tangoScore(limit + 1, m - limit - 1, 50, 0.05) > score + 1e-9);
    }
  }
});

test('the chance of a region and its slope are those of the sum written out, at every share of differing pairs', () => {
  for (const [pairs, margin, score] of [
    [40, 0.05, -1.2],
    [300, 0.02, -1.5],
    [1000, 0.02, -40],
    [1000, 0.3, 0.5],
    [60, 0.01, 3],
    // Of few pairs those count at which nothing is within the region, and the step from there.
    [12, 0.3, -1.5],
    [25, 0.1, -2],
  ] as const) {
    const region = rejectionRegion(score, pairs, margin, 0, pairs);
    const written = (share: number): number => {
      let sum = 0;
      for (let m = 0; m <= pairs; m++) {
        sum +=
          binomialMass(m, pairs, share) *
          binomialLowerTail(region.limits[m] ?? NaN, m, 0.5 * (1 + margin / share));
      }
      return sum;
    };
    for (const share of [margin * (1 + 1e-12), margin * 1.01, margin * 2, 0.5, 0.9, 0.999999, 1 - 1e-12]) {
      const { value, slope } = regionChance(region, pairs, margin, share);
      assertClose(value, written(share), 1e-9, `chance at ${share}`);
      const step = 1e-5 * Math.min(share - margin, 1 - share);
      const difference = (written(share + step) - written(share - step)) / (2 * step);
      if (step > 1e-9) assertClose(slope, difference, 1e-4, `slope at ${share}`);
    }
  }
});

test('a region that begins and ends about the share asked for has the chance and the slope of the whole', () => {
  for (const [pairs, margin, score, share] of [
    [1000, 0.02, -1.5, 0.1],
    [1000, 0.02, 0.5, 0.6],
    [5000, 0.05, -2.5, 0.08],
  ] as const) {
    const reach = 9 * Math.sqrt(pairs * share);
    const first = Math.floor(pairs * share - Math.min(reach, pairs * share - 3));
    const last = Math.min(pairs, Math.ceil(pairs * share + reach));
    const part = regionChance(rejectionRegion(score, pairs, margin, first, last), pairs, margin, share);
    const whole = regionChance(rejectionRegion(score, pairs, margin, 0, pairs), pairs, margin, share);
    assert.ok(whole.value > 1e-4 && Math.abs(whole.slope) > 1e-4, `${whole.value}, ${whole.slope}`);
    assertClose(part.value, whole.value, 1e-9);
    assertClose(part.slope, whole.slope, 1e-7);
  }
});

/** The chance of every table at a given truth. */
function* tables(
  pairs: number,
  share: number,
  loss: number,
): Generator<{ worse: number; better: number; chance: number }> {
  for (let m = 0; m <= pairs; m++) {
    for (let worse = 0; worse <= m; worse++) {
      yield {
        worse,
        better: m - worse,
        chance: binomialMass(m, pairs, share) * binomialMass(worse, m, 0.5 * (1 + loss / share)),
      };
    }
  }
}

test('the size, worked out over every table, is at most the level wherever the loss is at the margin', () => {
  for (const { pairs, maxLoss, level } of [
    { pairs: 60, maxLoss: 0.05, level: 0.1 },
    { pairs: 45, maxLoss: 0.1, level: 0.05 },
  ]) {
    const passes = new Map<string, boolean>();
    const pass = (worse: number, better: number): boolean => {
      const key = `${worse},${better}`;
      const known = passes.get(key) ?? isNonInferior({ worse, better, pairs }, { maxLoss, level });
      passes.set(key, known);
      return known;
    };
    let greatest = 0;
    for (const share of [maxLoss, 0.12, 0.2, 0.35, 0.6, 0.95]) {
      let size = 0;
      for (const { worse, better, chance } of tables(pairs, share, maxLoss))
        if (chance > 1e-12 && pass(worse, better)) size += chance;
      assert.ok(size <= level, `${size} at ${share}`);
      greatest = Math.max(greatest, size);
    }
    assert.ok(greatest > level * 0.6, `too cautious: ${greatest}`);
  }
});

test('simulated at the margin with 1,000 pairs, it passes in about a tenth of runs; where nothing is lost, in most', () => {
  const uniform = uniformBy(20261124);
  const rate = (share: number, loss: number): number => {
    let passed = 0;
    for (let run = 0; run < 1500; run++) {
      let [worse, better] = [0, 0];
      for (let pair = 0; pair < 1000; pair++) {
        const u = uniform();
        if (u < (share + loss) / 2) worse++;
        else if (u < share) better++;
      }
      if (isNonInferior({ worse, better, pairs: 1000 }, { maxLoss: 0.02, level: 0.1 })) passed++;
    }
    return passed / 1500;
  };
  const size = rate(0.1, 0.02);
  // Three standard errors of 1,500 runs.
  assert.ok(size < 0.1 + 0.024 && size > 0.1 - 0.035, `${size}`);
  assert.ok(rate(0.1, 0) > 0.7);
});

test('p-values that could decide rise with worse pairs, fall with better ones and with the margin', () => {
  fc.assert(
    fc.property(counts, ({ counts: { worse, better, pairs }, hypothesis }) => {
      const p = nonInferiorityPValue({ worse, better, pairs }, hypothesis);
      assert.ok(p > 0 && p <= 1);
      // γ and the interval of the share make the p-value monotone only up to themselves.
      const slack = 0.03 * hypothesis.level;
      if (worse + better < pairs) {
        // Of few pairs so does the interval, by more, but where the p-value is far above any level.
        const worsened = nonInferiorityPValue({ worse: worse + 1, better, pairs }, hypothesis);
        assert.ok(worsened >= Math.min(p - slack, 0.4));
        assert.ok(nonInferiorityPValue({ worse, better: better + 1, pairs }, hypothesis) <= p + slack);
      }
      assert.ok(nonInferiorityPValue({ worse, better, pairs }, { ...hypothesis, maxLoss: 0.6 }) <= p + slack);
    }),
    PROPERTY,
  );
});

test('no differences among 1,000 pairs pass at 2 %, among 50 they do not', () => {
  assert.equal(isNonInferior({ worse: 0, better: 0, pairs: 1000 }, { maxLoss: 0.02, level: 0.1 }), true);
  assert.equal(isNonInferior({ worse: 0, better: 0, pairs: 50 }, { maxLoss: 0.02, level: 0.1 }), false);
});

test('without pairs nothing is shown', () => {
  const none = { worse: 0, better: 0, pairs: 0 };
  assert.equal(nonInferiorityPValue(none, { maxLoss: 0.02, level: 0.1 }), 1);
  assert.equal(isNonInferior(none, { maxLoss: 0.02, level: 0.1 }), false);
});

test('pairs are counted from their losses', () => {
  assert.deepEqual(countPairs([0, 1, -1, 1, -0]), { worse: 2, better: 1, pairs: 5 });
  assert.throws(() => countPairs([0, 0.5]), /pair 1: a loss of 0.5/);
});

test('impossible counts and options are refused', () => {
  const refuse = (some: object, hypothesis: object = {}): void =>
    assert.throws(
      () =>
        nonInferiorityPValue(
          { worse: 1, better: 1, pairs: 10, ...some },
          { maxLoss: 0.02, level: 0.1, ...hypothesis },
        ),
      RangeError,
    );
  refuse({ worse: 11 });
  refuse({ worse: 6, better: 6 });
  refuse({ better: -1 });
  refuse({ pairs: 10.5 });
  refuse({}, { maxLoss: 0 });
  refuse({}, { maxLoss: 1 });
  refuse({}, { level: 0 });
  refuse({}, { level: NaN });
});

test('a p-value of 1,000 pairs takes less than 5 ms, and a decision less than 1', () => {
  const some = { worse: 55, better: 45, pairs: 1000 };
  const fastest = (run: () => unknown): number => {
    for (let warm = 0; warm < 10; warm++) run();
    return Math.min(
      ...Array.from({ length: 10 }, () => {
        const start = performance.now();
        run();
        return performance.now() - start;
      }),
    );
  };
  assert.ok(fastest(() => nonInferiorityPValue(some, { maxLoss: 0.02, level: 0.1 })) < 5);
  assert.ok(fastest(() => isNonInferior(some, { maxLoss: 0.02, level: 0.1 })) < 1);
});

test('more losses never turn a test that fails into one that passes, so a missing verdict may count as a loss', () => {
  for (const maxLoss of [0.02, 0.05, 0.1])
    for (const level of [0.05, 0.1 / 6, 0.1])
      for (const pairs of [40, 63, 150, 330, 800]) {
        const passes = Array.from({ length: Math.ceil(1.5 * maxLoss * pairs) + 2 }, (_, worse) =>
          isNonInferior({ worse, better: 0, pairs }, { maxLoss, level }),
        );
        const first = passes.indexOf(false);
        assert.ok(!passes.slice(first).includes(true), `${maxLoss} ${level} ${pairs}: ${passes.join()}`);
      }
});
