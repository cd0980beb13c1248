import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minimise } from './newton.ts';
import type { ConvexObjective } from './newton.ts';
import { assertClose } from '../testing.ts';

/** A convex function of one number, by its value and two derivatives. */
function ofOne(
  value: (x: number) => number,
  slope: (x: number) => number,
  curvature: (x: number) => number,
): ConvexObjective {
  let x = NaN;
  return {
    value: (at) => value((x = at[0] ?? NaN)),
    newtonStep: () => ({
      step: Float64Array.of(slope(x) / curvature(x)),
      decrement: slope(x) ** 2 / curvature(x),
    }),
  };
}

test('a parabola takes one step', () => {
  const found = minimise(
    ofOne(
      (x) => (x - 3) ** 2,
      (x) => 2 * (x - 3),
      () => 2,
    ),
    Float64Array.of(10),
  );
  assert.deepEqual([...found.at], [3]);
  assert.equal(found.iterations, 1);
  assert.equal(found.converged, true);
});

test('a function on which the full step diverges still converges', () => {
  // √(1 + x²): Newton's full step from |x| > 1 goes to −x³.
  const root = (x: number): number => Math.sqrt(1 + x * x);
  const found = minimise(
    ofOne(
      root,
      (x) => x / root(x),
      (x) => root(x) ** -3,
    ),
    Float64Array.of(5),
  );
  assertClose(found.at[0], 0);
  assert.equal(found.converged, true);
});

test('running out of steps is said', () => {
  const found = minimise(ofOne(Math.exp, Math.exp, Math.exp), Float64Array.of(0), { maxIterations: 7 });
  assert.equal(found.converged, false);
  assert.equal(found.iterations, 7);
  assertClose(found.at[0], -7);
});

test('a start at the minimum takes no step', () => {
  const found = minimise(
    ofOne(
      (x) => x * x,
      (x) => 2 * x,
      () => 2,
    ),
    Float64Array.of(0),
  );
  assert.deepEqual([found.iterations, found.converged, found.at[0]], [0, true, 0]);
});
