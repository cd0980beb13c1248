import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreConnection } from './connection.ts';
import { toStoreError, type StoreAdvice } from './store-error.ts';

/** About five seconds in total. */
const WAITS_MS = [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560];

export interface GuardOptions {
  where: string;
  adviceOf: StoreAdvice;
  /** A lock or transaction of another connection was in the way, so a later try may succeed. */
  isBusy: (error: unknown) => boolean;
}

/** Makes `guarded` for an engine. */
export function createGuard({ where, adviceOf, isBusy }: GuardOptions): StoreConnection['guarded'] {
  return async (work) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const waitMs = WAITS_MS[attempt];
        if (!isBusy(error) || waitMs === undefined) throw toStoreError(error, where, adviceOf);
        await sleep(waitMs);
      }
    }
  };
}
