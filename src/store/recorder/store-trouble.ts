import type { RecorderLog } from './dropped-rows.ts';

/** Logs that the store fails, and that it works again. */
export interface StoreTrouble {
  /** A batch could not be written. Logged at once, the first time. */
  failed(error: unknown): void;
  /** A batch was written. Logged after a failure. */
  worked(): void;
}

/** A store that fails now and then is not logged with each batch. */
const QUIET_MS = 10_000;

/** @param now milliseconds of a monotonic clock. */
export function createStoreTrouble(
  log: RecorderLog | undefined,
  now: () => number = () => performance.now(),
): StoreTrouble {
  let said = false;
  let quietUntilMs = -Infinity;
  return {
    failed(error) {
      if (said || now() < quietUntilMs) return;
      said = true;
      quietUntilMs = now() + QUIET_MS;
      log?.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'The store takes no rows. Requests are still answered, and their rows wait for a while to be written.',
      );
    },
    worked() {
      if (!said) return;
      said = false;
      log?.info({}, 'The store takes rows again.');
    },
  };
}
