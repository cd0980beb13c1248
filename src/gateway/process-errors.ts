import { createRedactor } from '../upstream/transport/redact.ts';
import type { Log } from '../telemetry/names.ts';

/** What nobody caught. */
export type Uncaught = 'rejection' | 'exception';

export interface UncaughtOptions {
  log: Log;
  onUncaught: (kind: Uncaught) => void;
  /** An exception has left the process in a state that nobody knows: it takes no more requests, and ends. */
  onFatal: () => void;
}

/** More of a stack helps nobody. */
const MOST_CHARACTERS = 10_000;

/**
 * Keeps what nobody caught from ending every request of the process. A rejected promise belongs to one piece of work, which
 * has ended by it: it is logged and counted, and the process goes on. An exception may have left anything half done, as in
 * any program: it is logged and counted, those under way may end, and the process exits, so that its supervisor starts
 * another. None is taken for harmless by its looks; a second one changes nothing.
 * @returns what undoes it.
 */
export function watchUncaught({ log, onUncaught, onFatal }: UncaughtOptions): () => void {
  const redact = createRedactor([]);
  let fatal = false;
  const shown = (error: unknown): string =>
    redact(
      (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, MOST_CHARACTERS),
    );
  const onRejection = (error: unknown): void => {
    onUncaught('rejection');
    log.error({ error: shown(error) }, 'a promise was rejected and nobody caught it; the gateway goes on');
  };
  const onException = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    if (origin === 'unhandledRejection') return onRejection(error);
    onUncaught('exception');
    log.error(
      { error: shown(error) },
      'an exception was not caught; the gateway ends the requests under way and exits',
    );
    if (fatal) return;
    fatal = true;
    onFatal();
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
}
