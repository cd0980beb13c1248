import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptRow, outcomeRow } from '../../store/testing.ts';
import type { AttemptRow, OutcomeRow } from '../../store/contract/outcome-rows.ts';
import { observedRequest } from './observed-request.ts';

const tier = (name: string) => ({
  name,
  model: `${name}-model`,
  upstream: 'local',
  location: 'cloud' as const,
});
const policy = {
  route: 'auto',
  tiers: [tier('small'), tier('large')],
  rule: { kind: 'last' as const, objective: { maxQualityLoss: 0.02, certainty: 0.9 } },
  onAbstain: 'serve' as const,
  data: {},
  certified: false,
};
const request = (given: object): string => JSON.stringify({ request: given });
const observed = (outcome: Partial<OutcomeRow>, attempts: AttemptRow[] = []) =>
  observedRequest(
    {
      outcome: outcomeRow('a', {
        createdAtMs: 5,
        explanation: request({ minTier: 0, maxTier: 1 }),
        ...outcome,
      }),
      attempts,
    },
    policy,
  );

test('the observed confidence is that of the first tier’s own answer, whichever tier served', () => {
  const attempts = [
    attemptRow('a', 0, { confidence: 0.4 }),
    attemptRow('a', 1, { about: 0, confidence: 0.3 }),
    attemptRow('a', 2, { tier: 'large', confidence: 0.9 }),
  ];
  assert.deepEqual(observed({ decision: 'escalated', tier: 'large' }, attempts), {
    confidence: 0.4,
    accepted: false,
    atMs: 5,
  });
});

test('the first tier’s answer was accepted where it served; where it was not asked there is no confidence', () => {
  assert.deepEqual(observed({ decision: 'accepted', tier: 'small' }, [attemptRow('a', 0)]), {
    accepted: true,
    atMs: 5,
  });
  assert.deepEqual(observed({ decision: 'direct', tier: 'large' }), { accepted: false, atMs: 5 });
  assert.deepEqual(observed({ decision: 'abstained' }), { accepted: false, atMs: 5 });
});

test('requests decided by a failure or by their own limits are not observed', () => {
  for (const decision of ['fallback', 'failed'])
    assert.equal(observed({ decision, tier: 'small' }), undefined);
  for (const narrowed of [
    { minTier: 1, maxTier: 1 },
    { minTier: 0, maxTier: 0 },
  ])
    assert.equal(observed({ decision: 'accepted', explanation: request(narrowed) }), undefined);
});

test('a request written by an older release of Weir can be observed', () => {
  assert.deepEqual(observed({ decision: 'accepted', tier: 'small', explanation: '{}' }), {
    accepted: true,
    atMs: 5,
  });
});
