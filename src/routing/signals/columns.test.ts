import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnSchema, columnValue, encode, transforms, type Column } from './columns.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);
const column = (transform: Column['transform'], centre = 0, scale = 1): Column => ({
  signal: 's',
  transform,
  centre,
  scale,
});

test('a value is transformed, then centred, then scaled', () => {
  near(columnValue(column('identity', 1, 2), 5), (5 - 1) / 2);
  near(columnValue(column('log1p', 1, 2), Math.E ** 3 - 1), (3 - 1) / 2);
  near(columnValue(column('logit', 1, 2), 1 / (1 + Math.exp(-3))), (3 - 1) / 2);
  near(columnValue(column('logit-exp', 1, 2), -Math.log1p(Math.exp(-3))), (3 - 1) / 2);
});

test('a count below nothing counts as nothing', () => {
  assert.equal(columnValue(column('log1p'), -0.5), 0);
  near(columnValue(column('log1p'), 0.5), Math.log(1.5));
});

test('what is missing, or no finite number, is at the centre of its column, and told apart by a column of its own', () => {
  for (const value of [undefined, NaN, Infinity, -Infinity]) {
    assert.equal(columnValue(column('missing', 7, 3), value), 1);
    for (const transform of transforms.filter((each) => each !== 'missing'))
      assert.equal(columnValue(column(transform, 7, 3), value), 0);
  }
  for (const value of [0, -1, 1e300]) assert.equal(columnValue(column('missing', 7, 3), value), 0);
});

test('whatever the value, the centre and the scale, a column is a finite number, at most a million from 0', () => {
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(0, 1, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...transforms),
      number.filter(Number.isFinite),
      number.filter((scale) => scale > 0 && Number.isFinite(scale)),
      number,
      (transform, centre, scale, value) => {
        const known = columnSchema.parse(column(transform, centre, scale));
        assert.ok(Math.abs(columnValue(known, value)) <= 1e6);
      },
    ),
    { seed: 1, numRuns: 1_000 },
  );
  assert.deepEqual(
    [-1, 1].map((sign) => columnValue(column('identity'), sign * Number.MAX_VALUE)),
    [-1e6, 1e6],
  );
});

test('a row is the intercept’s 1 and a number for each column in its order, and nothing more', () => {
  const columns = [
    { ...column('identity'), signal: 'b' },
    { ...column('missing'), signal: 'c' },
    { ...column('identity', 0, 2), signal: 'a' },
  ];
  assert.deepEqual(encode(columns, { a: 6, b: 5 }), Float64Array.of(1, 5, 1, 3));
  assert.deepEqual(encode([], { a: 6 }), Float64Array.of(1));
});

test('a column without a width is refused', () => {
  assert.equal(columnSchema.safeParse(column('identity', 0, 0)).success, false);
  assert.equal(columnSchema.safeParse(column('identity', 0, -1)).success, false);
});
