import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRetryAfter } from './retry-after.ts';

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);

test('seconds, fractions of them, and milliseconds are read', () => {
  assert.equal(parseRetryAfter({ 'retry-after': '3' }, NOW), 3_000);
  assert.equal(parseRetryAfter({ 'retry-after': ' 0.5 ' }, NOW), 500);
  assert.equal(parseRetryAfter({ 'retry-after': '0' }, NOW), 0);
  assert.equal(parseRetryAfter({ 'retry-after-ms': '250' }, NOW), 250);
});

test('milliseconds are more exact than seconds', () => {
  assert.equal(parseRetryAfter({ 'retry-after': '1', 'retry-after-ms': '250' }, NOW), 250);
});

test('an HTTP date is a point in time, and one that has passed is now', () => {
  assert.equal(parseRetryAfter({ 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' }, NOW), 30_000);
  assert.equal(parseRetryAfter({ 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, NOW), 0);
});

test('what is neither says nothing', () => {
  for (const text of ['', 'soon', '-5', '1e9', 'NaN', '5 minutes']) {
    assert.equal(parseRetryAfter({ 'retry-after': text }, NOW), undefined, text);
  }
  assert.equal(parseRetryAfter({}, NOW), undefined);
});
