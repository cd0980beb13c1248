import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learningRoutes } from './learning-routes.ts';
import { BASE, usable } from './testing.ts';

test('a route says what it promises, or that it is decided by hand', () => {
  const config = usable(`${BASE}routes:
  promised: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.95 } }
  limits: { tiers: [small, large], objective: { thresholds: [0.8] } }
  ruled: { tiers: [small, large], objective: { heuristic: v1 } }
  worth: { tiers: [small, large], objective: { valueOfGoodAnswerUsd: 0.05 } }
  single: { tiers: [large] }
`);
  const tiers = ['small', 'large'];
  assert.deepEqual(learningRoutes(config), [
    { route: 'promised', tiers, promise: { maxQualityLoss: 0.02, certainty: 0.95 } },
    { route: 'limits', tiers, byHand: 'thresholds' },
    { route: 'ruled', tiers, byHand: 'heuristic' },
    { route: 'worth', tiers },
    { route: 'single', tiers: ['large'] },
  ]);
});
