import { createParser } from 'eventsource-parser';

/** One server-sent event's data, and the name and comment lines are dropped: the OpenAI API uses neither. */
export interface SseEvent {
  data: string;
}

/** Where a single event may end: a server that never sends a blank line must not fill the memory. */
const MAX_EVENT_CHARACTERS = 8 * 1024 * 1024;

/** The data of the event that ends a well-formed stream. */
export const DONE = '[DONE]';

/**
 * Bytes to events, for any chunking of the bytes: halves of a UTF-8 character, of a line, of an event.
 * An event that the body's end cuts off is dropped, as the standard asks.
 * @throws {RangeError} where one event is longer than 8 Mi characters.
 */
export async function* readSse(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  const ready: SseEvent[] = [];
  let pending = 0;
  const parser = createParser({ onEvent: (event) => ready.push({ data: event.data }) });
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

/** One event as it goes on the wire. */
export function formatEvent(data: string): string {
  return data.includes('\n') ? `${data.replace(/^/gm, 'data: ')}\n\n` : `data: ${data}\n\n`;
}

/** A comment line: clients ignore it; proxies see that the connection lives. */
export function formatComment(text: string): string {
  return `: ${text.replaceAll(/\r\n|\r|\n/g, ' ')}\n\n`;
}
