import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learningRoutes } from './learning-routes.ts';
import { BASE, usable } from './testing.ts';

test('a route says what it promises, or that it is decided by hand', () => {
  const config = usable(`${BASE}learning: { agreement: exact }
routes:
  promised: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.95 } }
  limits: { tiers: [small, large], objective: { thresholds: [0.8] } }
  ruled: { tiers: [small, large], objective: { heuristic: v1 } }
  worth: { tiers: [small, large], objective: { valueOfGoodAnswerUsd: 0.05 } }
  single: { tiers: [large] }
`);
  const tiers = ['small', 'large'];
  assert.deepEqual(learningRoutes(config), [
    { route: 'promised', tiers, promise: { maxQualityLoss: 0.02, certainty: 0.95 }, dailyBudgetUsd: 1 },
    { route: 'limits', tiers, byHand: 'thresholds' },
    { route: 'ruled', tiers, byHand: 'heuristic' },
    { route: 'worth', tiers },
    { route: 'single', tiers: ['large'] },
  ]);
});

test('why a route that promises something cannot learn is said with what to write, and who does not judge', () => {
  const told = (yaml: string) => {
    const [promised, worth] = learningRoutes(
      usable(`${BASE}${yaml}
routes:
  promised: { tiers: [small, large], objective: { maxQualityLoss: 0.02 } }
  worth: { tiers: [small, large], objective: { valueOfGoodAnswerUsd: 0.05 } }
`),
    );
    assert.deepEqual([worth?.problem, worth?.nobodyJudges], [undefined, undefined]);
    return [promised?.problem, promised?.nobodyJudges];
  };
  assert.match(String(told('')[0]), /no `learning` block.*add `learning: \{ judge: NAME \}`/);
  assert.match(
    String(told('learning: { dailyBudgetUsd: 0, judge: large }')[0]),
    /`learning\.dailyBudgetUsd` is 0/,
  );
  assert.match(
    String(told('learning: { judge: large }\nstore: "sqlite::memory:"')[0]),
    /set `store` to a file/,
  );
  assert.deepEqual(told('learning: {}'), [undefined, true]);
  assert.deepEqual(told('learning: { judge: large }'), [undefined, undefined]);
  assert.deepEqual(told('learning: { agreement: number }'), [undefined, undefined]);
});
