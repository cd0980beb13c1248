import { DONE, readSse, type SseEvent } from '../../wire/sse.ts';
import {
  cancelled,
  failureOfCall,
  invalidResponse,
  wasStale,
  type CallContext,
  type Timeouts,
} from '../transport/call-failure.ts';
import { createPool } from '../transport/connection.ts';
import { whenOver } from '../transport/events.ts';
import { Exchange, type Head } from '../transport/exchange.ts';
import { parseModelList } from './model-list.ts';
import { createRedactor } from '../transport/redact.ts';
import { failureOfStatus, statusOfErrorInside } from './status-failure.ts';
import { UpstreamError, type Upstream, type UpstreamReply, type UpstreamRequest } from '../upstream.ts';

export type { Timeouts } from '../transport/call-failure.ts';

/** The defaults of the configuration file. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 5_000,
  firstByteMs: 120_000,
  idleMs: 60_000,
  totalMs: 600_000,
};

export interface OpenAiUpstreamOptions {
  /** Its name in the configuration. */
  name: string;
  /** Where the API begins, such as `http://127.0.0.1:11434/v1`; `/chat/completions` and `/models` are appended. */
  baseUrl: string;
  location: Upstream['location'];
  /** Sent as `Authorization: Bearer`. */
  apiKey?: string;
  /** Sent with every call, over the gateway's own; treated as credentials: no message repeats their values. */
  headers?: Readonly<Record<string, string>>;
  timeouts?: Partial<Timeouts>;
  /** The longest answer that is kept in memory, in bytes; streams are not kept. */
  maxResponseBytes?: number;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** An error says what it has to say in less. */
const MAX_ERROR_BYTES = 64 * 1024;
/** A restarted server leaves a pool of dead connections: each of them is met at most once. */
const MAX_STALE_CONNECTIONS = 3;

/**
 * A server that speaks the OpenAI API, over a pool of connections of its own. Sends `request.body` as it is; the
 * client's own headers are not sent on, only the request's id.
 * @throws {TypeError} where `baseUrl` is no http(s) URL or carries credentials.
 */
