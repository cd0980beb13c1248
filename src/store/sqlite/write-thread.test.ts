import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { WeirError } from '../../errors.ts';
import { openStore } from '../open.ts';
import { toStoreError } from '../sql/store-error.ts';
import { adviceOf, isBusy } from './sqlite-errors.ts';
import type { Batch, Store } from '../contract/store.ts';
import { attemptRow, auditRow, folder, labelRow, outcomeRow } from '../testing.ts';
import { createWriteThread, toRefusal, type WriteThread } from './write-thread.ts';

const batchOf = (...ids: string[]): Batch => ({
  outcomes: ids.map((id) => ({ outcome: outcomeRow(id), attempts: [attemptRow(id, 0)] })),
  labels: [],
  audits: [],
});

/** So many that a store hands them to the thread. */
const many = (prefix: string, count = 100): Batch =>
  batchOf(...Array.from({ length: count }, (_, index) => `${prefix}-${index}`));

async function opened(context: TestContext): Promise<{ path: string; store: Store; thread: WriteThread }> {
  const path = join(folder(context), 'weir.db');
  const store = await openStore(`sqlite:${path}`);
  const thread = createWriteThread(path);
  context.after(async () => {
    await thread.close();
    await store.close();
  });
  return { path, store, thread };
}

test('what the thread has written is there for everybody, whole', async (context) => {
  const { store, thread } = await opened(context);
  await thread.write({ ...batchOf('a', 'b'), labels: [labelRow('a')], audits: [auditRow('b')] });
  assert.deepEqual(await store.counts(), { outcomes: 2, attempts: 2, labels: 1 });
  const decision = await store.decision('b', outcomeRow('b').tenant);
  assert.deepEqual(decision?.outcome, outcomeRow('b'));
  assert.deepEqual(decision?.attempts, [attemptRow('b', 0)]);
  assert.equal(decision?.audit?.outcomeId, 'b');
});

test('batches are written in the order in which they come, and the last row of a name stays', async (context) => {
  const { store, thread } = await opened(context);
  const first = { ...batchOf('a'), outcomes: [{ outcome: outcomeRow('a', { status: 500 }), attempts: [] }] };
  await Promise.all([thread.write(first), thread.write(batchOf('a')), thread.write(batchOf('b'))]);
  assert.equal((await store.decision('a', outcomeRow('a').tenant))?.outcome.status, outcomeRow('a').status);
  assert.equal((await store.counts()).outcomes, 2);
});

test('a batch with a row that is refused is not written at all, and the next one is', async (context) => {
  const { store, thread } = await opened(context);
  const orphan = { ...batchOf('a'), labels: [labelRow('nobody')] };
  await assert.rejects(thread.write(orphan), (error) => {
    assert.equal(toStoreError(error, 'here', adviceOf).code, 'internal_error');
    assert.match(String(error), /FOREIGN KEY/);
    return true;
  });
  await thread.write(batchOf('b'));
  assert.deepEqual(await store.counts(), { outcomes: 1, attempts: 1, labels: 0 });
});

test('a lock that somebody else holds is told as such, for a later try', async (context) => {
  const { path, store, thread } = await opened(context);
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  await assert.rejects(thread.write(batchOf('a')), (error) => isBusy(error));
  other.exec('rollback');
  other.close();
  await thread.write(batchOf('a'));
  assert.equal((await store.counts()).outcomes, 1);
});

test('a file that was removed is not made anew', async (context) => {
  const { path, thread } = await opened(context);
  const names = readdirSync(join(path, '..'));
  for (const name of names) rmSync(join(path, '..', name));
  await assert.rejects(thread.write(batchOf('a')), /open/);
  assert.equal(existsSync(path), false);
});

test('what the thread has not written when it ends fails, and another one takes the next batch', async (context) => {
  const { store, thread } = await opened(context);
  const lost = thread.write(many('lost'));
  const [result] = await Promise.allSettled([lost, thread.close()]);
  assert.equal(result.status, 'rejected');
  await thread.write(many('kept'));
  assert.equal((await store.counts()).outcomes % 100, 0);
  assert.ok((await store.decision('kept-0', outcomeRow('').tenant)) !== undefined);
});

test('a store hands large batches to the thread, and waits there for a lock without holding up the event loop', async (context) => {
  const { path, store } = await opened(context);
  const other = new DatabaseSync(path);
  context.after(() => other.close());
  other.exec('begin immediate');
  const written = store.write(many('a'));
  setTimeout(() => other.exec('commit'), 50);
  await written;
  assert.equal((await store.counts()).attempts, 100);
});

test('a store says in its own terms what the thread could not write', async (context) => {
  const { store } = await opened(context);
  await assert.rejects(store.write({ ...many('a'), labels: [labelRow('nobody')] }), (error) => {
    assert.ok(error instanceof WeirError);
    assert.equal(error.code, 'internal_error');
    return true;
  });
  assert.equal((await store.counts()).outcomes, 0);
});

test('a process ends when all is written, and not before', async (context) => {
  const path = join(folder(context), 'weir.db');
  await (await openStore(`sqlite:${path}`)).close();
  const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    import { createWriteThread } from ${module('write-thread.ts')};
    import { outcomeRow } from ${module('../testing.ts')};
    const outcomes = Array.from({ length: 500 }, (_, index) => ({ outcome: outcomeRow(String(index)), attempts: [] }));
    createWriteThread(${JSON.stringify(path)}).write({ outcomes, labels: [], audits: [] }).then(() => console.log('written'));`;
  const file = join(path, '..', 'program.mjs');
  writeFileSync(file, program);
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(stdout, 'written\n', stderr);
  const store = await openStore(`sqlite:${path}`);
  assert.equal((await store.counts()).outcomes, 500);
  await store.close();
});

test('what is thrown keeps its message and its codes on the way, and nothing else', () => {
  const error = Object.assign(new Error('locked'), { errcode: 5, code: 'ERR_SQLITE_ERROR', path: '/x' });
  assert.deepEqual(toRefusal(error), { message: 'locked', errcode: 5, code: 'ERR_SQLITE_ERROR' });
  assert.deepEqual(toRefusal('no'), { message: 'no' });
});
