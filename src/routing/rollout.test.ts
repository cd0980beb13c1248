import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAlone, shareNow, shareWords, stoppedWords } from './rollout.ts';
import { testPolicy } from './testing.ts';

test('what was said while a gateway ran holds until the configuration says something else', () => {
  assert.equal(shareNow(0, undefined), 0);
  assert.equal(shareNow(0, { share: 0.25, configured: 0 }), 0.25);
  assert.equal(shareNow(1, { share: 0.25, configured: 0 }), 1);
  assert.equal(shareNow(0.5, { share: 0, configured: 0.5 }), 0);
});

test('the last tier alone is the policy of a route that has no other, and promises nothing', () => {
  const policy = { ...testPolicy({ kind: 'last', objective: { maxQualityLoss: 0.1, certainty: 0.9 } }) };
  const last = policy.tiers.at(-1);
  const { version: _, ...alone } = lastAlone({ ...policy, certified: true, version: 'abc' });
  assert.deepEqual(alone, {
    route: policy.route,
    tiers: [last],
    rule: { kind: 'thresholds', thresholds: [], withoutConfidence: 'escalate' },
    onAbstain: policy.onAbstain,
    data: policy.data,
    certified: false,
  });
  assert.equal(lastAlone({ ...policy, onLastTierFailure: 'error' }).onLastTierFailure, 'error');
});

test('a share is said in words', () => {
  assert.deepEqual([0, 0.05, 1].map(shareWords), [
    'it observes, so its last tier answers everything',
    'its policy decides 5 % of the conversations, and its last tier answers the others',
    'its policy decides every request',
  ]);
  assert.match(
    stoppedWords({ route: 'auto', tiers: ['s', 'l'] }, 0.125),
    /at 12\.5 % .*: l answers .*`[^`]*rollout auto 12\.5%`/,
  );
});
