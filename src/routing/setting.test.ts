import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastTier, nextTier } from './setting.ts';

test('the next and the last tier are those that may still be asked', () => {
  assert.deepEqual([nextTier({ later: [1, 3] }), lastTier({ later: [1, 3] })], [1, 3]);
});

test('where no tier may be asked there is no next one, and it is not the first', () => {
  for (const tierOf of [nextTier, lastTier])
    assert.throws(() => tierOf({ later: [] }), { name: 'RangeError', message: 'no later tier may be asked' });
});
