import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEST_CERTIFICATE, testVersion } from '../learning/table/testing.ts';
import { isCrossFitted, versionHash, versionSchema } from './version.ts';

/** The same content with the keys of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, reordered(inner)]),
  );
}

test('a version keeps its hash, written and read, and in whatever order its keys stand', () => {
  const version = testVersion();
  const read = versionSchema.parse(reordered(JSON.parse(JSON.stringify(version))));
  assert.deepEqual(read, version);
  assert.equal(versionHash(read), versionHash(version));
  assert.match(versionHash(version), /^[0-9a-f]{12}$/);
});

test('the hash of one version is always this: what is in force must be found again by a later Weir', () => {
  const tiers = testVersion().tiers.map(({ source: _, ...tier }) => tier);
  assert.equal(versionHash(testVersion({ tiers })), 'ef640fa3d644');
});

test('whatever changes in a version changes its hash', () => {
  const { rule, confidenceModel } = testVersion();
  const changed = [
    testVersion(),
    testVersion({ route: 'other' }),
    testVersion({ rule: { ...rule, place: 0.5 } }),
    testVersion({ rule: { ...rule, noisePrice: 0.1 } }),
    testVersion({ confidenceModel: { ...confidenceModel, intercept: 1e-12 } }),
    testVersion({ evidence: {} }),
    testVersion({ createdAt: '2026-11-24T12:00:00.001Z' }),
  ];
  assert.equal(new Set(changed.map(versionHash)).size, changed.length);
});

test('a version that says more or less than it may is refused', () => {
  const { certificate: _, ...uncertified } = testVersion();
  assert.equal(versionSchema.safeParse(uncertified).success, true);
  for (const how of ['exact', 'betting', 'cross-fitted pairs', 'cross-fitted normal'] as const) {
    const certified = { ...testVersion(), certificate: { ...TEST_CERTIFICATE, test: how } };
    assert.equal(versionSchema.safeParse(certified).success, true);
    assert.equal(isCrossFitted(certified.certificate), how.startsWith('cross-fitted'));
  }
  for (const wrong of [
    { ...testVersion(), extra: 1 },
    { ...testVersion(), format: 2 },
    { ...testVersion(), tiers: [] },
    { ...testVersion(), createdAt: 'yesterday' },
    testVersion({ rule: { ...testVersion().rule, path: [] } }),
    testVersion({ rule: { ...testVersion().rule, place: -1 } }),
    testVersion({ rule: { ...testVersion().rule, furthest: -1 } }),
  ])
    assert.equal(versionSchema.safeParse(wrong).success, false);
});
