import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PriceRule } from '../../routing/rules/price-rule.ts';
import { testVersion } from '../table/testing.ts';
import { diffVersions, changeSize, evidenceFigures, type NumberChange } from './version-diff.ts';

const { rule } = testVersion();
const costsOf = (before: Partial<PriceRule>, after: Partial<PriceRule>): NumberChange[] =>
  diffVersions(testVersion({ rule: { ...rule, ...before } }), testVersion({ rule: { ...rule, ...after } }))
    .costs;
const following = (shared: Record<string, number[]>): PriceRule['path'][number] => ({
  priceOfQuality: 1,
  continuations: Object.fromEntries(
    Object.entries(shared).map(([name, numbers]) => [name, { shared: numbers, groups: {} }]),
  ),
});

test('figures are the numbers in the evidence, by their path; lists and texts are left out', () => {
  const evidence = { a: 1, b: 'two', c: null, d: [3, 4], e: { f: { g: -5 }, h: true, i: [6] } };
  assert.deepEqual(
    [...evidenceFigures(evidence)],
    [
      ['a', 1],
      ['e.f.g', -5],
    ],
  );
});

test('expected costs are those of the point at which each version stands', () => {
  const path = [1, 2, 3].map((cost) => following({ 'start>small': [100 * cost], 'small>paid': [cost, 9] }));
  const costs = costsOf({ path, place: 0.9, furthest: 2 }, { path, place: 5, furthest: 2 });
  assert.deepEqual(costs, [
    { name: 'what follows small after start', before: 100, after: 300 },
    { name: 'what follows the paid signals after small', before: 1, after: 3 },
  ]);
  assert.deepEqual(costsOf({ path, place: 9, furthest: 1 }, { path, place: 1, furthest: 1 }), []);
});

test('new and removed costs come first, then those that changed by the largest ratio', () => {
  const asking = (costs: Record<string, number>): Partial<PriceRule> => ({
    askCost: Object.fromEntries(
      Object.entries(costs).map(([tier, elsewhere]) => [tier, { groups: {}, elsewhere }]),
    ),
  });
  const costs = costsOf(
    asking({ tenth: 1_000, thrice: 50_000, gone: 7, refund: -1_000, half: 0, same: 3 }),
    asking({ tenth: 1_100, thrice: 150_000, new: 7, refund: -2_000, half: 0.5, same: 3 }),
  );
  assert.deepEqual(
    costs.map(({ name }) => /^asking (\w+), elsewhere$/.exec(name)?.[1]),
    ['new', 'gone', 'thrice', 'refund', 'half', 'tenth'],
  );
});

test('costs in groups, and of paid signals, are compared one by one', () => {
  const paidCost = { small: { groups: { law: 5 }, elsewhere: 4 } };
  assert.deepEqual(costsOf({ paidCost }, { paidCost: { small: { groups: { law: 5, maths: 6 } } } }), [
    { name: 'the paid signals of small, group maths', after: 6 },
    { name: 'the paid signals of small, elsewhere', before: 4 },
  ]);
});

test('the size of a change counts an absent number as 0', () => {
  assert.equal(changeSize({ name: 'x', after: -3 }), 3);
  assert.equal(changeSize({ name: 'x', before: 2 }), 2);
  assert.equal(changeSize({ name: 'x', before: 2, after: -1 }), 3);
});

test('every state and prediction of every tier is compared; a tier that one version lacks is all new', () => {
  const model = testVersion().confidenceModel;
  const answered = model.tiers?.['small']?.answered ?? assert.fail();
  const paid = { ...answered, better: { shared: [1, 2], groups: {} } };
  const after = testVersion({
    confidenceModel: {
      ...model,
      tiers: { small: { answered: { ...answered, worse: { shared: [8, 9], groups: {} } }, paid } },
    },
  });
  const { coefficients } = diffVersions(testVersion(), after);
  assert.deepEqual(
    coefficients.map(({ state, predicts }) => `${state} ${predicts}`),
    ['small worse', 'small+paid acceptable', 'small+paid better', 'small+paid worse'],
  );
  assert.deepEqual(coefficients[2]?.changes, [
    { name: 'meanLogprob (identity)', after: 2 },
    { name: 'intercept', after: 1 },
  ]);
});
