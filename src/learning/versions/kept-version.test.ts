import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionHash } from '../../routing/version.ts';
import { keepVersion, readVersion, toVersionRow } from './kept-version.ts';
import { TEST_CERTIFICATE, TEST_OBJECTIVE, testVersion } from '../table/testing.ts';

const hand = { by: 'ada', atMs: 5 };

test('a version read from its row equals the one that was stored', () => {
  const version = testVersion();
  const row = toVersionRow(version, hand, 'before');
  assert.deepEqual(readVersion(row), { version });
  assert.equal(row.hash, versionHash(version));
  assert.equal(row.parent, 'before');
  assert.deepEqual(JSON.parse(row.objective), TEST_OBJECTIVE);
  assert.deepEqual(JSON.parse(row.certificate ?? ''), TEST_CERTIFICATE);
});

test('a version without a certificate or a parent has none in its row', () => {
  const { certificate: _, ...uncertified } = testVersion();
  const row = toVersionRow(uncertified, hand);
  assert.deepEqual([Object.hasOwn(row, 'certificate'), Object.hasOwn(row, 'parent')], [false, false]);
});

test('content that was changed, cut short or made by another release of Weir is not accepted', () => {
  const { hash, content } = toVersionRow(testVersion(), hand);
  const problem = (changed: string): string => {
    const read = readVersion({ hash, content: changed });
    return 'problem' in read ? read.problem : '';
  };
  assert.match(problem(content.replace('"place":0', '"place":0.5')), /was changed after it was made/);
  assert.match(problem(content.slice(0, -1)), /is not valid JSON/);
  assert.match(
    problem(content.replace('"format":1', '"format":2')),
    /this release of Weir cannot read version \w+ \(format: /,
  );
});

test('a stored version has the version in force as its parent, and is new once', async () => {
  const kept = new Map<string, string | undefined>();
  const store = {
    activeVersions: () => Promise.resolve(new Map([['auto', 'present']])),
    saveVersion: (row: { hash: string; parent?: string }) => {
      const isNew = !kept.has(row.hash);
      kept.set(row.hash, row.parent);
      return Promise.resolve(isNew);
    },
  };
  const version = testVersion();
  assert.deepEqual(await keepVersion(store, version, hand), { hash: versionHash(version), isNew: true });
  assert.deepEqual(await keepVersion(store, version, hand), { hash: versionHash(version), isNew: false });
  assert.deepEqual([...kept.values()], ['present']);
});
