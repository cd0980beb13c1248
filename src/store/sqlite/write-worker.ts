import { parentPort, workerData } from 'node:worker_threads';
import { createBatchWriter, openToWrite } from './sqlite-write.ts';
import type { Batch } from '../contract/store.ts';
import { toRefusal, type WriteReply } from './write-thread.ts';

/** The thread behind `createWriteThread`: one reply for each batch, in order. */
const writeBatch = createBatchWriter(openToWrite(String(workerData)));

parentPort?.on('message', (batch: Batch) => {
  let reply: WriteReply = {};
  try {
    writeBatch(batch);
  } catch (error) {
    reply = { refusal: toRefusal(error) };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window: it has no origin.
  parentPort?.postMessage(reply);
});
