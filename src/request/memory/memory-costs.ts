import { WeirError } from '../../errors.ts';
import type { Holding } from '../../wire/http-message.ts';
import type { MemoryLedger } from './memory-ledger.ts';

/**
 * What a byte that arrives costs while its request lasts. Of a body there are, one after another and for some time at once:
 * its pieces, the whole, its text, the strings of the parsed value, the text for a server, and the bytes of that. Added up
 * these are 6 bytes for each byte of ASCII. A text with one character beyond Latin-1 takes two bytes for each character, which
 * makes it 9.
 */
const BYTES_A_BYTE = 6;
const BYTES_A_WIDE_BYTE = 9;
/** A parsed value beside its characters: a list or an object takes up to 58 bytes, a key 37 (measured). */
const BYTES_A_VALUE = 64;
/** Sockets, timers, the request's own objects. */
const BYTES_A_REQUEST = 48 * 1024;
/** Of an answer in a stream that is held: its text, its event, and what is read of it. */
const BYTES_A_HELD_CHARACTER = 4;
const BYTES_AN_EVENT = 200;
/** Of an answer that goes out live only what is read is kept: the text, and the figures of its tokens. */
const BYTES_A_LIVE_CHARACTER = 1;

/** When memory is worth another try. */
const RETRY_AFTER_MS = 1_000;

/** There is no room now. */
export function outOfMemory(): WeirError {
  return new WeirError(
    'overloaded',
    'The requests under way, or those of this API key, hold as much memory as they may (`limits.memoryBytes`); try again, or raise the limit.',
    { retryAfterMs: RETRY_AFTER_MS },
  );
}

/**
 * Refuses a body of a declared length before it is read: one that can never fit, and one that does not fit now.
 * @throws {WeirError} `body_too_large` or `overloaded`
 */
export function requireRoom(memory: Pick<MemoryLedger, 'limit'>, holding: Holding, bytes: number): void {
  const needed = bytes * BYTES_A_BYTE + BYTES_A_REQUEST;
  if (holding.fits(needed)) return;
  if (needed <= memory.limit) throw outOfMemory();
  throw new WeirError(
    'body_too_large',
    `A request body of ${bytes} bytes needs more memory than requests may hold together (\`limits.memoryBytes\`); send less, or raise the limit.`,
  );
}

/** Books bytes of a body as they come. @throws {WeirError} `overloaded` */
export function bookReceived(holding: Holding, bytes: number): void {
  if (!holding.grow(bytes * BYTES_A_BYTE)) throw outOfMemory();
}

/** Books what reading the body will take beside. @param values how many its JSON has. @throws {WeirError} `overloaded` */
export function bookBody(
  holding: Holding,
  text: string,
  { bytes, values }: { bytes: number; values: number },
): void {
  const wide = text.length === bytes ? 0 : bytes * (BYTES_A_WIDE_BYTE - BYTES_A_BYTE);
  if (!holding.grow(BYTES_A_REQUEST + wide + values * BYTES_A_VALUE)) throw outOfMemory();
}

/** How bytes of answers are booked; what does not fit ends the request. */
export interface AnswerBooking {
  /** Bytes of a whole answer. */
  whole(bytes: number): void;
  /** Characters of an event that is held, or that has gone out live. */
  event(characters: number, live: boolean): void;
}

/** @param holding absent where nothing is counted: commands, tests. */
export function createAnswerBooking(holding: Holding | undefined, abort: AbortController): AnswerBooking {
  const book = (bytes: number): void => {
    if (holding?.grow(bytes) === false) abort.abort(outOfMemory());
  };
  return {
    whole: (bytes) => book(bytes * BYTES_A_BYTE),
    event: (characters, live) =>
      book(live ? characters * BYTES_A_LIVE_CHARACTER : characters * BYTES_A_HELD_CHARACTER + BYTES_AN_EVENT),
  };
}

/** What an audit keeps of its request while it waits. */
export function auditBytes(text: string): number {
  return text.length * BYTES_A_BYTE + BYTES_A_REQUEST;
}
