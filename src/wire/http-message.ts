import { isUtf8 } from 'node:buffer';
import { WeirError } from '../errors.ts';

/** What one request holds in memory, as it is counted; in bytes. */
export interface Holding {
  /** What it holds now. */
  readonly bytes: number;
  /** Says whose request it is: of what requests may hold, one API key's have a part, and the rest is for others. Called once. */
  belongTo(keyId: string): void;
  /** Whether a request that begins now may hold this much: it leaves room for those under way, and for other keys. */
  fits(bytes: number): boolean;
  /** Books more. @returns false where it does not fit, or after the release; then nothing is booked. */
  grow(bytes: number): boolean;
  /** Gives back all of it; further calls do nothing. */
  release(): void;
}

/** An HTTP request, whichever server received it. Header names are lower-case. */
export interface Incoming {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  requestId: string;
  tenant: string;
  operator: boolean;
  /** The id of the API key; empty if none is needed. */
  keyId: string;
  /** Released when its answer has gone out. */
  readonly holding: Holding;
  /** Calls back when the client disconnects before it has its answer; at once if it already has. */
  onGone(run: () => void): void;
  /** The body as text. @throws {WeirError} `unsupported_media_type`, `body_too_large` or, if it is not UTF-8, `invalid_json` */
  text(): Promise<string>;
  /** The body as it came, whatever it is. @throws {WeirError} `unsupported_media_type` or `body_too_large` */
  bytes(): Promise<Buffer>;
}

/** The first value of a header; `undefined` where it is missing. */
export function headerOf(headers: Incoming['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/** A body of at most this length is read in one go. */
const SMALL_BYTES = 65_536;

/**
 * Reads a body of at most `limit` bytes.
 * @param onBytes told of bytes as they come; may throw, which ends the reading.
 * @throws {WeirError} `body_too_large`, as soon as it is known; `invalid_request` where the sender breaks off; what `onBytes`
 *   throws.
 */
export async function readBody(
  request: Request,
  headers: Incoming['headers'],
  { limit, onBytes }: { limit: number; onBytes: (bytes: number) => void },
): Promise<Buffer> {
  const declared = headerOf(headers, 'content-length');
  if (declared !== undefined && Number(declared) > limit) throw tooLarge(limit);
  if (declared !== undefined && Number(declared) <= SMALL_BYTES) {
    onBytes(Number(declared));
    return Buffer.from(await request.arrayBuffer().catch(rethrow));
  }
  const chunks: Uint8Array[] = [];
  if (request.body === null) return Buffer.concat(chunks);
  const reader = request.body.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(rethrow);
    if (done) return Buffer.concat(chunks);
    bytes += value.byteLength;
    try {
      if (bytes > limit) throw tooLarge(limit);
      onBytes(value.byteLength);
    } catch (error) {
      await reader.cancel().catch(() => undefined);
      throw error;
    }
    chunks.push(value);
  }
}

const BYTE_ORDER_MARK = 0xfe_ff;

/** A body's text, without a byte-order mark. @throws {WeirError} `invalid_json` if it is not valid UTF-8. */
export function decodeBody(bytes: Buffer): string {
  // Decoding would replace invalid bytes, and the model would be asked something else than the client sent.
  if (!isUtf8(bytes))
    throw new WeirError('invalid_json', 'The request body is not valid UTF-8. Re-encode it and try again.');
  const text = bytes.toString();
  return text.codePointAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** The sender broke off. Usually the client has disconnected and never sees this. */
export function brokenOff(cause?: unknown): WeirError {
  return new WeirError('invalid_request', 'The request body ended before it was complete.', { cause });
}

function rethrow(error: unknown): never {
  throw brokenOff(error);
}

function tooLarge(limit: number): WeirError {
  return new WeirError(
    'body_too_large',
    `The request body is larger than ${limit} bytes (\`limits.bodyBytes\`); send less, or raise the limit.`,
  );
}

/** What a request is answered with, before any server's own form of it. Header names are lower-case. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8, with its length. */
  body: string | ReadableStream<Uint8Array> | null;
}

/** The reply as a web server takes it. */
export function toResponse({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers });
}
