import type { RecorderLog } from './dropped-rows.ts';

/** Says in the log that the store fails. */
export interface StoreTrouble {
  /** A batch could not be written: said the first time, at once. */
  failed(error: unknown): void;
  /** A batch was written: said where a failure was. */
  worked(): void;
}

/** A store that comes and goes is not said with each batch. */
const QUIET_MS = 10_000;

/** @param now milliseconds, of a clock that only goes forward. */
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
        'The store takes no rows: requests are answered, and their rows wait to be written, for a while.',
      );
    },
    worked() {
      if (!said) return;
      said = false;
      log?.info({}, 'The store takes rows again.');
    },
  };
}
