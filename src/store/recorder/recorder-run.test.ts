import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openStore } from '../open.ts';
import { away, gate, record, runRow, startRecorder } from '../testing.ts';

describe('closing', () => {
  test('writes what is queued, and then takes nothing more', async (context) => {
    const { recorder, store } = await startRecorder(context);
    record(recorder, 'a');
    await recorder.close();
    assert.equal((await store.counts()).outcomes, 1);
    assert.equal(record(recorder, 'b'), false);
    assert.deepEqual(recorder.stats().dropped, { closed: 1 });
    assert.equal(await recorder.close(), undefined);
  });

  test('ends the run', async (context) => {
    const { recorder, store } = await startRecorder(context);
    assert.equal((await store.unfinishedRuns()).length, 1);
    await recorder.close();
    assert.deepEqual(await store.unfinishedRuns(), []);
  });

  test('drops what a failing store has not taken by the deadline, counts it, and ends the run', async (context) => {
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    const { recorder, store } = await startRecorder(context, { batchSize: 2, sleep }, () => ({
      write: away,
    }));
    for (const id of ['a', 'b', 'c']) record(recorder, id);
    await recorder.close(1);
    assert.deepEqual(recorder.stats(), { pending: 0, written: 0, dropped: { closed: 3 } });
    assert.deepEqual(await store.unfinishedRuns(), []);
  });

  test('does not wait beyond the deadline for a write that hangs', async (context) => {
    const { recorder } = await startRecorder(context, { batchSize: 2 }, () => ({
      write: () => new Promise(() => {}),
    }));
    for (const id of ['a', 'b', 'c']) record(recorder, id);
    await recorder.close(1);
    assert.deepEqual(recorder.stats().dropped, { closed: 3 });
  });

  test('survives a store that cannot record the end, and says so', async (context) => {
    const { recorder, logged } = await startRecorder(context, {}, () => ({ endRun: away }));
    await recorder.close();
    assert.match(logged[0]?.message ?? '', /end of this run was not recorded/);
  });
});

describe('the run', () => {
  test('begins with the recorder, with the room that it announces and its process', async (context) => {
    const { store } = await startRecorder(context, { capacity: 12, clock: () => 5_000 });
    const [run] = await store.unfinishedRuns();
    assert.equal(run?.capacity, 12);
    assert.equal(run.pid, process.pid);
    assert.equal(run.writtenUpToMs, 5_000);
  });

  test('a flush gives a sign of life, and says up to when everything is written', async (context) => {
    let now = 1_000;
    const [writing, mayWrite] = [gate(), gate()];
    const options = { clock: () => now, capacity: 2, batchSize: 1 };
    const { recorder, store } = await startRecorder(context, options, (inner) => ({
      write: async (batch) => {
        writing.resolve();
        await mayWrite.promise;
        await inner.write(batch);
      },
    }));
    record(recorder, 'a');
    const flushed = recorder.flush();
    await writing.promise;
    now = 2_000;
    record(recorder, 'b');
    record(recorder, 'dropped');
    now = 3_000;
    mayWrite.resolve();
    await flushed;
    const [run] = await store.unfinishedRuns();
    assert.equal(run?.lastSeenAtMs, 3_000);
    assert.equal(run.writtenUpToMs, 2_000, 'b, accepted then, still waits');
    assert.equal(run.dropped, 1);
    await recorder.flush();
    assert.equal((await store.unfinishedRuns())[0]?.writtenUpToMs, 3_000);
  });

  test('a run found dead at the start is handed over, and only once', async (context) => {
    const store = await openStore('sqlite::memory:');
    context.after(() => store.close());
    await store.beginRun(runRow('dead', { lastSeenAtMs: 60_000, writtenUpToMs: 59_000, dropped: 2 }));
    const first = await startRecorder(context, { store });
    const second = await startRecorder(context, { store });
    const loss = { runId: 'dead', upperBound: 500, fromMs: 59_000, toMs: 65_000, dropped: 2 };
    assert.deepEqual([first.losses, second.losses], [[loss], []]);
  });
});