export function createOpenAiUpstream(options: OpenAiUpstreamOptions): Upstream {
  const { name, location, apiKey, maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  const url = parseBaseUrl(options.baseUrl);
  const base = url.pathname.replace(/\/+$/, '');
  const shown = `${url.origin}${base}`;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const pool = createPool(url.origin, timeouts.connectMs);
  const extra = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const redact = createRedactor([...(apiKey === undefined ? [] : [apiKey]), ...Object.values(extra)]);
  const headers: Record<string, string> = {
    'user-agent': 'weir',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...extra,
  };

  /** Sends until an answer begins; a connection that the server had given up costs another try, and nothing else. */
  async function begin(path: string, context: CallContext, sent: Sent): Promise<[Exchange, Head]> {
    if (context.signal.aborted) throw cancelled(name, context.signal.reason, 'unsent');
    for (let stale = 0; ; stale += 1) {
      const exchange = new Exchange(pool, {
        method: sent.body === null ? 'GET' : 'POST',
        path: `${base}${path}`,
        headers: sent.headers,
        body: sent.body,
        signal: context.signal,
        ...timeouts,
      });
      try {
        return [exchange, await exchange.head];
      } catch (error) {
        if (stale < MAX_STALE_CONNECTIONS && !context.signal.aborted && wasStale(error, exchange)) continue;
        throw failureOfCall(error, exchange, context);
      }
    }
  }

  async function refuse(exchange: Exchange, head: Head, model: string, context: CallContext): Promise<never> {
    // The status says enough where the body cannot be read.
    const text = await exchange.text(MAX_ERROR_BYTES, true).catch(() => '');
    if (context.signal.aborted) throw cancelled(name, context.signal.reason);
    throw refusal(text, head, model, context);
  }

  function refusal(text: string, head: Head, model: string, context: CallContext): UpstreamError {
    const { said, ...failure } = failureOfStatus({
      upstream: name,
      url: context.url,
      model,
      ...head,
      text: redact(text),
    });
    // A header may stand in it.
    return new UpstreamError({ ...failure, ...(said === undefined ? {} : { said: redact(said) }) });
  }

  async function readText(exchange: Exchange, context: CallContext): Promise<string> {
    try {
      return await exchange.text(maxResponseBytes);
    } catch (error) {
      throw failureOfCall(error, exchange, context);
    }
  }

  const contextOf = (path: string, signal: AbortSignal): CallContext => ({
    upstream: name,
    url: `${shown}${path}`,
    timeouts,
    signal,
  });

  return {
    name,
    location,
    async chat(request: UpstreamRequest): Promise<UpstreamReply> {
      const context = contextOf('/chat/completions', request.signal);
      const [exchange, head] = await begin('/chat/completions', context, {
        body: request.body,
        headers: {
          'content-type': 'application/json',
          accept: request.stream ? 'text/event-stream, application/json' : 'application/json',
          'x-request-id': request.requestId,
          ...headers,
        },
      });
      if (head.status < 200 || head.status > 299) return refuse(exchange, head, request.model, context);
      if (request.stream && isStream(head)) {
        return { kind: 'stream', headers: head.headers, events: eventsOf(exchange, context) };
      }
      const text = await readText(exchange, context);
      const problem = problemOfBody(text, head);
      if (problem !== undefined) throw invalidResponse(name, problem.what, redact(problem.said));
      const status = statusOfErrorInside(text);
      if (status !== undefined) throw refusal(text, { ...head, status }, request.model, context);
      return { kind: 'json', headers: head.headers, text };
    },
    async models(signal) {
      const context = contextOf('/models', signal);
      const [exchange, head] = await begin('/models', context, {
        body: null,
        headers: { accept: 'application/json', ...headers },
      });
      if (head.status < 200 || head.status > 299)
        return refuse(exchange, head, '(its list of models)', context);
      return parseModelList(name, await readText(exchange, context));
    },
    available: () => true,
    close: () => pool.destroy(),
  };
}

interface Sent {
  body: string | null;
  headers: Record<string, string>;
}

function parseBaseUrl(baseUrl: string): URL {
  const url = new URL(baseUrl);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError('A base URL begins with http:// or https://.');
  if (url.username !== '' || url.password !== '')
    throw new TypeError('A base URL carries no credentials; use apiKey or headers.');
  return url;
}

/** Some servers leave the type of their streams out, or call them text: what is neither JSON nor a page is tried. */
function isStream({ headers }: Head): boolean {
  return !/json|html/i.test(headers['content-type'] ?? '');
}

/** What is plainly no JSON object, told without parsing it a second time: that is the caller's work. */
function problemOfBody(text: string, { status, headers }: Head): { what: string; said: string } | undefined {
  const start = text.slice(0, 200).trimStart();
  if (start.startsWith('{')) return undefined;
  const type = `content-type '${headers['content-type'] ?? 'none'}'`;
  if (text.trim() === '') return { what: `answered ${status} with an empty body.`, said: type };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return {
      what: 'sent its answer compressed, which it was not offered to do.',
      said: `content-encoding '${encoding}'`,
    };
  return {
    what: 'answered with something that is no JSON object.',
    said: `${type}: ${JSON.stringify(start.slice(0, 60))}…`,
  };
}

async function* readUntilDone(
  exchange: Exchange,
  context: CallContext,
): AsyncGenerator<SseEvent, void, undefined> {
  try {
    for await (const event of readSse(exchange)) {
      // Before the event is given out: its reader may well stop there.
      if (event.data === DONE) exchange.drain();
      yield event;
      if (event.data === DONE) return;
    }
  } catch (error) {
    throw failureOfCall(error, exchange, context);
  }
}

function eventsOf(exchange: Exchange, context: CallContext): AsyncIterable<SseEvent> {
  return whenOver(readUntilDone(exchange, context), (end) => {
    if (end.kind === 'left') void exchange.return();
  });
}
