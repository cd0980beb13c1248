import { createInterface } from 'node:readline';
import type { ReadStream } from 'node:tty';

/** The user's answers, one after the other. */
export interface Keys {
  /** The next answer: a single key at a terminal, otherwise a line; `undefined` at the end of the input. */
  next(): Promise<string | undefined>;
  close(): void;
}

const INTERRUPT = new Set(['\u0003', '\u0004']);

/** At a terminal a key acts at once, without return. */
export function readKeys(input: ReadStream): Keys {
  return input.isTTY ? keysOf(input) : linesOf(input);
}

function keysOf(input: ReadStream): Keys {
  let waiting: ((key: string | undefined) => void) | undefined;
  const typed: string[] = [];
  const take = (chunk: Buffer): void => {
    typed.push(...Array.from(chunk.toString('utf8')));
    const first = waiting === undefined ? undefined : typed.shift();
    if (first === undefined) return;
    waiting?.(INTERRUPT.has(first) ? undefined : first);
    waiting = undefined;
  };
  input.setRawMode(true).on('data', take).resume();
  return {
    next() {
      const first = typed.shift();
      if (first !== undefined) return Promise.resolve(INTERRUPT.has(first) ? undefined : first);
      return new Promise((resolve) => (waiting = resolve));
    },
    close: () => void input.setRawMode(false).off('data', take).pause(),
  };
}

function linesOf(input: NodeJS.ReadableStream): Keys {
  const reader = createInterface({ input });
  const lines = reader[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await lines.next();
      return done === true ? undefined : value;
    },
    close: () => reader.close(),
  };
}
