import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeChanges, isSameUpstream } from './describe-changes.ts';
import { BASE, usable } from '../testing.ts';

const ROUTE = 'routes: { auto: { tiers: [small, large], objective: { thresholds: [0.5] } } }\n';

test('changes are named by their keys, those of named things one by one', () => {
  const before = usable(BASE + ROUTE);
  const after = usable(
    `${BASE.replace('qwen3:32b', 'qwen3:14b').replace('  small:', '  tiny: { upstream: local, model: qwen3:1b }\n  small:')}routes: { support: { tiers: [small] } }\nretention: { texts: true }\n`,
  );
  assert.deepEqual(describeChanges(before, after).toSorted(), [
    'models.medium changed',
    'models.tiny added',
    'retention changed',
    'routes.auto removed',
    'routes.support added',
  ]);
  assert.deepEqual(describeChanges(before, usable(BASE + ROUTE)), []);
});

test('a changed credential is a change, and is not shown', () => {
  const [one, other] = [usable(BASE), usable(BASE, { KEY: 'sk-another' })];
  assert.deepEqual(describeChanges(one, other), ['upstreams.cloud changed']);
  assert.equal(isSameUpstream(one.upstreams['cloud'], other.upstreams['cloud']), false);
  assert.equal(isSameUpstream(one.upstreams['cloud'], usable(BASE).upstreams['cloud']), true);
  assert.equal(isSameUpstream(undefined, one.upstreams['cloud']), false);
});

test('a changed header is a change', () => {
  const withHeader = (value: string) =>
    usable(BASE.replace('location: cloud,', `location: cloud, headers: { x-team: ${value} },`));
  assert.deepEqual(describeChanges(withHeader('a1'), withHeader('b2')), ['upstreams.cloud changed']);
});
