import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEST_CERTIFICATE, testVersion } from '../learning/table/testing.ts';
import { applyVersion, type PromotedVersion } from './apply-version.ts';
import type { Policy } from './policy.ts';
import { versionTiers, type Version } from './version.ts';

const policy: Policy = {
  route: 'auto',
  tiers: [
    { name: 'small', model: 'small-model', upstream: 'here', location: 'on-premises' },
    { name: 'large', model: 'large-model', upstream: 'there', location: 'cloud' },
  ],
  rule: { kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } },
  onAbstain: 'error',
  data: { restricted: 'on-premises' },
  certified: false,
};

const promoted = (changes: Partial<Version> = {}): PromotedVersion => ({
  hash: 'abc123',
  read: { version: testVersion(changes) },
});

const withRule = (rule: Policy['rule']): Policy => ({ ...policy, rule });

function obstacle(version: PromotedVersion, route = policy): string {
  const served = applyVersion(route, version);
  assert.equal(served.confidenceModel, undefined);
  assert.equal(served.policy.certified, false);
  assert.equal(served.policy.version, undefined);
  return served.obstacle ?? '';
}

test('a version that fits brings its rule, its confidence model and its certificate, and nothing else', () => {
  const version = testVersion();
  const served = applyVersion(policy, promoted());
  assert.equal(served.obstacle, undefined);
  assert.deepEqual(served.confidenceModel, version.confidenceModel);
  assert.deepEqual(served.policy, { ...policy, rule: version.rule, certified: true, version: 'abc123' });
});

test('without a version the policy stays what it is', () => {
  assert.deepEqual(applyVersion(policy, undefined), { policy });
});

test('a version for a budget or a value applies, and certifies nothing, whatever it carries', () => {
  for (const objective of [{ budgetUsdPerRequest: 0.001 }, { valueOfGoodAnswerUsd: 0.05 }]) {
    const version = promoted({ rule: { ...testVersion().rule, objective } });
    const served = applyVersion(withRule({ kind: 'last', objective }), version);
    assert.equal(served.policy.rule.kind, 'price');
    assert.equal(served.policy.certified, false);
  }
});

test('a version for other tiers, in another order or of another number, does not apply', () => {
  const [small, large] = testVersion().tiers;
  assert.ok(small !== undefined && large !== undefined);
  assert.equal(
    obstacle(promoted({ tiers: [large, small] })),
    'version abc123 was made for large → small, and this route is small → large',
  );
  assert.match(obstacle(promoted({ tiers: [small] })), /made for small, and this route is small → large/);
});

test("a tier's model that changed lapses the version", () => {
  const tiers = policy.tiers.map((tier) => (tier.name === 'small' ? { ...tier, model: 'newer' } : tier));
  assert.equal(
    obstacle(promoted(), { ...policy, tiers }),
    "version abc123 was made for small as 'small-model', and it is 'newer' now",
  );
});

test('other parameters that a tier is asked with lapse the version, in whatever order they stand', () => {
  const [small, large] = policy.tiers;
  assert.ok(small !== undefined && large !== undefined);
  const asking = (params: Record<string, unknown>, dropParams: string[] = []): Policy => ({
    ...policy,
    tiers: [{ ...small, asking: { params, dropParams } }, large],
  });
  const warm = asking({ temperature: 1, seed: 7 }, ['stop', 'top_p']);
  const made = promoted({ tiers: versionTiers(warm.tiers) });
  assert.equal(
    applyVersion(asking({ seed: 7, temperature: 1 }, ['top_p', 'stop']), made).obstacle,
    undefined,
  );
  const other =
    'version abc123 was made for small asked with other parameters (params, dropParams, maxOutputTokens) than now';
  assert.equal(obstacle(made, asking({ temperature: 0, seed: 7 }, ['stop', 'top_p'])), other);
  assert.equal(obstacle(made, asking({ temperature: 1, seed: 7 }, ['stop'])), other);
  assert.equal(obstacle(made), other);
  assert.equal(obstacle(promoted(), warm), other);
  // They may be secret.
  assert.doesNotMatch(JSON.stringify(versionTiers(asking({ user: 'ada' }).tiers)), /ada/);
});

test('a version for another objective does not apply, neither in kind nor in figures', () => {
  for (const objective of [
    { maxQualityLoss: 0.01, certainty: 0.9 },
    { maxQualityLoss: 0.02, certainty: 0.95 },
    { budgetUsdPerRequest: 0.02 },
  ]) {
    assert.match(
      obstacle(promoted(), withRule({ kind: 'last', objective })),
      /^version abc123 was made for another objective \(at most 2 % of quality lost, with a certainty of 90 %\) than/,
    );
  }
});

test('a promise of quality needs a certificate that covers it', () => {
  const { certificate: _, ...uncertified } = testVersion();
  assert.equal(
    obstacle({ hash: 'abc123', read: { version: uncertified } }),
    'version abc123 has no certificate',
  );
  assert.match(obstacle(promoted({ certificate: { ...TEST_CERTIFICATE, limit: 0.03 } })), /promises less/);
  assert.match(obstacle(promoted({ certificate: { ...TEST_CERTIFICATE, level: 0.2 } })), /promises less/);
  const stricter = promoted({ certificate: { ...TEST_CERTIFICATE, limit: 0.01, level: 0.05 } });
  assert.equal(applyVersion(policy, stricter).policy.certified, true);
});

test('a version whose certificate has lapsed serves on, and is not called certified', () => {
  const { policy: served, obstacle: found } = applyVersion(policy, {
    ...promoted(),
    lapsed: 'The model changed.',
  });
  assert.equal(found, undefined);
  assert.deepEqual([served.version, served.certified], [promoted().hash, false]);
});

test('where no version applies the last tier serves, and its rule says why', () => {
  const { policy: served } = applyVersion(policy, { hash: 'abc123', read: { problem: 'it is torn' } });
  assert.deepEqual(served.rule, { ...policy.rule, why: 'it is torn' });
});

test('a route without an objective keeps its own rule, whatever was promoted', () => {
  const thresholds = withRule({ kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'escalate' });
  const served = applyVersion(thresholds, promoted());
  assert.deepEqual(served.policy, thresholds);
  assert.match(served.obstacle ?? '', /and this route has none$/);
});
