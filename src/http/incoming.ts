import { WeirError } from '../errors.ts';

/** A request, whatever server it came through. Header names are lower-case. */
export interface Incoming {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  requestId: string;
  tenant: string;
  operator: boolean;
  /** Of the API key; empty where none is needed. */
  keyId: string;
  /** Calls back when the client goes away before it has its answer; at once where it has gone already. */
  onGone(run: () => void): void;
  /** The body as text. @throws {WeirError} `body_too_large` */
  text(): Promise<string>;
}

/** The first value of a header; `undefined` where it is missing. */
export function headerOf(headers: Incoming['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/**
 * Reads a body of at most `limit` bytes as UTF-8.
 * @throws {WeirError} `body_too_large`, as soon as it is known; `invalid_request` where the sender breaks off.
 */
export async function readBody(
  request: Request,
  headers: Incoming['headers'],
  limit: number,
): Promise<string> {
  const declared = headerOf(headers, 'content-length');
  if (declared !== undefined) {
    if (Number(declared) > limit) throw tooLarge(limit);
    return request.text().catch(rethrow);
  }
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  const reader = request.body.getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(rethrow);
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > limit) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(limit);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Mostly the client has gone, and nobody sees this. */
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
