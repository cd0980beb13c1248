import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../../test/made-traces.ts';
import { watchableRate, upperUsualRate } from './alarm.ts';

test('a share is held away from 0 and 1', () => {
  assert.deepEqual([0, 0.004, 0.3, 1].map(watchableRate), [0.01, 0.01, 0.3, 0.99]);
});

test('the usual rate is a standard error above the measured one, more with fewer rows', () => {
  // (10 + 1)/(98 + 2) = .11, and √(.11 × .89/98) = .0316.
  assert.ok(Math.abs(upperUsualRate(10, 98) - 0.1416) < 1e-4, String(upperUsualRate(10, 98)));
  assert.ok(upperUsualRate(0, 40) > upperUsualRate(0, 100));
  assert.ok(upperUsualRate(0, 100) > upperUsualRate(0, 1_000));
  assert.ok(upperUsualRate(0, 1_000_000) < 0.0102, 'what is watched is never rarer than one in a hundred');
  assert.equal(upperUsualRate(40, 40), 0.99);
});

test('the usual rate is below the true one in at most one of six samples', () => {
  for (const rate of [0.02, 0.05, 0.2]) {
    const chance = createChance(3);
    const below = Array.from({ length: 1_000 }, () => {
      const found = Array.from({ length: 100 }, () => chance.coin(rate)).filter(Boolean).length;
      return upperUsualRate(found, 100) < rate;
    }).filter(Boolean).length;
    assert.ok(below / 1_000 <= 1 / 6, `${rate}: ${below}`);
  }
});
