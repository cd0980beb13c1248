import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAllowances } from './allowances.ts';

test('time that a key took comes back over a minute', () => {
  let clock = 0;
  const allowances = createAllowances(1_000, () => clock);
  assert.ok(allowances.hasTime('a'));
  allowances.charge('a', 1_500);
  assert.ok(!allowances.hasTime('a') && allowances.hasTime('b'));
  clock = 30_000;
  assert.ok(!allowances.hasTime('a'), '1,000 of 1,500 are still taken');
  clock = 30_060;
  assert.ok(allowances.hasTime('a'));
  allowances.charge('a', 1);
  assert.ok(!allowances.hasTime('a'));
});

test('only so many keys are remembered', () => {
  const allowances = createAllowances(1_000, () => 0, 2);
  for (const key of ['a', 'b', 'a', 'c']) allowances.charge(key, 2_000);
  assert.deepEqual(['a', 'b', 'c'].map(allowances.hasTime), [false, true, false]);
});
