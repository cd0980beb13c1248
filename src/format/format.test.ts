import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dollars, nanoDollars, plainUsd } from './money.ts';
import { exactPercent, percent, percentAtMost, points } from './percent.ts';
import { isoDay, isoMinute, isoTime } from './time.ts';

test('a percentage has a real minus, and none where it rounds to zero', () => {
  assert.equal(percent(0.1234), '12.3 %');
  assert.equal(percent(0.1234, 0), '12 %');
  assert.equal(percent(-0.05), '−5.0 %');
  assert.equal(percent(-0.0001), '0.0 %');
  assert.equal(percent(0), '0.0 %');
  assert.equal(points(0.1234), '12.3');
  assert.equal(points(-0.05), '−5.0');
});

test('a share that somebody wrote is shown as it was written', () => {
  assert.equal(exactPercent(0.05), '5 %');
  assert.equal(exactPercent(0.0125), '1.25 %');
  assert.equal(exactPercent(0.07), '7 %');
});

test('an upper bound is rounded up, and not for noise', () => {
  assert.equal(percentAtMost(0.07), '7 %');
  assert.equal(percentAtMost(0.12341), '12.4 %');
  assert.equal(percentAtMost(0.000123401), '0.0124 %');
});

test('dollars have three significant digits, and cents at least', () => {
  assert.equal(dollars(0.04031), '$0.0403');
  assert.equal(dollars(1234.5), '$1,234.50');
  assert.equal(dollars(-1.25), '−$1.25');
  assert.equal(dollars(0), '$0.00');
  assert.equal(dollars(1e-15), '$0.000000000000');
  assert.equal(nanoDollars(1_300), '$0.00000130');
  assert.equal(plainUsd(1_300), '0.0000013');
  assert.equal(plainUsd(0), '0');
});

test('times are in UTC', () => {
  const ms = Date.UTC(2026, 10, 30, 18, 59, 35);
  assert.equal(isoTime(ms), '2026-11-30T18:59:35.000Z');
  assert.equal(isoDay(ms), '2026-11-30');
  assert.equal(isoMinute(ms), '2026-11-30 18:59');
});
