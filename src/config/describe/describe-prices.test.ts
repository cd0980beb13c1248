import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy, Tier } from '../../routing/policy.ts';
import { describePrices, lacksPrices } from './describe-prices.ts';

const tier = (name: string, cost: number | undefined): Tier => ({
  name,
  model: name,
  upstream: 'u',
  location: 'cloud',
  ...(cost === undefined ? {} : { price: { input: cost, output: cost } }),
});

const policy = (costs: Record<string, number | undefined>, more: Partial<Policy> = {}): Policy => ({
  route: 'auto',
  tiers: Object.entries(costs).map(([name, cost]) => tier(name, cost)),
  rule: { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'escalate' },
  onAbstain: 'serve',
  data: {},
  certified: false,
  ...more,
});

const AWAITS: Partial<Policy> = {
  rule: { kind: 'last', objective: { maxQualityLoss: 0.05, certainty: 0.9 } },
};

test('where a price is missing, what to write is said, and what a route that is to learn cannot do', () => {
  const [said] = describePrices(policy({ small: undefined, large: 10 }, AWAITS));
  assert.match(
    said ?? '',
    /^The price of small is not known: the route learns nothing and cannot be tuned, .* Write models\.small\.price: \{ input: …, output: … \}/,
  );
  assert.deepEqual(
    [
      lacksPrices(policy({ small: undefined, large: 10 }, AWAITS)),
      lacksPrices(policy({ small: 1, large: 10 }, AWAITS)),
      lacksPrices(policy({ small: undefined, large: 10 })),
    ],
    [true, false, false],
  );
});

test('by prices alone: where a ladder pays, where it does not, and where its order is wrong', () => {
  assert.deepEqual(describePrices(policy({ small: 1, large: 20 })), [
    'By their prices, and for answers of the same length, the ladder costs less than large alone if small serves more than 5.0 % of the requests.',
  ]);
  assert.match(
    describePrices(policy({ small: 1, medium: 4, large: 20 })).join(),
    /if small and medium together serve more than 25\.0 %/,
  );
  assert.match(
    describePrices(policy({ small: 12, medium: 13, large: 20 })).join(),
    /^Do not cascade: by their prices small and medium together cost 125\.0 % of what large does/,
  );
  assert.match(
    describePrices(policy({ large: 20, small: 1 })).join(),
    /^large costs more than small by their prices, so the ladder is in the wrong order/,
  );
  assert.deepEqual(describePrices(policy({ only: 1 })), []);
});
