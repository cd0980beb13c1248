import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSince } from './since.ts';

const now = Date.UTC(2026, 10, 24, 12);

test('a moment is a date, in UTC unless it names an offset, or an age', () => {
  assert.equal(parseSince('2026-11-01', now), Date.UTC(2026, 10, 1));
  assert.equal(parseSince('2026-11-01T12:30Z', now), Date.UTC(2026, 10, 1, 12, 30));
  assert.equal(parseSince('2026-11-01T12:30:00+02:00', now), Date.UTC(2026, 10, 1, 10, 30));
  assert.equal(parseSince('24h', now), now - 86_400_000);
  assert.equal(parseSince('7d', now), now - 7 * 86_400_000);
});

test('anything else is refused, and the message says what is allowed', () => {
  for (const text of ['', 'yesterday', '2026-13-01', '11/01/2026', '2026-11-01T12:30', '-1d'])
    assert.throws(() => parseSince(text, now), /It must be a date \(UTC\), such as '2026-11-01'/);
});
