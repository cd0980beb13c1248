import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { areUnique, isMultipleOf, jsonEqual } from './json-values.ts';
import type { JudgingRun } from '../schema-node.ts';

const run = (): JudgingRun => ({
  steps: 0,
  limit: Infinity,
  atLimit: () => {},
  depth: 0,
  maxDepth: 512,
  known: undefined,
});

test('prices are multiples of a cent, whatever their binary fractions', () => {
  for (const cents of [1, 7, 1999, 12345, 100_000_001]) {
    assert.ok(isMultipleOf(Number(`${cents}e-2`), 0.01), String(cents));
    assert.ok(!isMultipleOf(Number(`${cents}5e-3`), 0.01), String(cents));
  }
  assert.ok(
    isMultipleOf(0, 0.3) &&
      isMultipleOf(-0.9, 0.3) &&
      !isMultipleOf(1e21, 7e-3) &&
      isMultipleOf(1e300, 1e-300),
  );
});

test('a product of decimal numbers is a multiple of either', () => {
  const digits = fc.integer({ min: -9_999, max: 9_999 });
  fc.assert(
    fc.property(
      digits,
      fc.integer({ min: 1, max: 9_999 }),
      fc.integer({ min: -20, max: 20 }),
      (times, divisor, exponent) => {
        const product = Number(`${times * divisor}e${exponent}`);
        assert.ok(isMultipleOf(product, Number(`${divisor}e${exponent}`)));
        const beside = Number(`${times * divisor + 1}e${exponent}`);
        assert.equal(isMultipleOf(beside, Number(`${divisor}e${exponent}`)), divisor === 1);
      },
    ),
  );
});

test('values are equal as node compares them', () => {
  const value = fc.jsonValue({ depthSize: 'small' });
  const isSame = (one: unknown, other: unknown) => {
    try {
      // -0 and 0 are the same number of JSON.
      assert.deepEqual(one, other);
      return JSON.stringify(one) === JSON.stringify(other) || jsonText(one) === jsonText(other);
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(value, value, (one, other) => {
      assert.equal(jsonEqual(one, other, run()), isSame(one, other));
      assert.ok(jsonEqual(one, structuredClone(one), run()));
      assert.equal(areUnique([one, other], run()), !isSame(one, other));
    }),
  );
});

/** With sorted keys. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

test('the order of keys does not count, and a text is not the number that it names', () => {
  assert.ok(jsonEqual({ a: 1, b: [2] }, { b: [2], a: 1 }, run()));
  assert.ok(
    !areUnique(
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      run(),
    ),
  );
  assert.ok(areUnique([1, '1', [1], ['1'], { a: 1 }, '{"a":1}', true, null, 'null'], run()));
  assert.ok(!areUnique([[0], [-0]], run()) && !areUnique([0, -0], run()));
  assert.ok(!jsonEqual(JSON.parse('{"__proto__":{}}'), {}, run()));
});

test('whether elements are unique is told in steps that grow with their number', () => {
  const stepsOf = (count: number) => {
    const counted = run();
    assert.ok(
      areUnique(
        Array.from({ length: count }, (_, index) => ({ index })),
        counted,
      ),
    );
    return counted.steps;
  };
  assert.equal(stepsOf(2_000), 2 * stepsOf(1_000));
});
