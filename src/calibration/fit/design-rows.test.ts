import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flooredPenalty, packRows, requireUnitLabels, unidentifiedCoefficients } from './design-rows.ts';
import type { FitRow } from './design-rows.ts';
import { assertAllClose } from '../testing.ts';

test('rows are laid out one after the other, without those of weight 0, and weigh 1 by default', () => {
  const rows: FitRow[] = [
    { x: [1, 2], y: 0.5 },
    { x: [3, 4], y: 1, weight: 0 },
    { x: [5, 6], y: -7, weight: 0.25 },
  ];
  assert.deepEqual(packRows(rows, 2), {
    count: 2,
    width: 2,
    x: Float64Array.of(1, 2, 5, 6),
    y: Float64Array.of(0.5, -7),
    weight: Float64Array.of(1, 0.25),
  });
});

test('a number that is not finite is refused with its position, in rows of weight 0 too', () => {
  const good: FitRow = { x: [1, 2], y: 0 };
  const refuse = (row: FitRow, message: RegExp): void =>
    assert.throws(() => packRows([good, row], 2), message);
  refuse({ ...good, x: [NaN, 2] }, /row 1: feature 0 is NaN/);
  refuse({ ...good, x: [1, -Infinity], weight: 0 }, /row 1: feature 1 is -Infinity/);
  refuse({ ...good, x: [1, 2, 3] }, /row 1 has 3 features, not 2/);
  refuse({ ...good, y: Infinity }, /row 1: the label is Infinity/);
  refuse({ ...good, weight: -0.5 }, /row 1: the weight is -0.5/);
  refuse({ ...good, weight: Infinity }, /row 1: the weight is Infinity/);
});

test('labels within 0..1 are those from 0 to 1, the ends included', () => {
  const design = (...labels: number[]) =>
    packRows(
      labels.map((y) => ({ x: [1], y })),
      1,
    );
  requireUnitLabels(design(0, 0.5, 1));
  assert.throws(() => requireUnitLabels(design(0, -1e-9)), /a label is -1e-9/);
  assert.throws(() => requireUnitLabels(design(1.5, 0)), /a label is 1.5/);
});

test('a penalty is never below a tiny part of its column’s weighted squares, or of 1 where there are none', () => {
  const rows = [
    { x: [1, 100, 0], y: 0, weight: 2 },
    { x: [1, -300, 0], y: 1, weight: 0.5 },
  ];
  const floored = flooredPenalty(packRows(rows, 3), [0, 0, 0]);
  assertAllClose(
    Array.from(floored, (value) => value / 1e-9),
    [2.5, 2 * 100 ** 2 + 0.5 * 300 ** 2, 1],
  );
  assert.deepEqual(flooredPenalty(packRows(rows, 3), [0.1, 1, 2]), Float64Array.of(0.1, 1, 2));
});

test('a coefficient is not identified where the floor alone, and hardly a row, tells of it', () => {
  // What is known of each: 1 ÷ its variance. The floor makes a half, a thousandth, and a half that was asked for.
  const floored = Float64Array.of(0.5, 0.001, 0.5);
  assert.deepEqual(unidentifiedCoefficients([0, 0, 0.5], floored, [1, 1, 1]), [0]);
});
