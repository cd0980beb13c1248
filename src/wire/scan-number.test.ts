import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanNumber } from './scan-number.ts';

function read(text: string, at = 0): { value: number | undefined; at: number } {
  const place = { at };
  const value = scanNumber(text, place);
  return { value, at: place.at };
}

/** Numbers as servers write them: more or fewer digits than a double holds, with and without an exponent. */
const spelled = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String)),
    decimals: fc.option(fc.stringMatching(/^\d{1,30}$/), { nil: undefined }),
    exponent: fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/), { nil: undefined }),
  })
  .map(
    ({ sign, whole, decimals, exponent }) =>
      sign + whole + (decimals === undefined ? '' : `.${decimals}`) + (exponent ?? ''),
  );

test('any number is read as JSON.parse reads it, to the last bit, and no character more', () => {
  fc.assert(
    fc.property(spelled, fc.constantFrom('', ',', '}', ']', ' '), fc.nat(5), (text, after, before) => {
      const { value, at } = read('x'.repeat(before) + text + after, before);
      assert.ok(Object.is(value, JSON.parse(text)), text);
      assert.equal(at, before + text.length);
    }),
    { seed: 11, numRuns: 5_000 },
  );
});

test('any double, as JavaScript spells it, comes back the same', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = JSON.stringify(number);
      assert.ok(Object.is(read(text).value, JSON.parse(text)), text);
    }),
    { seed: 12, numRuns: 5_000 },
  );
});

test('where no number stands there is none, and the place stays', () => {
  for (const text of ['', '-', '.5', 'e1', '+1', 'NaN', 'null', '"1"', '-.5'])
    assert.deepEqual(read(text), { value: undefined, at: 0 }, text);
});

test('what JSON forbids is read no further than JSON allows', () => {
  assert.deepEqual(read('01'), { value: 0, at: 1 });
  assert.deepEqual(read('-007'), { value: -0, at: 2 });
  assert.deepEqual(read('1.'), { value: 1, at: 1 });
  assert.deepEqual(read('1.e5'), { value: 1, at: 1 });
  assert.deepEqual(read('1e'), { value: 1, at: 1 });
  assert.deepEqual(read('1.5e+'), { value: 1.5, at: 3 });
});
