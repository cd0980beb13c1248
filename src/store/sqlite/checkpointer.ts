import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** About 4 MB of write-ahead log, as much as SQLite's own default. */
const ROWS_BETWEEN = 1_000;
/** 32 MB: at this size the writer does it, in case the worker fails or lags. */
export const LAST_RESORT_PAGES = 8_000;

export interface Checkpointer {
  /** Reports rows that were just written. Returns at once. */
  wrote(rows: number): void;
  close(): Promise<void>;
}

/**
 * Moves the write-ahead log into the database file, from a thread of its own: it waits for the disk, for tenths of a second
 * on a busy one, and the writer's thread would answer no requests meanwhile.
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
