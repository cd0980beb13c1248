import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { savings, type SavingsPlan } from './savings.ts';

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

const two = (kept: number): SavingsPlan => ({ tiers: [{ price: 1, kept }], lastPrice: 20 });
const three: SavingsPlan = {
  tiers: [
    { price: 0.05, kept: 0.7 },
    { price: 0.2, kept: 0.7 },
  ],
  lastPrice: 1,
};

test('two tiers cost r + ρ: a twentieth and 70 % kept are 35 %, not 15 %', () => {
  const { relativeCost, saved, items, escalatedToLast, cacheAlone } = savings(two(0.7));
  near(relativeCost, 0.35);
  near(saved, 0.65);
  near(escalatedToLast, 0.3);
  near(cacheAlone, 1);
  assert.deepEqual(
    items.map(({ on }) => on),
    ['tier', 'last'],
  );
});

test('15 % need 90 % kept', () => near(savings(two(0.9)).relativeCost, 0.15));

test('a middle tier is paid for what reaches it: .05 + .06 + .09 = .20', () => {
  const { items, relativeCost } = savings(three);
  [0.05, 0.06, 0.09].forEach((cost, index) => near(items[index]?.relativeCost, cost));
  near(relativeCost, 0.2);
});

test('a quarter from the cache makes .15 of it, and the cache has its own share of the merit', () => {
  const { relativeCost, cacheAlone, items } = savings({ ...three, cached: 0.25 });
  near(relativeCost, 0.15);
  near(cacheAlone, 0.75);
  assert.deepEqual(items[0], { on: 'cache', reached: 0.25, relativeCost: 0 });
});

test('a cached request has the given cost', () => {
  const { relativeCost, cacheAlone } = savings({ ...three, cached: 0.25, cachePrice: 0.04 });
  near(relativeCost, 0.16);
  near(cacheAlone, 0.76);
});

test('an audit pays for the tiers that would not have been asked', () => {
  // Asked of every tier: 1.25. Of the cascade's .20 nothing is paid twice.
  near(savings({ ...three, audited: 0.1 }).relativeCost, 0.9 * 0.2 + 0.1 * 1.25);
  near(savings({ ...three, audited: 1 }).relativeCost, 1.25);
});

test('it pays from r kept on, whatever the cache', () => {
  near(savings(two(0.7)).breakEvenKept, 0.05);
  near(savings({ ...two(0.7), cached: 0.4 }).breakEvenKept, 0.05);
});

test('a cheap middle tier pays for a small one that keeps nothing', () => {
  assert.equal(savings(three).breakEvenKept, 0);
  near(savings({ tiers: [{ price: 0.05, kept: 0 }, three.tiers[1]!], lastPrice: 1 }).relativeCost, 0.55); // oxlint-disable-line typescript/no-non-null-assertion -- it is written above.
});

test('a small model as dear as the large one never pays', () => {
  const result = savings({ tiers: [{ price: 1, kept: 1 }], lastPrice: 1 });
  assert.equal(result.breakEvenKept, undefined);
  near(result.saved, 0);
});

test('everything audited never pays', () => {
  assert.equal(savings({ ...two(0.9), audited: 1 }).breakEvenKept, undefined);
});

const share = between(0, 1);
const price = between(0, 3);
const plans = fc.record({
  tiers: fc.array(fc.record({ price, kept: share }), { minLength: 1, maxLength: 4 }),
  lastPrice: between(0.1, 3),
  cached: share,
  cachePrice: price,
  audited: share,
});

test('at the break-even the cascade costs what always asking the last tier costs behind the same cache', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const { breakEvenKept } = savings(plan);
      const [first, ...later] = plan.tiers;
      if (first === undefined || breakEvenKept === undefined || breakEvenKept === 0) return;
      const at = savings({ ...plan, tiers: [{ ...first, kept: breakEvenKept }, ...later] });
      assert.ok(Math.abs(at.relativeCost - at.cacheAlone) < 1e-9);
      const more = savings({ ...plan, tiers: [{ ...first, kept: 1 }, ...later] });
      assert.ok(more.relativeCost <= more.cacheAlone + 1e-9);
    }),
  );
});

test('the items add up, and the share that goes through is what the tiers do not keep', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const { items, relativeCost, saved, escalatedToLast } = savings(plan);
      assert.ok(Math.abs(items.reduce((sum, item) => sum + item.relativeCost, 0) - relativeCost) < 1e-9);
      assert.ok(Math.abs(saved + relativeCost - 1) < 1e-9);
      const through = plan.tiers.reduce((left, { kept }) => left * (1 - kept), 1);
      assert.ok(Math.abs(through - escalatedToLast) < 1e-12);
    }),
  );
});

test('an impossible plan is refused with what is wrong', () => {
  const wrong: [Partial<SavingsPlan>, RegExp][] = [
    [{ tiers: [] }, /a tier before the last/],
    [{ tiers: [{ price: -1, kept: 0.5 }] }, /price of tier 1 is -1/],
    [{ tiers: [{ price: 1, kept: 1.5 }] }, /share that tier 1 keeps is 1\.5/],
    [{ lastPrice: 0 }, /nothing can be saved/],
    [{ lastPrice: NaN }, /price of the last tier is NaN/],
    [{ cached: -0.1 }, /share cached is -0\.1/],
    [{ cachePrice: Infinity }, /price of the cache is Infinity/],
    [{ audited: 2 }, /share audited is 2/],
  ];
  for (const [change, message] of wrong)
    assert.throws(() => savings({ ...two(0.7), ...change }), { name: 'RangeError', message });
});
