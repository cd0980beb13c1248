import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLastTiers } from './last-tiers.ts';

test('more than 5 % of an hour’s requests are a matter for the operator, and an hour later they are none', () => {
  const clock = { now: 5_000_000 };
  const { ended, degraded } = createLastTiers(() => clock.now);
  for (let request = 0; request < 95; request += 1) ended('auto', false);
  for (let request = 0; request < 5; request += 1) ended('auto', true);
  assert.deepEqual(degraded(), []);
  clock.now += 30 * 60_000;
  ended('auto', true);
  assert.match(degraded().join(), /Route 'auto' served 5\.9 % of the last hour's requests/);
  clock.now += 30 * 60_000;
  assert.match(degraded().join(), /100\.0 %/, 'the older ones have left the hour');
  clock.now += 30 * 60_000;
  assert.deepEqual(degraded(), []);
});

test('routes are counted apart, and a long silence forgets all', () => {
  const clock = { now: 0 };
  const { ended, degraded } = createLastTiers(() => clock.now);
  ended('auto', true);
  ended('other', false);
  assert.equal(degraded().length, 1);
  clock.now += 24 * 3_600_000;
  assert.deepEqual(degraded(), []);
});
