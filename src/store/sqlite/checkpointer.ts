import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** About 4 MB of the write-ahead log: what SQLite itself would let it grow to. */
const ROWS_BETWEEN = 1_000;
/** 32 MB: where the writer does it after all, should the worker fail or lag. */
export const LAST_RESORT_PAGES = 8_000;

export interface Checkpointer {
  /** Tells how many rows were just written. Returns at once. */
  wrote(rows: number): void;
  close(): Promise<void>;
}

/**
 * Moves what the write-ahead log has gathered into the database file, from a thread of its own: this
 * waits for the disk, for tenths of a second on a busy one, in which the writer's thread would answer nobody.
 * https://www.sqlite.org/wal.html#checkpointing
 */
export function createCheckpointer(path: string, writer: DatabaseSync): Checkpointer {
  writer.exec(`pragma wal_autocheckpoint = ${LAST_RESORT_PAGES}`);
  const source = new URL(import.meta.url.replace(/checkpointer(\.\w+)$/, 'checkpoint-worker$1'));
  let rowsSince = 0;
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(source, { workerData: path });
    started.unref();
    const forget = () => {
      if (worker === started) worker = undefined;
    };
    started.once('error', forget);
    started.once('exit', forget);
    return started;
  }

  return {
    wrote(rows) {
      rowsSince += rows;
      if (rowsSince < ROWS_BETWEEN) return;
      rowsSince = 0;
      worker ??= start();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window: it has no origin.
      worker.postMessage('checkpoint');
    },
    async close() {
      await worker?.terminate();
    },
  };
}
