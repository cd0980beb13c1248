import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectFurther } from './expect-further.ts';
import type { Judged } from './judge-rows.ts';

const PROMISE = { maxLoss: 0.05, level: 0.1 };
const point = (lost: number, relativeCost: number, rows = 200): Judged => ({
  losses: Float64Array.from({ length: rows }, (_, row) => (row < lost ? 1 : 0)),
  relativeCost,
});

test('more labels are expected to be needed the nearer the loss is to the promise', () => {
  const needed = [6, 7, 8].map((lost) => expectFurther([point(lost, 0.5)], PROMISE, 'exact') ?? NaN);
  assert.deepEqual(
    needed,
    needed.toSorted((a, b) => a - b),
  );
  assert.ok((needed[0] ?? 0) > 0, String(needed));
});

test('the walk has to pass all points before the one that saves', () => {
  const alone = expectFurther([point(6, 0.5)], PROMISE, 'exact');
  const behind = expectFurther([point(8, 1), point(0, 0.5)], PROMISE, 'exact');
  assert.ok(alone !== undefined && behind !== undefined && behind > alone);
  assert.equal(behind, expectFurther([point(8, 0.5)], PROMISE, 'exact'));
  // What passes already but stands behind one that fails needs what that one needs: never nothing.
  assert.ok((expectFurther([point(9, 1), point(0, 0.1)], PROMISE, 'exact') ?? 0) > 0);
});

test('nobody can say it where a point loses more than is allowed, or none saves', () => {
  assert.equal(expectFurther([point(20, 1), point(0, 0.5)], PROMISE, 'exact'), undefined);
  assert.equal(expectFurther([point(0, 1), point(1, 1.2)], PROMISE, 'exact'), undefined);
  assert.equal(expectFurther([], PROMISE, 'exact'), undefined);
});

test('graded losses are estimated too', () => {
  const graded = {
    losses: Float64Array.from({ length: 60 }, (_, row) => (row % 2) * 0.04),
    relativeCost: 0.5,
  };
  const further = expectFurther([graded], PROMISE, 'betting');
  assert.ok(further !== undefined && further > 0, String(further));
});
