import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { between } from '../../test/numbers.ts';
import { createRandom } from './fit/random.ts';

/** The JSON text of a golden file made by `golden/make.py`. */
export function golden(name: string): string {
  return readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8');
}

/** Fails unless the two are within `tolerance`, absolutely or relative to the expected one. */
export function assertClose(
  actual: number | undefined,
  expected: number,
  tolerance = 1e-9,
  what = 'value',
): void {
  assert.ok(actual !== undefined && !Number.isNaN(actual), `${what} is ${actual}, not ${expected}`);
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what} is ${actual}, not ${expected}`,
  );
}

/** `assertClose` for each pair. */
export function assertAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-9,
): void {
  assert.equal(actual.length, expected.length);
  Array.from(expected).forEach((value, index) =>
    assertClose(actual[index], value, tolerance, `value ${index}`),
  );
}

/** Numbers within [0, 1), the same for a seed. */
export function uniformBy(seed: number): () => number {
  const random = createRandom(seed);
  return () => (random.next() >>> 0) / 2 ** 32;
}

/** Properties run with this seed, so that a failure repeats. */
export const PROPERTY = { seed: 20261124, numRuns: 100 };

/** An intercept and two columns, with an outcome and a weight: for `fc.record`. */
export const rowOfThree = {
  x: fc.tuple(fc.constant(1), between(-3, 3), between(-3, 3)),
  y: fc.constantFrom(0, 0.5, 1),
  weight: fc.constantFrom(0, 1, 2.5),
};
