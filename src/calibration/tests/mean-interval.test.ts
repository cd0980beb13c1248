import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { meanDifferenceInterval, ratioInterval } from './mean-interval.ts';
import { createRandom } from '../fit/random.ts';
import { PROPERTY, assertClose } from '../testing.ts';

const pairs = (worse: number, better: number, rows: number): number[] =>
  Array.from({ length: rows }, (_, row) => (row < worse ? 1 : row < worse + better ? -1 : 0));

test('for pairs it is the adjusted Wald interval: half a pair more in each cell', () => {
  const [worse, better, rows] = [13, 4, 100];
  const [b, c, n] = [worse + 0.5, better + 0.5, rows + 2];
  const half = (1.959963984540054 * Math.sqrt(b + c - (b - c) ** 2 / n)) / n;
  const { lower, upper } = meanDifferenceInterval(pairs(worse, better, rows));
  assertClose(lower, (b - c) / n - half, 1e-12);
  assertClose(upper, (b - c) / n + half, 1e-12);
});

test('a sample in which nothing differs is not certain, and without rows nothing is known', () => {
  const { lower, upper } = meanDifferenceInterval(pairs(0, 0, 50));
  assert.ok(lower < -0.01 && upper > 0.01);
  assert.deepEqual(meanDifferenceInterval([]), { lower: -1, upper: 1 });
});

test('it covers the true mean about as often as it says, for rare losses too', () => {
  const random = createRandom(41);
  for (const [worse, better] of [
    [0.05, 0.03],
    [0.3, 0.1],
    [0.01, 0],
  ] as const) {
    let covered = 0;
    for (let draw = 0; draw < 1000; draw++) {
      const sample = Array.from({ length: 300 }, () => {
        const u = uniformFloat64(random);
        return u < worse ? 1 : u < worse + better ? -1 : 0;
      });
      const { lower, upper } = meanDifferenceInterval(sample);
      if (lower <= worse - better && worse - better <= upper) covered++;
    }
    assert.ok(covered >= 930, `${covered} of 1000 at ${worse}, ${better}`);
    assert.ok(covered <= 990, `${covered} of 1000 at ${worse}, ${better}: wider than it says`);
  }
});

test('graded differences lie between the ends, rows do not have an order, and more certainty is wider', () => {
  fc.assert(
    fc.property(fc.array(between(-1, 1), { minLength: 1 }), (rows) => {
      const { lower, upper } = meanDifferenceInterval(rows);
      const mean = rows.reduce((sum, each) => sum + each, 0) / rows.length;
      assert.ok(-1 <= lower && lower <= mean + 1e-12 && mean - 1e-12 <= upper && upper <= 1);
      assertClose(meanDifferenceInterval(rows.toReversed()).lower, lower, 1e-9);
      assert.ok(meanDifferenceInterval(rows, 0.99).upper >= upper);
    }),
    PROPERTY,
  );
  assert.throws(() => meanDifferenceInterval([0, 1.5]), /difference 1 is 1\.5/);
});

test('a ratio whose parts move together is certain; one whose parts do not is not', () => {
  const spent = [1, 2, 3, 4];
  const together = ratioInterval(
    spent.map((each) => each / 2),
    spent,
  );
  assertClose(together?.lower ?? NaN, 0.5, 1e-12);
  assertClose(together?.upper ?? NaN, 0.5, 1e-12);
  const apart = ratioInterval([1, 0, 1, 0], [1, 1, 1, 1]);
  // The mean of 0 and 1, sample variance a third: ½ ± 1.96·√(1/12).
  assertClose(apart?.upper ?? NaN, 0.5 + 1.959963984540054 * Math.sqrt(1 / 12), 1e-12);
});

test('a ratio covers the truth about as often as it says', () => {
  const random = createRandom(8);
  let covered = 0;
  for (let draw = 0; draw < 1000; draw++) {
    const below = Array.from({ length: 200 }, () => 0.5 + uniformFloat64(random));
    // Escalated three times of ten, at the last tier's own cost, after a call of a twentieth.
    const above = below.map((cost) => 0.05 * cost + (uniformFloat64(random) < 0.3 ? cost : 0));
    const interval = ratioInterval(above, below);
    if (interval !== undefined && interval.lower <= 0.35 && 0.35 <= interval.upper) covered++;
  }
  assert.ok(covered >= 930 && covered <= 970, `${covered} of 1000`);
});

test('a ratio of nothing is not there', () => {
  assert.equal(ratioInterval([1], [1]), undefined);
  assert.equal(ratioInterval([0, 0], [0, 0]), undefined);
  assert.throws(() => ratioInterval([1], []), RangeError);
});
