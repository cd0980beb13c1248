import type { Completion } from '../protocol/common/chat.ts';
import { InvalidAnswer } from './upstream.ts';

/** As of an answer that comes whole. */
const MOST_HELD = 64 * 1024 * 1024;
/** Of a live answer, more is passed on but not read: it decides nothing any more. */
const MOST_READ = 16 * 1024 * 1024;

/** Bounds what is kept of one stream, in characters of its events. */
export interface StreamBounds {
  /**
   * Counts an event. @param live it goes out at once.
   * @returns the part of it to be read: past the bound of a live answer only what says how it ended.
   * @throws {InvalidAnswer} where a stream that is held is too long.
   */
  count(characters: number, chunk: Completion | undefined, live: boolean): Completion | undefined;
}

/** @param onEvent told of each event that is kept, or of which something is. */
export function createStreamBounds(
  upstream: string,
  onEvent: ((characters: number, live: boolean) => void) | undefined,
): StreamBounds {
  let characters = 0;
  return {
    count(more, chunk, live) {
      characters += more;
      if (live && characters > MOST_READ) return chunk === undefined ? undefined : endOf(chunk);
      onEvent?.(more, live);
      if (!live && characters > MOST_HELD)
        throw new InvalidAnswer(
          `The stream of upstream '${upstream}' is longer than ${MOST_HELD} characters.`,
        );
      return chunk;
    },
  };
}

/** A chunk without what it says. */
function endOf(chunk: Completion): Completion {
  return {
    ...chunk,
    choices: chunk.choices.map(({ index, finish_reason: reason }) => ({
      ...(index === undefined ? {} : { index }),
      ...(reason === undefined ? {} : { finish_reason: reason }),
    })),
  };
}
