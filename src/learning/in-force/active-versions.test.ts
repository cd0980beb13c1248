import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VersionRow } from '../../store/contract/version-rows.ts';
import { createActiveVersions } from './active-versions.ts';
import { toVersionRow } from '../versions/kept-version.ts';
import { jobOf } from '../learner/learner-state.ts';
import { startLoop } from '../loop/loop.ts';
import { beginEpoch } from '../loop/steps.ts';
import { testVersion } from '../table/testing.ts';

const hand = { by: 'ada', atMs: 1 };
const first = toVersionRow(testVersion(), hand);
const second = toVersionRow(testVersion({ createdAt: '2026-11-25T00:00:00.000Z' }), hand);

/** A store that counts what it is asked. */
function fakeStore() {
  const rows = new Map<string, VersionRow>([first, second].map((row) => [row.hash, row]));
  const store = {
    active: new Map<string, string>(),
    counter: 1,
    failing: false,
    reads: [] as string[],
    learned: [] as { name: string; state: string }[],
    jobs: () => Promise.resolve(store.learned),
    rows,
    changeCounter: () => (store.failing ? Promise.reject(new Error('gone')) : Promise.resolve(store.counter)),
    activeVersions: () => Promise.resolve(new Map(store.active)),
    version: (hash: string) => {
      store.reads.push(hash);
      const row = rows.get(hash);
      return Promise.resolve(row === undefined ? undefined : { ...row, state: 'active' as const });
    },
  };
  return store;
}

test('what is in force is read at the start, and again only where it changed', async () => {
  const store = fakeStore();
  store.active.set('auto', first.hash);
  const active = await createActiveVersions(store);
  assert.deepEqual(active.of('auto'), { hash: first.hash, read: { version: testVersion() } });
  assert.equal(active.of('support'), undefined);

  store.active.set('support', second.hash);
  assert.deepEqual(await active.refresh(), [], 'nobody wrote, so nobody looks');
  store.counter += 1;
  assert.deepEqual(await active.refresh(), ['support']);
  assert.deepEqual(store.reads, [first.hash, second.hash]);
  store.counter += 1;
  assert.deepEqual(await active.refresh(), []);
});

test('a version that goes out of force is a change', async () => {
  const store = fakeStore();
  store.active.set('auto', first.hash);
  const active = await createActiveVersions(store);
  store.active.clear();
  assert.deepEqual(await active.refresh({ evenIfUnchanged: true }), ['auto']);
  assert.equal(active.of('auto'), undefined);
});

test('content that was changed, or is missing, has a problem in words', async () => {
  const store = fakeStore();
  store.rows.set(first.hash, { ...first, content: '{' });
  store.active.set('auto', first.hash).set('support', 'nowhere');
  const active = await createActiveVersions(store);
  assert.deepEqual(active.of('auto')?.read, { problem: `version ${first.hash} is not valid JSON` });
  assert.deepEqual(active.of('support')?.read, { problem: 'version nowhere is no longer in the store' });
});

test('while the store fails, what was known stays in force', async () => {
  const store = fakeStore();
  store.active.set('auto', first.hash);
  const active = await createActiveVersions(store);
  store.active.set('auto', second.hash);
  store.failing = true;
  await assert.rejects(active.refresh(), /gone/);
  assert.equal(active.of('auto')?.hash, first.hash);
  store.failing = false;
  store.counter += 1;
  assert.deepEqual(await active.refresh(), ['auto']);
});

test('a lapsed certificate is a change of what is in force, and so is a new certificate', async () => {
  const store = fakeStore();
  store.active.set('auto', first.hash);
  const active = await createActiveVersions(store);
  const changeAtMs = Date.parse(testVersion().createdAt) + 1;
  const { state } = beginEpoch(startLoop(0), 'The traffic changed.', { nowMs: changeAtMs, upTo: 1 });
  const learned = (route: string) => ({ name: jobOf(route), state: JSON.stringify(state) });
  store.learned = [learned('support')];
  store.counter += 1;
  assert.deepEqual(await active.refresh(), [], 'it is of another route');
  store.learned = [learned('auto')];
  store.counter += 1;
  assert.deepEqual(await active.refresh(), ['auto']);
  assert.deepEqual(active.of('auto'), {
    hash: first.hash,
    read: { version: testVersion() },
    lapsed: 'The traffic changed.',
  });
  assert.deepEqual(store.reads, [first.hash], 'what it holds is known');
  store.counter += 1;
  assert.deepEqual(await active.refresh(), []);
  store.active.set('auto', second.hash);
  store.counter += 1;
  assert.deepEqual(await active.refresh(), ['auto']);
  assert.equal(active.of('auto')?.lapsed, undefined);
});
