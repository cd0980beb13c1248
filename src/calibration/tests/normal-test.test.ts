import assert from 'node:assert/strict';
import { test } from 'node:test';
import { furtherNormal, normalPValue } from './certify.ts';
import { assertClose, uniformBy } from '../testing.ts';

const hypothesis = { maxLoss: 0.02, level: 0.1 };
const alternating = (rows: number, size: number): number[] =>
  Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? size : -size));

test('it is the normal law of the mean, with one more that is as bad as the worst', () => {
  // 400 losses of ±½ and a ½: mean .5/401, squares 100.25 − .25/401, so that z is (.5/401 − .02)/√(100.2494/400/401) = −.75013.
  assertClose(normalPValue(alternating(400, 0.5), hypothesis), 0.22659, 1e-4);
});

test('the less was lost, and the more rows say so, the surer it is', () => {
  const p = (mean: number, rows: number): number =>
    normalPValue(
      alternating(rows, 0.4).map((loss) => loss + mean),
      hypothesis,
    );
  assert.ok(p(0, 2_000) < p(0.01, 2_000) && p(0.01, 2_000) < p(0.03, 2_000));
  assert.ok(p(0, 4_000) < p(0, 2_000));
  assert.ok(p(0.03, 2_000) > 0.5);
});

test('without any loss the p-value is no smaller than the number of rows allows', () => {
  for (const rows of [1, 50, 113, 114, 400])
    assert.ok(normalPValue(new Float64Array(rows), hypothesis) >= 0.98 ** rows);
  assert.ok(normalPValue(new Float64Array(113), hypothesis) > 0.1);
  assert.ok(normalPValue(new Float64Array(120), hypothesis) <= 0.1);
  assert.equal(normalPValue([], hypothesis), 1);
});

test('it refuses what it was not made for', () => {
  assert.throws(() => normalPValue([0, 1.2], hypothesis), /loss 1 is 1.2/);
  assert.throws(() => normalPValue([NaN], hypothesis), /loss 0 is NaN/);
  assert.throws(() => normalPValue([0], { maxLoss: 0, level: 0.1 }), RangeError);
  assert.throws(() => normalPValue([0], { maxLoss: 0.02, level: 1 }), RangeError);
});

test('simulated at the margin it passes in at most a tenth of runs, also where losses are rare and large', () => {
  const uniform = uniformBy(11);
  // Of the answers so many lose a half or all; the mean is the margin.
  for (const [lost, size] of [
    [0.02, 1],
    [0.04, 0.5],
    [0.2, 0.1],
  ] as const)
    for (const rows of [400, 1_800]) {
      let passed = 0;
      for (let run = 0; run < 2_000; run++) {
        const losses = Float64Array.from({ length: rows }, () => (uniform() < lost ? size : 0));
        if (normalPValue(losses, hypothesis) <= hypothesis.level) passed++;
      }
      // A tenth, and three standard errors of so many runs.
      assert.ok(passed > 50 && passed < 240, `${rows} rows, ${size}: ${passed} of 2000`);
    }
});

test('the expected number of further rows is enough', () => {
  const measured = alternating(600, 0.5);
  const further = furtherNormal(measured, hypothesis) ?? assert.fail();
  assert.ok(further > 0, String(further));
  assert.ok(normalPValue(alternating(600 + further, 0.5), hypothesis) <= hypothesis.level);
  assert.equal(furtherNormal(new Float64Array(400), hypothesis), 0);
  assert.equal(furtherNormal(new Float64Array(400).fill(0.05), hypothesis), undefined);
  assert.equal(furtherNormal([], hypothesis), undefined);
});
