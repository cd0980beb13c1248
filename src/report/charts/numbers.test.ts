import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dollars } from '../../format/money.ts';
import { measure, percentRange, shortPercent, unbrokenPercent, wholeNumber } from './numbers.ts';

/** With plain blanks, to be readable here. */
const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

test('percentages have one digit, a real minus, and no sign where they round to zero', () => {
  assert.deepEqual(
    [0.1234, -0.0123, -0.0001, 1].map((share) => plain(unbrokenPercent(share))),
    ['12.3 %', '−1.2 %', '0.0 %', '100.0 %'],
  );
  assert.equal(plain(unbrokenPercent(0.4949, 0)), '49 %');
  assert.match(unbrokenPercent(0.5), /\u00A0%$/, 'the percent sign stays on the line of its number');
});

test('on an axis a digit is shown only if it is not zero', () => {
  assert.deepEqual(
    [0.02, 0.025, 0, -0.02, 0.9999].map((share) => plain(shortPercent(share))),
    ['2 %', '2.5 %', '0 %', '−2 %', '100 %'],
  );
});

test('a range names its unit once', () => {
  assert.equal(plain(percentRange({ lower: -0.004, upper: 0.019 })), '−0.4 to 1.9 %');
});

test('counts have separators, measures three digits, and an unknown measure is a dash', () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(wholeNumber), ['0', '999', '1,000', '1,234,567']);
  assert.deepEqual([measure(0.12345), measure(undefined)], ['0.123', '–']);
});

test('dollars have three significant digits, and whole cents from ten dollars on', () => {
  assert.deepEqual([0, 0.4, 0.00012345, 1.5, 12.5, 1234.567].map(dollars), [
    '$0.00',
    '$0.400',
    '$0.000123',
    '$1.50',
    '$12.50',
    '$1,234.57',
  ]);
  assert.equal(dollars(9.999), '$10.00', 'what rounds up to ten is written like ten');
  assert.equal(dollars(1999.999), '$2,000.00');
});
