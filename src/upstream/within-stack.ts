import { InvalidAnswer } from './upstream.ts';

/**
 * Runs a dialect's reading of what a server sent. Values that are nested so deep that walking them overflows the stack are
 * no answer: they are the server's trouble, not the gateway's.
 * @throws {InvalidAnswer} where the stack was overflowed; and what `read` throws.
 */
export function withinStack<T>(upstream: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidAnswer(
      `Upstream '${upstream}' answered with values that are nested too deep to be read.`,
    );
  }
}
