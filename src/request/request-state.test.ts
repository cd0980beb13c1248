import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from './request-state.ts';

test('ids are UUIDv7 of this moment, each greater than the one before', () => {
  const before = Date.now();
  const ids = Array.from({ length: 5_000 }, newId);
  const after = Date.now();
  ids.forEach((id, index) => {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const madeMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    assert.ok(madeMs >= before && madeMs <= after, `${madeMs} lies in ${before}–${after}`);
    assert.ok(index === 0 || id > (ids[index - 1] ?? ''), `${id} after ${ids[index - 1]}`);
  });
});

test('the last 48 bits differ from id to id, across the fetches of random bytes', () => {
  const tails = Array.from({ length: 5_000 }, () => newId().slice(-12));
  assert.equal(new Set(tails).size, tails.length);
  const mean = tails.reduce((sum, tail) => sum + Number.parseInt(tail, 16) / 2 ** 48, 0) / tails.length;
  // Of 5,000 uniform numbers: five standard errors are .02.
  assert.ok(Math.abs(mean - 0.5) < 0.03, String(mean));
});
