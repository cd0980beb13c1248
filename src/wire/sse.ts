import { createParser } from 'eventsource-parser';

/** One server-sent event. Comment lines are dropped. */
export interface SseEvent {
  data: string;
  /** What the `event:` line says; absent where there is none, as in the OpenAI API. */
  name?: string;
}

/** Where a single event may end: a server that never sends a blank line must not fill the memory. */
const MAX_EVENT_CHARACTERS = 8 * 1024 * 1024;

/** The data of the event that ends a well-formed stream of the OpenAI API. */
export const DONE = '[DONE]';

/** Some servers put blanks around it. */
export function isDone(data: string): boolean {
  return data === DONE || (data.length < 32 && data.trim() === DONE);
}

/**
 * Bytes to events, for any chunking of the bytes: halves of a UTF-8 character, of a line, of an event.
 * An event that the body's end cuts off is dropped, as the standard asks.
 * @throws {RangeError} where one event is longer than 8 Mi characters.
 */
export async function* readSse(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  const ready: SseEvent[] = [];
  let pending = 0;
  const parser = createParser({
    onEvent: ({ data, event }) => ready.push(event === undefined ? { data } : { data, name: event }),
  });
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    const text = decoder.decode(bytes, { stream: true });
    parser.feed(text);
    if (ready.length > 0) {
      pending = 0;
      yield* ready.splice(0);
    } else if ((pending += text.length) > MAX_EVENT_CHARACTERS) {
      throw new RangeError(`One event of the stream is longer than ${MAX_EVENT_CHARACTERS} characters.`);
    }
  }
  parser.feed(decoder.decode());
  yield* ready.splice(0);
}

/** What ends a line of the format, and nothing else: U+2028, which ends one elsewhere, is a character of the data. */
const LINE_END = /\r\n|\r|\n/;

/** One event as it goes on the wire; a name that would be more than one line is none. */
export function formatEvent(data: string, name?: string): string {
  const event = `data: ${LINE_END.test(data) ? data.split(LINE_END).join('\ndata: ') : data}\n\n`;
  return name === undefined || LINE_END.test(name) ? event : `event: ${name}\n${event}`;
}

/** A comment line: clients ignore it; proxies see that the connection lives. */
export function formatComment(text: string): string {
  return `: ${text.replaceAll(/\r\n|\r|\n/g, ' ')}\n\n`;
}

/** A response body of server-sent events that is written while it is read. */
export interface EventStream {
  body: ReadableStream<Uint8Array>;
  /** Writes events that are formatted already. Resolves when the reader can take more; at once where it has gone. One at a time. */
  write(text: string): Promise<void>;
  /** Writes without waiting for the reader. */
  send(text: string): void;
  /** `performance.now()` of the last thing written. */
  lastWriteMs(): number;
  end(): void;
}

/** Bytes that wait for a slow reader before the writer has to wait too. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * @param signal aborted: the writer waits for the reader no longer.
 * @param onCancel the reader went away before the end.
 */
export function createEventStream(signal: AbortSignal, onCancel: () => void): EventStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let wake: (() => void) | undefined;
  let closed = false;
  let last = performance.now();
  signal.addEventListener('abort', () => wake?.(), { once: true });
  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull() {
        wake?.();
        wake = undefined;
      },
      cancel() {
        closed = true;
        wake?.();
        onCancel();
      },
    },
    { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
  );
  function send(text: string): void {
    if (closed || text === '') return;
    last = performance.now();
    controller?.enqueue(encoder.encode(text));
  }
  return {
    body,
    send,
    async write(text) {
      send(text);
      if (closed || signal.aborted || (controller?.desiredSize ?? 1) > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    lastWriteMs: () => last,
    end() {
      if (closed) return;
      closed = true;
      controller?.close();
    },
  };
}

/** Why a stream of events, or of bytes, is over: it ended, it broke, or its reader left. */
export type StreamEnd = { kind: 'ended' } | { kind: 'broke'; error: unknown } | { kind: 'left' };

/**
 * The same events; `over` is told once when there are no more. A generator would not do: its `finally` does not run
 * where it is left before its first event.
 */
export function whenOver<Piece = SseEvent>(
  events: AsyncIterable<Piece>,
  over: (end: StreamEnd) => void,
): AsyncIterableIterator<Piece> {
  const source = events[Symbol.asyncIterator]();
  let told = false;
  const tell = (end: StreamEnd) => {
    if (told) return;
    told = true;
    over(end);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const step = await source.next();
        if (step.done === true) tell({ kind: 'ended' });
        return step;
      } catch (error) {
        tell({ kind: 'broke', error });
        throw error;
      }
    },
    async return() {
      tell({ kind: 'left' });
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
