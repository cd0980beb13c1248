import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPolicy } from '../routing/testing.ts';
import { isCertified } from './draw-audit.ts';

const policy = {
  ...testPolicy({ kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'escalate' }),
  certified: true,
};
// A whole request has much that a certificate does not look at.
const asked = (draw: object, of: object = {}, chat: object = {}) =>
  ({ route: { policy: { ...policy, ...of } }, draw, request: { chat } }) as unknown as Parameters<
    typeof isCertified
  >[0];

test('a certificate speaks of an answer by the rule, to a request that is covered, while coins are tossed', () => {
  for (const decision of ['accepted', 'escalated', 'direct'] as const)
    assert.equal(isCertified(asked({}), decision), true);
  for (const decision of ['fallback', 'abstained', 'failed'] as const)
    assert.equal(isCertified(asked({}), decision), false);
  assert.equal(isCertified(asked({}), undefined), undefined, 'before the decision nobody knows');
  assert.equal(isCertified(asked({ uncovered: 'tool_loop' }), 'accepted'), false);
  assert.equal(isCertified(asked({ untossed: 'budget' }), 'accepted'), false);
  assert.equal(isCertified(asked({}, { certified: false }), 'accepted'), false);
});

test('where recorded questions certified it, it speaks of requests that are asked for as those were', () => {
  const recorded = { streamed: ['whole'], sampling: { temperature: { least: 0, most: 0.5 } } };
  const certifiedOn = [recorded, recorded];
  const speaks = (chat: object, of: object = {}) =>
    isCertified(asked({}, { certifiedOn, ...of }, chat), 'accepted');
  assert.equal(speaks({ temperature: 0 }), true);
  assert.equal(speaks({ temperature: 0.5 }), true);
  assert.equal(speaks({ temperature: 0.6 }), false, 'another temperature');
  assert.equal(speaks({}), false, "the server's default");
  assert.equal(speaks({ temperature: 0, top_p: 0.9 }), false, 'another number');
  assert.equal(speaks({ temperature: 0, stream: true }), false, 'another way of asking');
  const tiers = policy.tiers.map((tier) => ({
    ...tier,
    asking: { params: { temperature: 0 }, dropParams: ['top_p'] },
  }));
  assert.equal(speaks({ temperature: 2, top_p: 0.9 }, { tiers }), true, "the model's own parameters count");
});
