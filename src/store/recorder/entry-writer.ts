import { setTimeout as delay } from 'node:timers/promises';
import { WeirError } from '../../errors.ts';
import type { DropReason } from './dropped-rows.ts';
import { asBatch, type Entry } from './pending-rows.ts';
import type { StoreTrouble } from './store-trouble.ts';
import type { Store } from '../contract/store.ts';

/** About nine seconds in total: if the store fails for longer, the batch is dropped. */
const RETRY_AFTER_MS = [100, 400, 1_600, 6_400];

/** Resolves after `ms`, or at once when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined);

export interface BatchWriterOptions {
  store: Store;
  sleep: Sleep;
  /** Ends the retries. */
  stop: AbortSignal;
  trouble: StoreTrouble;
  onWritten: (rows: number, durationMs: number) => void;
  onDropped: (reason: DropReason, rows: number, error: unknown) => void;
}

const storeIsAway = (error: unknown) => error instanceof WeirError && error.code === 'store_unavailable';

/** @returns a function that writes entries, or drops them with a reason. It never throws. */
export function createEntryWriter({ store, sleep, stop, trouble, onWritten, onDropped }: BatchWriterOptions) {
  async function write(entries: readonly Entry[]): Promise<void> {
    const startedAt = performance.now();
    await store.write(asBatch(entries));
    trouble.worked();
    onWritten(entries.length, performance.now() - startedAt);
  }

  async function writeOneByOne(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      try {
        await write([entry]);
      } catch (error) {
        onDropped(storeIsAway(error) ? 'store_failed' : 'row_refused', 1, error);
      }
    }
  }

  return async (entries: readonly Entry[]): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await write(entries);
      } catch (error) {
        // One bad row must not take the others of its batch with it.
        if (!storeIsAway(error)) return writeOneByOne(entries);
        trouble.failed(error);
        const waitMs = RETRY_AFTER_MS[attempt];
        if (waitMs === undefined) return onDropped('store_failed', entries.length, error);
        await sleep(waitMs, stop);
        if (stop.aborted) return onDropped('closed', entries.length, error);
      }
    }
  };
}
