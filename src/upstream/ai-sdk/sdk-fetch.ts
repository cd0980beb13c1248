import { AsyncLocalStorage } from 'node:async_hooks';
import type { SseEvent } from '../../wire/sse.ts';
import { invalidResponse } from '../transport/call-failure.ts';
import { UpstreamError, type Upstream, type UpstreamReply, type UpstreamRequest } from '../upstream.ts';
import { wholeFrames } from './whole-frames.ts';
import type { SdkFetch } from './sdk-types.ts';

/** One call of a model through a package, and what became of it on the wire. */
export interface SdkCall {
  readonly request: UpstreamRequest;
  /** The package has asked for something to be sent. */
  sent: boolean;
  /** What it was sent with, for messages to be cleared of. */
  credentials: string[];
  /** Of the answer. */
  headers: Record<string, string>;
  /** How sending it failed: packages hide that in errors of their own. */
  failure?: UpstreamError;
}

/** Which call a package is making: several run at a time through one instance of it. */
export const sdkCalls = new AsyncLocalStorage<SdkCall>();

const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'x-amz-security-token',
  'x-api-key',
  'x-goog-api-key',
]);
/** These are the connection's. */
const LEFT_OUT: ReadonlySet<string> = new Set(['host', 'content-length', 'user-agent', 'accept-encoding']);
/** What packages read of an answer's head. */
const READ_HEADERS = ['content-type', 'date', 'x-amzn-requestid'];

/**
 * A `fetch` for a package: it writes requests and reads answers, and all that is sent goes the way of every upstream, with its
 * connections, proxies, times and bounds.
 * @param server sends below the same address as `baseUrl`; @param baseUrl without a slash at its end.
 */
export function createSdkFetch(server: Upstream, baseUrl: string): SdkFetch {
  return async (input, init = {}) => {
    const call = sdkCalls.getStore();
    const url = input instanceof Request ? input.url : String(input);
    if (call === undefined || !url.startsWith(`${baseUrl}/`) || typeof init.body !== 'string')
      throw new TypeError('nothing is fetched but answers of models');
    call.sent = true;
    const { request } = call;
    const headers: Record<string, string> = {};
    for (const [name, value] of new Headers(init.headers)) {
      if (CREDENTIALS.has(name)) call.credentials.push(value);
      if (!LEFT_OUT.has(name)) headers[name] = value;
    }
    try {
      const reply = await server.chat({
        ...request,
        path: url.slice(baseUrl.length),
        body: init.body,
        headers,
        passed: { contentType: 'application/json', answers: request.stream ? 'any' : 'json' },
      });
      call.headers = reply.headers;
      const kept = READ_HEADERS.flatMap((name) => {
        const value = reply.headers[name];
        return value === undefined ? [] : [[name, value] as const];
      });
      return new Response(bodyOf(reply, server.name, call), { headers: Object.fromEntries(kept) });
    } catch (error) {
      if (error instanceof UpstreamError) call.failure = error;
      throw error;
    }
  };
}

function bodyOf(reply: UpstreamReply, upstream: string, call: SdkCall): string | ReadableStream<Uint8Array> {
  if (reply.kind === 'whole') return reply.text;
  const bytes = reply.kind === 'stream' ? written(reply.events) : wholeFrames(reply.bytes, tooLong);
  return ReadableStream.from(noted(bytes, call));

  function tooLong(limit: number): UpstreamError {
    return invalidResponse(upstream, `sent an event of more than ${limit} bytes.`);
  }
}

/** Packages hide also how a body broke. */
async function* noted(
  bytes: AsyncIterable<Uint8Array>,
  call: SdkCall,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof UpstreamError) call.failure ??= error;
    throw error;
  }
}

const ENCODER = new TextEncoder();

async function* written(events: AsyncIterable<SseEvent>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { data } of events) yield ENCODER.encode(`data: ${data.replaceAll('\n', '\ndata: ')}\n\n`);
}
