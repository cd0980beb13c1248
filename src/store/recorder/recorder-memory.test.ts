import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../contract/store.ts';
import { away, gate, labelRow, outcomeRow, startRecorder } from '../testing.ts';

const MI = 1_048_576;

/** Books what rows take, up to a limit. */
function booking(limit: number): {
  held: number;
  reserve(bytes: number): boolean;
  release(bytes: number): void;
} {
  return {
    held: 0,
    reserve(bytes) {
      if (this.held + bytes > limit) return false;
      this.held += bytes;
      return true;
    },
    release(bytes) {
      this.held -= bytes;
    },
  };
}

test('rows are dropped and counted by what they take, not only by their number, and written rows give it back', async (context) => {
  const memory = booking(10 * MI);
  const { recorder } = await startRecorder(context, { memory });
  const long = { prompt: 'x'.repeat(MI) };
  const taken = ['a', 'b', 'c'].map((id) => recorder.record({ ...outcomeRow(id), ...long }, []));
  assert.deepEqual(taken, [true, true, false]);
  assert.ok(recorder.label(labelRow('a')));
  assert.ok(memory.held > 8 * MI);
  await recorder.flush();
  assert.equal(memory.held, 0);
  assert.ok(recorder.record({ ...outcomeRow('d'), ...long }, []));
  assert.deepEqual(recorder.stats().dropped, { queue_full: 1 });
});

test('a transaction is small in bytes too', async (context) => {
  const sizes: number[] = [];
  const { recorder } = await startRecorder(context, { batchSize: 100 }, (store) => ({
    async write(batch: Batch) {
      sizes.push(batch.outcomes.length);
      await store.write(batch);
    },
  }));
  for (let row = 0; row < 6; row += 1)
    recorder.record({ ...outcomeRow(`${row}`), prompt: 'x'.repeat(0.9 * MI) }, []);
  recorder.record({ ...outcomeRow('huge'), prompt: 'x'.repeat(4 * MI) }, []);
  await recorder.flush();
  assert.deepEqual(sizes, [2, 2, 2, 1]);
});

test('rows whose store hangs give back what they took when the recorder closes, once', async (context) => {
  const memory = booking(10 * MI);
  const began = gate();
  const hangs = gate();
  const { recorder } = await startRecorder(context, { memory, batchSize: 1 }, () => ({
    async write() {
      began.resolve();
      await hangs.promise;
      await away();
    },
  }));
  for (const id of ['a', 'b']) recorder.record({ ...outcomeRow(id), prompt: 'x'.repeat(MI) }, []);
  await began.promise;
  await recorder.close(1);
  assert.equal(memory.held, 0);
  hangs.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(memory.held, 0);
});
