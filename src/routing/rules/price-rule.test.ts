import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sigmoid } from '../../calibration/fit/sigmoid.ts';
import type { ConfidenceModel } from '../confidence/confidence.ts';
import type { Pooled } from '../confidence/pooled.ts';
import {
  cheapest,
  costIn,
  pointAt,
  stateKey,
  weigh,
  type WeighedState,
  type OpenActions,
  type PriceRule,
} from './price-rule.ts';

const pooled = (shared: number[], groups: Record<string, number[]> = {}): Pooled => ({ shared, groups });
const column = { signal: 'p', transform: 'identity', centre: 0, scale: 1 } as const;

const model: ConfidenceModel = {
  format: 1,
  name: 'test',
  intercept: 0,
  features: [],
  requires: [],
  tiers: {
    small: {
      answered: {
        columns: [column],
        requires: ['p'],
        acceptable: pooled([0, 1]),
        better: pooled([-1, -2], { law: [1, 0] }),
        worse: pooled([-3, 0]),
      },
      paid: {
        columns: [column, { ...column, signal: 'pTrue' }],
        requires: ['p', 'pTrue'],
        acceptable: pooled([0, 1, 1]),
        better: pooled([-1, -2, -2]),
        worse: pooled([-3, 0, 0]),
      },
    },
  },
  evidence: {},
};

const rule: PriceRule = {
  kind: 'price',
  objective: { valueOfGoodAnswerUsd: 1 },
  noisePrice: 0.2,
  askCost: {
    small: { groups: {}, elsewhere: 10 },
    medium: { groups: { law: 35 }, elsewhere: 30 },
    large: { groups: {}, elsewhere: 100 },
  },
  paidCost: { small: { groups: { law: 5 } } },
  startColumns: [{ ...column, signal: 'promptTokens' }],
  path: [
    {
      priceOfQuality: 1_000,
      continuations: {
        'start>small': pooled([20, 0.1]),
        'start>medium': pooled([50, 0]),
        'small>medium': pooled([40, -10], { law: [5, 0] }),
        'small>paid': pooled([15, 0]),
        'small+paid>medium': pooled([44, 0, 0]),
      },
    },
  ],
  place: 0,
  furthest: 0,
};
const [point = assert.fail()] = rule.path;

const answered = (more: Partial<Extract<WeighedState, { at: 'answered' }>> = {}): WeighedState => ({
  at: 'answered',
  tier: 'small',
  paid: false,
  vetoed: false,
  signals: { p: 0.5 },
  ...more,
});
const onward: OpenActions = { later: ['medium', 'large'], last: 'large', paid: true };
const weighed = (
  known: WeighedState,
  options: Partial<OpenActions> = {},
  group = 'law',
): Record<string, number> & object => {
  const { actions } = weigh(rule, point, model, { group, features: { promptTokens: 50 } }, known, {
    ...onward,
    ...options,
  });
  return Object.fromEntries(
    actions.map(({ action, expectedCost }) => [action.do === 'ask' ? action.tier : action.do, expectedCost]),
  );
};
const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);

test('accepting costs the gain and a share of the disagreement, at the price of quality', () => {
  const { accept } = weighed(answered());
  const [better, worse] = [sigmoid(-1 + 1 - 1), sigmoid(-3)];
  near(accept, 1_000 * (better - worse + 0.2 * (better + worse)));
});

test('going on costs the call and what is expected to follow, with what the group adds', () => {
  const law = weighed(answered());
  assert.deepEqual(Object.keys(law), ['accept', 'paid', 'medium', 'large']);
  near(law['medium'], 35 + 40 - 5 + 5);
  near(law['paid'], 5 + 15);
  near(law['large'], 100);
});

test('in a group that was never seen the shared costs count, and what was bought nowhere else is not offered', () => {
  const other = weighed(answered(), {}, 'toString');
  assert.deepEqual(Object.keys(other), ['accept', 'medium', 'large']);
  near(other['medium'], 30 + 40 - 5);
});

test('before anything is asked every tier has its cost, by what is known of the request', () => {
  const start = weighed({ at: 'start' });
  assert.deepEqual(Object.keys(start), ['medium', 'large']);
  const all = weighed({ at: 'start' }, { later: ['small', 'medium', 'large'] });
  near(all['small'], 10 + 20 + 5);
  near(all['medium'], 35 + 50);
  near(all['large'], 100);
});

test('an answer that lacks a required signal cannot be accepted: only the last tier has a known cost', () => {
  for (const signals of [{}, { p: NaN }, { q: 1 }] as Record<string, number>[]) {
    const { belief } = weigh(
      rule,
      point,
      model,
      { group: 'law', features: {} },
      answered({ signals }),
      onward,
    );
    assert.equal(belief, undefined);
    assert.deepEqual(Object.keys(weighed(answered({ signals }))), ['large']);
  }
});

test('a vetoed answer can neither be accepted nor looked at for money, but whom to ask next is still weighed', () => {
  assert.deepEqual(Object.keys(weighed(answered({ vetoed: true }))), ['medium', 'large']);
});

test('paid signals are bought once, and then believed', () => {
  const bought = answered({ paid: true, signals: { p: 0.5, pTrue: 0.9 } });
  const after = weighed(bought);
  assert.deepEqual(Object.keys(after), ['accept', 'medium', 'large']);
  near(after['medium'], 35 + 44);
  assert.ok((after['accept'] ?? Infinity) < (weighed(answered())['accept'] ?? 0));
  assert.equal('paid' in weighed(answered(), { paid: false }), false);
});

test('a tier that may not be asked is not weighed', () => {
  assert.deepEqual(Object.keys(weighed(answered(), { later: ['large'] })), ['accept', 'paid', 'large']);
  assert.deepEqual(Object.keys(weighed(answered(), { later: [], paid: false })), ['accept']);
});

test('a tier without a model of its own is never accepted, and never in the way', () => {
  const medium = answered({ tier: 'medium' });
  assert.deepEqual(Object.keys(weighed(medium, { later: ['large'] })), ['large']);
});

test('of equal costs the first action is taken, and without actions none', () => {
  const actions = [3, 1, 1].map((expectedCost, index) => ({
    action: { do: 'ask', tier: String(index) } as const,
    callCost: 0,
    expectedCost,
  }));
  assert.equal(cheapest(actions), actions[1]);
  assert.equal(cheapest([]), undefined);
});

test('states are told apart by tier and by what was bought', () => {
  assert.deepEqual(
    [stateKey({ at: 'start' }), stateKey(answered()), stateKey(answered({ paid: true }))],
    ['start', 'small', 'small+paid'],
  );
  assert.equal(costIn(undefined, 'law'), undefined);
});

test('a position beyond the path is its last point', () => {
  const path = [3, 2, 1].map((priceOfQuality) => ({ ...point, priceOfQuality }));
  assert.equal(pointAt({ path, place: 2.5, furthest: 9 }, 0).priceOfQuality, 1);
  assert.equal(pointAt({ path, place: 3, furthest: 9 }, 0.9).priceOfQuality, 1);
});
