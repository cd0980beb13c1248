import { errors, type Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import type { Connections, ConnectionAware, CountedConnection } from './connections.ts';
import { createDecoder, encodingOf, isDecodable, type Decoder } from './decode.ts';

/** Bytes kept for a reader that is slower than the server, before the server is made to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/** What may still come after the last event before the connection is given up instead of reused. */
const TAIL_BYTES = 16 * 1024;
const TAIL_MS = 1_000;

/** White space, and the bytes of a byte-order mark. */
const BLANK: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/** A body that passed its limit. */
export class BodyTooLarge extends Error {
  readonly limit: number;
  constructor(limit: number) {
    super(`The body is longer than ${limit} bytes.`);
    this.name = 'BodyTooLarge';
    this.limit = limit;
  }
}

/** The whole call took longer than it may. */
export class TotalTimeout extends Error {
  constructor() {
    super('The call took too long.');
    this.name = 'TotalTimeout';
  }
}

export interface ExchangeOptions {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  signal: AbortSignal;
  connectMs: number;
  firstByteMs: number;
  idleMs: number;
  totalMs: number;
  /** Told of the bytes of a body that is read as a whole, as they come; may abort the signal. */
  onBytes?: ((bytes: number) => void) | undefined;
}

export interface Head {
  status: number;
  /** Lower-cased; repeated ones joined. */
  headers: Record<string, string>;
}

/**
 * One request and its answer over a pool, as undici's handler: `pool.request` would put a Node stream between the
 * socket and the reader, which costs as much again as the request. The body is read once, by {@link text} or as an
 * iterable of bytes.
 */
export class Exchange implements ConnectionAware, AsyncIterableIterator<Uint8Array> {
  connection: CountedConnection | undefined;
  /** `performance.now()` when the request began to be written; undefined: nothing was sent. */
  sentAt: number | undefined;
  /** The connection had carried an answer before. */
  reused = false;
  /** The answer's headers have come. */
  answered = false;
  readonly head: Promise<Head>;

  readonly #signal: AbortSignal;
  readonly #onBytes: ((bytes: number) => void) | undefined;
  readonly #onAbort = () => this.abort(this.#signal.reason);
  readonly #begin: PromiseWithResolvers<Head>;
  #controller: Dispatcher.DispatchController | undefined;
  /** Of the whole call. */
  #timer: NodeJS.Timeout;
  /** Of what is waited for now: the connection, the first byte, the next one. undici's own are up to a second late. */
  #stage: NodeJS.Timeout | undefined;
  readonly #firstByteMs: number;
  readonly #idleMs: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #limit = Infinity;
  #discard = false;
  /** The first byte of the body has come. */
  #hasBody = false;
  /** Where the server compressed its answer, though it was not asked to. */
  #decoder: Decoder | undefined;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor({ origin, dispatcher }: Connections, options: ExchangeOptions) {
    this.#begin = Promise.withResolvers();
    this.head = this.#begin.promise;
    this.#signal = options.signal;
    this.#onBytes = options.onBytes;
    this.#signal.addEventListener('abort', this.#onAbort);
    this.#timer = setTimeout(() => this.abort(new TotalTimeout()), options.totalMs);
    this.#firstByteMs = options.firstByteMs;
    this.#idleMs = options.idleMs;
    try {
      dispatcher.dispatch(
        {
          origin,
          method: options.method,
          path: options.path,
          headers: options.headers,
          body: options.body,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        this,
      );
      // On a connection that stands, it is being sent already.
      if (this.sentAt === undefined)
        this.#await(options.connectMs, () => new errors.ConnectTimeoutError('no connection in time'));
    } catch (error) {
      this.#settle(error);
    }
  }

  /** From now on something is waited for, and for no longer than this. */
  #await(ms: number, late: () => Error): void {
    clearTimeout(this.#stage);
    if (this.#ended) return;
    this.#stage = setTimeout(() => {
      // A reader that is behind is no server that is late.
      if (this.#controller?.paused === true) this.#stage?.refresh();
      else this.abort(late());
    }, ms);
  }

  /** Ends the exchange at once and closes its socket; without effect once it has ended. */
  abort(reason: unknown): void {
    if (this.#ended) return;
    const error = reason instanceof Error ? reason : new Error('aborted');
    this.#settle(error);
    this.#controller?.abort(error);
  }

  /** The reader has left: the short rest is thrown away, so that the connection can be used again. */
  drain(): void {
    if (this.#ended) return;
    this.#discard = true;
    clearTimeout(this.#stage);
    this.#decoder?.destroy();
    this.#decoder = undefined;
    this.#chunks = [];
    this.#bytes = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.abort(new TotalTimeout()), TAIL_MS).unref();
    if (this.#controller?.paused === true) this.#controller.resume();
  }

  /**
   * The whole body as text, without a byte-order mark.
   * @throws {BodyTooLarge} where it is longer than `limit` bytes; with `cut` the beginning is given instead.
   */
  async text(limit: number, cut = false): Promise<string> {
    this.#limit = limit;
    if (this.#bytes > 0) this.#onBytes?.(this.#bytes);
    if (this.#bytes > limit) this.abort(new BodyTooLarge(limit));
    this.#decoder?.resume();
    if (this.#controller?.paused === true) this.#controller.resume();
    while (!this.#ended) await this.#more();
    const error = this.#error;
    if (error !== undefined && !(cut && error instanceof BodyTooLarge)) throw error;
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const text = bytes.toString('utf8', 0, Math.min(bytes.length, limit));
    return text.charCodeAt(0) === 0xfe_ff ? text.slice(1) : text;
  }

  /** The first byte of the body that is no white space, as a character; empty where there is none. Nothing is taken from it. */
  async firstCharacter(): Promise<string> {
    for (;;) {
      for (const chunk of this.#chunks) {
        const at = chunk.findIndex((byte) => !BLANK.has(byte));
        if (at >= 0) return String.fromCharCode(chunk[at] ?? 0);
      }
      if (this.#error !== undefined) throw this.#error;
      // White space without an end is not kept.
      if (this.#ended || this.#bytes > TAIL_BYTES) return '';
      await this.#more();
    }
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        if (this.#bytes < HIGH_WATER_BYTES) {
          this.#decoder?.resume();
          if (this.#decoder === undefined && this.#controller?.paused === true) this.#controller.resume();
        }
        return { done: false, value: chunk };
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return { done: true, value: undefined };
      await this.#more();
    }
  }

  /** The reader leaves: the socket is closed, unless the exchange is about to end by itself. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#discard) this.abort(new Error('abandoned'));
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.sentAt = performance.now();
    this.reused = (this.connection?.answered ?? 0) > 0;
    if (this.#error !== undefined) controller.abort(this.#error as Error);
    this.#await(this.#firstByteMs, () => new errors.HeadersTimeoutError());
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.answered = true;
    if (this.connection !== undefined) this.connection.answered += 1;
    const flat = flatten(headers);
    const encoding = encodingOf(flat['content-encoding']);
    if (encoding !== undefined && isDecodable(encoding)) {
      delete flat['content-encoding'];
      this.#decoder = this.#decoding(encoding);
    }
    this.#begin.resolve({ status, headers: flat });
  }

  #decoding(encoding: string): Decoder {
    const decoder = createDecoder(encoding, {
      onData: (bytes) => {
        if (this.#take(bytes)) decoder.pause();
      },
      onDrain: () => this.#controller?.resume(),
      onEnd: () => this.#settle(undefined),
      onError: (error) => this.abort(error),
    });
    return decoder;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    if (this.#hasBody) this.#stage?.refresh();
    else if (!this.#discard) {
      this.#hasBody = true;
      this.#await(this.#idleMs, () => new errors.BodyTimeoutError());
    }
    if (this.#decoder !== undefined) {
      if (!this.#decoder.write(chunk)) controller.pause();
    } else if (this.#take(chunk)) controller.pause();
  }

  /** Takes a piece of the body, decoded. @returns whether the reader is behind. */
  #take(chunk: Buffer): boolean {
    if (this.#ended) return false;
    this.#bytes += chunk.length;
    if (this.#discard) {
      if (this.#bytes > TAIL_BYTES) this.abort(new BodyTooLarge(TAIL_BYTES));
      return false;
    }
    this.#chunks.push(chunk);
    if (this.#limit !== Infinity) this.#onBytes?.(chunk.length);
    if (this.#bytes > this.#limit) this.abort(new BodyTooLarge(this.#limit));
    else if (this.#limit === Infinity) {
      this.#signalReader();
      return this.#bytes > HIGH_WATER_BYTES;
    }
    return false;
  }

  onResponseEnd(): void {
    if (this.#decoder === undefined) this.#settle(undefined);
    else this.#decoder.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#settle(error);
  }

  #settle(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#decoder?.destroy();
    clearTimeout(this.#timer);
    clearTimeout(this.#stage);
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (error !== undefined) this.#begin.reject(error);
    this.#signalReader();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #signalReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
