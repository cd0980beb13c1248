import { formatComment, formatEvent } from './sse.ts';

/** A response body of server-sent events that is written while it is read. */
export interface EventStream {
  body: ReadableStream<Uint8Array>;
  /** Resolves when the reader can take more; at once where it has gone. */
  write(events: readonly string[]): Promise<void>;
  comment(text: string): void;
  /** `performance.now()` of the last thing written. */
  lastWriteMs(): number;
  end(): void;
}

/** Bytes that wait for a slow reader before the writer has to wait too. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * @param signal aborted: nobody waits for the reader any more.
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
    async write(events) {
      send(events.map(formatEvent).join(''));
      if (closed || signal.aborted || (controller?.desiredSize ?? 1) > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    comment: (text) => send(formatComment(text)),
    lastWriteMs: () => last,
    end() {
      if (closed) return;
      closed = true;
      controller?.close();
    },
  };
}
