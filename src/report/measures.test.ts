import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qualityLoss, relativeCost, servedShares } from './measures.ts';
import type { ReportRow } from './rows.ts';

const row = (
  served: string,
  small: number | undefined,
  large: number | undefined,
  cost: number,
): ReportRow => ({
  id: 'a',
  group: 'g',
  served,
  answers: {
    small: small === undefined ? {} : { score: small },
    large: large === undefined ? {} : { score: large },
  },
  spent: [{ tier: served, on: 'answer', cost }],
  lastCost: 10,
});

test('the loss is the last score less the served one, over rows that have both', () => {
  const rows = [
    row('small', 0, 1, 1),
    row('small', 1, 1, 1),
    row('large', 0, 1, 10),
    row('small', undefined, 1, 1),
  ];
  const loss = qualityLoss(rows, 'large');
  assert.equal(loss?.value, 1 / 3);
  assert.ok(loss.lower < 1 / 3 && loss.upper > 1 / 3);
  assert.equal(qualityLoss([row('small', undefined, 1, 1)], 'large'), undefined);
});

test('the relative cost is a ratio of sums', () => {
  const cost = relativeCost([row('small', 1, 1, 1), row('large', 1, 1, 12)]);
  assert.equal(cost.value, 13 / 20);
  assert.ok(cost.lower >= 0 && cost.upper > 13 / 20);
});

test('without two rows there is no interval, and so no report', () => {
  assert.throws(() => relativeCost([row('small', 1, 1, 1)]), /at least two test questions.*there are 1/);
});

test('shares of the tiers that served come in the order of the tiers', () => {
  const shares = servedShares(
    [row('large', 1, 1, 1), row('small', 1, 1, 1), row('large', 1, 1, 1)],
    ['small', 'medium', 'large'],
  );
  assert.deepEqual(Object.entries(shares), [
    ['small', 1 / 3],
    ['medium', 0],
    ['large', 2 / 3],
  ]);
});
