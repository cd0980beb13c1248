import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { test, type TestContext } from 'node:test';
import { newRun, settleDeadRuns } from './dead-runs.ts';
import { openStore } from '../open.ts';
import type { RunRow } from '../contract/store.ts';
import { runRow } from '../testing.ts';

async function storeWith(context: TestContext, ...runs: RunRow[]) {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  for (const run of runs) await store.beginRun(run);
  return store;
}

const NOW = 1_000_000;
const seen = (agoMs: number) => ({ lastSeenAtMs: NOW - agoMs, writtenUpToMs: NOW - agoMs });

test('a run of this process is alive, however long it was silent', async (context) => {
  const store = await storeWith(context, newRun('mine', 10, 0));
  assert.deepEqual(await settleDeadRuns(store, NOW), []);
});

test('a run on this machine is dead as soon as its process is gone, and alive while it is there', async (context) => {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const store = await storeWith(context, runRow('child', { host: hostname(), pid, ...seen(0) }));
  assert.deepEqual(await settleDeadRuns(store, NOW), []);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(
    (await settleDeadRuns(store, NOW)).map(({ runId }) => runId),
    ['child'],
  );
});

test('a run with this process’s number that this process did not begin is dead', async (context) => {
  const store = await storeWith(context, runRow('before', { host: hostname(), ...seen(0) }));
  assert.equal((await settleDeadRuns(store, NOW)).length, 1);
});

test('a run on another machine is dead after half a minute of silence', async (context) => {
  const store = await storeWith(context, runRow('quiet', seen(29_000)), runRow('silent', seen(31_000)));
  assert.deepEqual(
    (await settleDeadRuns(store, NOW)).map(({ runId }) => runId),
    ['silent'],
  );
  assert.deepEqual(
    (await store.unfinishedRuns()).map(({ id }) => id),
    ['quiet'],
  );
});

test('what may be missing ends one heartbeat after the last, and never in the future', async (context) => {
  const store = await storeWith(
    context,
    runRow('long ago', { lastSeenAtMs: 100_000, writtenUpToMs: 99_000, capacity: 7, dropped: 3 }),
    runRow('just now', { host: hostname(), ...seen(1_000) }),
  );
  assert.deepEqual(await settleDeadRuns(store, NOW), [
    { runId: 'long ago', upperBound: 7, fromMs: 99_000, toMs: 105_000, dropped: 3 },
    { runId: 'just now', upperBound: 500, fromMs: NOW - 1_000, toMs: NOW, dropped: 0 },
  ]);
});

test('of two processes that notice a dead run at once, one reports it', async (context) => {
  const store = await storeWith(context, runRow('dead', seen(60_000)));
  const reports = await Promise.all([settleDeadRuns(store, NOW), settleDeadRuns(store, NOW)]);
  assert.equal(reports.flat().length, 1);
});
