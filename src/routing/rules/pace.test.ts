import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { createRandom } from '../../calibration/fit/random.ts';
import { budgetOf, nextPosition, paceOf, resumedPosition } from './pace.ts';
import { pointAt, type PriceRule } from './price-rule.ts';
import { handMade } from '../testing.ts';

const BUDGET = 300;

/** A path on which the point with price `n` is n steps from the cheap end. */
function pathOf(points: number, furthest = points - 1, place = 0): PriceRule {
  const prices = Array.from({ length: points }, (_, index) => points - 1 - index);
  const objective = { budgetUsdPerRequest: BUDGET / 1e9 };
  return handMade({ tiers: { small: 1, large: 2 }, signal: 'p', prices, furthest, place, objective }).rule;
}

/** Chance that a request is sent on to the large model, at a point of the path. */
function escalated(rule: PriceRule, price: number): number {
  return 1 / (1 + Math.exp(6 * (0.5 - price / (rule.path.length - 1))));
}

interface Simulated {
  /** Spent a request ÷ budget, over the last half. */
  lastHalf: number;
  /** The same over all of it. */
  all: number;
  position: number;
}

/** Requests of 50 for the small model and 1,000 for the large one, or so; one in ten asks for three times as much. */
function simulate(
  rule: PriceRule,
  requests: number,
  drift: (index: number) => number,
  /** The request that costs a thousand times the budget. */
  dearAt?: number,
): Simulated {
  const random = createRandom(11);
  const toss = (): number => uniformFloat64(random);
  let position = rule.place;
  let total = 0;
  let firstHalf = 0;
  for (let index = 0; index < requests; index += 1) {
    if (index === requests / 2) firstHalf = total;
    const { priceOfQuality } = pointAt(rule, toss(), position);
    const size = (toss() < 0.1 ? 3 : 0.78) * drift(index);
    const usual = size * (50 + (toss() < escalated(rule, priceOfQuality) ? 1_000 : 0));
    const cost = index === dearAt ? 1_000 * BUDGET : usual;
    total += cost;
    position = nextPosition(rule, BUDGET, position, cost);
  }
  return {
    lastHalf: (total - firstHalf) / (requests / 2) / BUDGET,
    all: total / requests / BUDGET,
    position,
  };
}

test('spending per request comes to the budget within a few per cent, whatever becomes of the costs', () => {
  for (const [name, drift] of [
    ['as fitted', () => 1],
    ['dearer', () => 1.8],
    ['cheaper', () => 0.6],
    ['dearer half way', (index: number) => (index < 5_000 ? 1 : 1.6)],
    ['slowly dearer', (index: number) => 0.7 + index / 10_000],
  ] as const)
    for (const points of [81, 6, 2]) {
      const { lastHalf, all } = simulate(pathOf(points, points - 1, (points - 1) * 0.7), 10_000, drift);
      const where = `${name}, ${points} points: ${all}, ${lastHalf}`;
      assert.ok(Math.abs(all - 1) < 0.05, where);
      assert.ok(Math.abs(lastHalf - 1) < 0.05, where);
    }
});

test('without it the same drift goes far over the budget', () => {
  const rule = pathOf(81, 80, 56);
  const still = pointAt(rule, 0.5, 56).priceOfQuality;
  const mean = 1.002 * 1.8 * (50 + 1_000 * escalated(rule, still));
  assert.ok(mean / BUDGET > 1.4, String(mean / BUDGET));
});

test('one request of a thousand times the mean is made up for: the mean comes back to the budget', () => {
  for (const points of [81, 6, 2]) {
    const rule = pathOf(points, points - 1, (points - 1) * 0.7);
    const { all, lastHalf } = simulate(rule, 10_000, () => 1, 1_000);
    assert.ok(Math.abs(all - 1) < 0.05, `${points} points: ${all}`);
    assert.ok(Math.abs(lastHalf - 1) < 0.05, `${points} points: ${lastHalf}`);
  }
});

test('where the path cannot keep the budget it stays at the cheap end, and comes back once so much was made up for', () => {
  const rule = pathOf(81);
  const dear = simulate(rule, 2_000, () => 20);
  assert.equal(dear.position, 880, 'ten path lengths beyond, and no further');
  assert.equal(pointAt(rule, 0.5, dear.position), pointAt(rule, 0.5, 80), 'decided as at the end');
  let position: number = dear.position;
  for (let request = 0; request < 3_150; request += 1) position = nextPosition(rule, BUDGET, position, 0);
  assert.ok(Math.abs(position - 40) < 1e-6, String(position));
});

test('more than the budget moves it on to the cheap side, less moves it back, and no request is decided beyond furthest', () => {
  const cost = fc.double({ min: 0, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(fc.nat(80), between(0, 1), cost, (furthest, share, spent) => {
      const rule = pathOf(81, furthest);
      const position = share * furthest * 11;
      const next = nextPosition(rule, BUDGET, position, spent);
      assert.ok(next >= 0 && next <= 11 * furthest);
      const decided = pointAt(rule, 0, next).priceOfQuality;
      assert.ok(decided >= pointAt(rule, 0, furthest).priceOfQuality);
      assert.ok(spent > BUDGET ? next >= position : next <= position);
    }),
  );
});

test('it moves by the same share of a path however many points that has', () => {
  assert.ok(Math.abs(nextPosition(pathOf(81), BUDGET, 40, 2 * BUDGET) - 40 - 80 / 300) < 1e-12);
  assert.ok(Math.abs(nextPosition(pathOf(2), BUDGET, 0.5, 2 * BUDGET) - 0.5 - 1 / 300) < 1e-12);
});

test('a restart goes on from the requests of the record', () => {
  const rule = pathOf(81);
  const costs = [100, 900, 300, 50, 2_000];
  let position = 33.3;
  const history = costs.map((costNanoUsd) => {
    const paced = { position, costNanoUsd };
    position = nextPosition(rule, BUDGET, position, costNanoUsd);
    return paced;
  });
  const pace = paceOf(rule);
  assert.ok(pace);
  assert.equal(resumedPosition(pace, history), position);
  assert.equal(resumedPosition(pace, history.slice(2)), position);
  assert.equal(resumedPosition(pace, []), undefined);
});

test('only a policy that was solved for a budget has one', () => {
  assert.equal(budgetOf({ objective: { budgetUsdPerRequest: 0.001 } }), 1_000_000);
  assert.equal(budgetOf({ objective: { valueOfGoodAnswerUsd: 1 } }), undefined);
  assert.equal(budgetOf({ objective: { maxQualityLoss: 0.1, certainty: 0.9 } }), undefined);
});
