import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { durationSchema, formatDuration, parseDuration } from './duration.ts';

test('a duration is a number and a unit, and comes out in milliseconds', () => {
  const cases = {
    '250ms': 250,
    '5s': 5_000,
    '1m': 60_000,
    '2h': 7_200_000,
    '1.5s': 1_500,
    '0ms': 0,
    '0.4ms': 0,
  };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text);
});

test('anything else is no duration', () => {
  for (const text of [
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '5S',
    '5d',
    '1e3s',
    '5s ',
    '.5s',
    '5.s',
    'Infinitys',
    '5ss',
  ])
    assert.equal(parseDuration(text), undefined, text);
});

test('every whole number of milliseconds is formatted so that it reads back', () => {
  fc.assert(fc.property(fc.nat(2 ** 31), (ms) => parseDuration(formatDuration(ms)) === ms));
});

test('the shortest unit that is whole is used', () => {
  assert.deepEqual([0, 250, 1_000, 90_000, 60_000, 7_200_000].map(formatDuration), [
    '0ms',
    '250ms',
    '1s',
    '90s',
    '1m',
    '2h',
  ]);
});

test('the schema says what is accepted', () => {
  const message = (value: unknown): string | undefined =>
    durationSchema().safeParse(value).error?.issues[0]?.message;
  assert.match(message('soon') ?? '', /such as '250ms', '5s', '1m' or '2h'/);
  assert.match(message(5) ?? '', /such as '250ms', '5s', '1m' or '2h'/);
  assert.equal(message('5s'), undefined);
});

test('nothing and more than a timer can wait for are refused, unless nothing is allowed', () => {
  assert.equal(durationSchema().safeParse('0s').success, false);
  assert.equal(durationSchema({ atLeastMs: 0 }).safeParse('0s').success, true);
  assert.equal(durationSchema().safeParse('700h').success, false);
});
