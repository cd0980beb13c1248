import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { pointAt, type PathPoint } from '../../routing/rules/price-rule.ts';
import { positionForBudget, thinPath } from './path-position.ts';

const pathOf = (length: number): PathPoint[] =>
  Array.from({ length }, (_, index) => ({ priceOfQuality: 100 - index, continuations: {} }));

test('a random mix of two neighbours costs the budget exactly', () => {
  const costs = fc.array(between(0, 10), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(costs, between(0, 10), (path, budget) => {
      const place = positionForBudget(path, budget);
      if (place === undefined) {
        assert.ok(path.every((cost) => cost > budget));
        return;
      }
      const [low, high] = [Math.floor(place), Math.ceil(place)];
      const share = place - low;
      const cost = (1 - share) * (path[low] ?? NaN) + share * (path[high] ?? NaN);
      if (place === 0) assert.ok(cost <= budget);
      else assert.ok(Math.abs(cost - budget) < 1e-9, `${cost} for ${budget}`);
      assert.ok(place >= 0 && high < path.length);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('if even the dearest point is within the budget, it is taken', () => {
  assert.equal(positionForBudget([3, 2, 1], 5), 0);
  assert.equal(positionForBudget([3, 2, 1], 2), 1);
  assert.equal(positionForBudget([3, 2, 1], 1.5), 1.5);
  assert.equal(positionForBudget([3, 2, 1], 0.5), undefined);
  assert.equal(positionForBudget([], 1), undefined);
});

test('a thinned path keeps the point, its neighbour, the end and the order, and few others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (length, a, b) => {
      const until = a % length;
      const at = b % (until + 1);
      const full = pathOf(length);
      const { path, place } = thinPath(full, at, until);
      assert.equal(path[place], full[at]);
      if (at > 0) assert.equal(path[place - 1], full[at - 1]);
      assert.equal(path.at(-1), full[until]);
      assert.ok(path.length <= 20);
      const prices = path.map(({ priceOfQuality }) => priceOfQuality);
      assert.deepEqual(
        prices,
        prices.toSorted((x, y) => y - x),
      );
    }),
    { seed: 6, numRuns: 300 },
  );
});

test('no position leads past the furthest point', () => {
  const rule = { path: pathOf(10), place: 9, furthest: 4 };
  assert.equal(pointAt(rule, 0).priceOfQuality, 96);
  assert.equal(pointAt(rule, 0.99, 4.7).priceOfQuality, 96);
  assert.equal(pointAt(rule, 0.5, -3).priceOfQuality, 100);
});

test('a position between two points takes the further one for that share of the coins', () => {
  const rule = { path: pathOf(10), place: 2.3, furthest: 9 };
  const further = [...Array(1_000).keys()].filter((u) => pointAt(rule, u / 1_000).priceOfQuality === 97);
  assert.equal(further.length, 300);
});
