import { readSse, type SseEvent, whenOver } from '../../wire/sse.ts';
import { cancelled, failureOfCall, invalidResponse, wasStale, type OutgoingCall } from './call-failure.ts';
import { encodingOf } from './decode.ts';
import { openConnections } from './connections.ts';
import { Exchange, type Head } from './exchange.ts';
import { createRedactor } from './redact.ts';
import {
  UpstreamError,
  type PassedRequest,
  type Timeouts,
  type Upstream,
  type UpstreamFailure,
  type UpstreamModel,
  type UpstreamOptions,
  type UpstreamReply,
  type UpstreamRequest,
} from '../upstream.ts';

/** The defaults of the configuration file. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 5_000,
  firstByteMs: 120_000,
  firstByteOrNextMs: 20_000,
  idleMs: 60_000,
  totalMs: 600_000,
};

/** The API of one kind of server, as far as sending and receiving needs it. */
export interface ServerApi {
  /**
   * Paths below the base URL. Where the path names the model, a function of its name, which it has to encode: a name is the
   * operator's, and may contain `/` or `?`.
   */
  chatPath: string | ((model: string, stream: boolean) => string);
  modelsPath: string;
  /** Where another endpoint of the API is, by its path and the model; absent: below the base URL. */
  passedPath?(path: string, model: string): string;
  /** Sent with every call, unless the request or the configuration has another value. */
  defaultHeaders?: Readonly<Record<string, string>>;
  /** The headers that carry a key. */
  keyHeaders(apiKey: string): Readonly<Record<string, string>>;
  /** Whether this event ends a stream: what follows is thrown away, and the connection is used again. */
  isLast(event: SseEvent): boolean;
  /** What a refusal means for the client. */
  failureOfStatus(answer: RefusedAnswer): UpstreamFailure;
  /** The status that an error inside a 200 stands for; 200 where it names none. `undefined`: there is no error in it. */
  statusOfErrorInside(text: string): number | undefined;
  /** @throws {UpstreamError} `upstream_invalid_response` where the text is no list of models. */
  parseModels(upstream: string, text: string): UpstreamModel[];
}

/** An unsuccessful answer, as it came. */
export interface RefusedAnswer {
  upstream: string;
  /** Where the request was sent, without credentials. */
  url: string;
  model: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The body, or its beginning; credentials taken out. */
  text: string;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** More than any useful error message needs. */
const MAX_ERROR_BYTES = 64 * 1024;
/** A restarted server leaves dead connections in the pool, and each of them costs at most one try. */
const MAX_STALE_CONNECTIONS = 3;

/**
 * A server of models over HTTP, with a pool of connections of its own. Sends `request.body` as it is; the client's own
 * headers are not sent on, only the request's id and what the dialect passes.
 * @throws {TypeError} where `baseUrl` is no http(s) URL or carries credentials.
 */
export function createHttpUpstream(options: UpstreamOptions, api: ServerApi): Upstream {
  const { name, location, apiKey, maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  const url = parseBaseUrl(options.baseUrl);
  const base = url.pathname.replace(/\/+$/, '');
  const shown = `${url.origin}${base}`;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const connections = openConnections(url.origin, { ...options, connectMs: timeouts.connectMs });
  const extra = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const redact = createRedactor([...(apiKey === undefined ? [] : [apiKey]), ...Object.values(extra)]);
  const headers: Record<string, string> = {
    'user-agent': 'weir',
    // RFC 9110 §12.5.3: without this any encoding would be welcome.
    'accept-encoding': 'identity',
    ...(apiKey === undefined ? {} : api.keyHeaders(apiKey)),
    ...extra,
  };
  /** Looked for once: the server's own headers are the same in every call. */
  const unfit = unfitHeader(headers);

  /** Sends until an answer begins. A connection that the server had closed costs another try, and nothing else. */
  async function begin(path: string, context: OutgoingCall, sent: Sent): Promise<[Exchange, Head]> {
    if (context.signal.aborted) throw cancelled(name, context.signal.reason, 'unsent');
    const wrong = unfit ?? (sent.own === undefined ? undefined : unfitHeader(sent.headers));
    if (wrong !== undefined) throw cannotBeSent(name, wrong);
    for (let stale = 0; ; stale += 1) {
      const exchange = new Exchange(connections, {
        method: sent.body === null ? 'GET' : 'POST',
        path: `${base}${path}`,
        headers: sent.headers,
        body: sent.body,
        signal: context.signal,
        onBytes: sent.onBytes,
        connectMs: timeouts.connectMs,
        firstByteMs: timeouts[context.firstByte],
        idleMs: timeouts.idleMs,
        totalMs: timeouts.totalMs,
      });
      try {
        return [exchange, await exchange.head];
      } catch (error) {
        if (stale < MAX_STALE_CONNECTIONS && !context.signal.aborted && wasStale(error, exchange)) continue;
        throw failureOfCall(error, exchange, context);
      }
    }
  }

  async function refuse(
    exchange: Exchange,
    head: Head,
    model: string,
    context: OutgoingCall,
  ): Promise<never> {
    // The status says enough where the body cannot be read.
    const text = await exchange.text(MAX_ERROR_BYTES, true).catch(() => '');
    if (context.signal.aborted) throw cancelled(name, context.signal.reason);
    throw refusal(text, head, model, context);
  }

  function refusal(text: string, head: Head, model: string, context: OutgoingCall): UpstreamError {
    const { said, ...failure } = api.failureOfStatus({
      upstream: name,
      url: context.url,
      model,
      ...head,
      text: redact(text),
    });
    // The message may quote a header.
    return new UpstreamError({ ...failure, ...(said === undefined ? {} : { said: redact(said) }) });
  }

  async function readText(exchange: Exchange, context: OutgoingCall): Promise<string> {
    try {
      return await exchange.text(maxResponseBytes);
    } catch (error) {
      throw failureOfCall(error, exchange, context);
    }
  }

  /** Clients are passed the upstream's limits: a server may put the name of a key into them. */
  function withoutSecrets(received: Record<string, string>): Record<string, string> {
    for (const key in received) {
      const value = received[key];
      if (value !== undefined && key.includes('ratelimit'))
        received[key] = redact(value).replaceAll(UNFIT, '?');
    }
    return received;
  }

  const hurries = timeouts.firstByteOrNextMs < timeouts.firstByteMs;
  const contextOf = (path: string, signal: AbortSignal, canGoOn = false): OutgoingCall => ({
    upstream: name,
    url: `${shown}${path}`,
    timeouts,
    firstByte: canGoOn && hurries ? 'firstByteOrNextMs' : 'firstByteMs',
    signal,
    isProxied: connections.isProxied,
  });

  return {
    name,
    location,
    async chat(request: UpstreamRequest): Promise<UpstreamReply> {
      const { chatPath } = api;
      const { passed: other } = request;
      const ownPath = typeof chatPath === 'string' ? chatPath : chatPath(request.model, request.stream);
      const path = pathOf(api, request) ?? ownPath;
      const context = contextOf(path, request.signal, request.canGoOn);
      const [exchange, head] = await begin(path, context, {
        body: other?.bytes ?? request.body,
        own: request.headers,
        onBytes: request.onBytes,
        headers: {
          'content-type': other?.contentType ?? 'application/json',
          accept: acceptOf(request),
          'x-request-id': request.requestId,
          ...api.defaultHeaders,
          ...request.headers,
          ...headers,
        },
      });
      if (head.status < 200 || head.status > 299) return refuse(exchange, head, request.model, context);
      const passed = withoutSecrets(head.headers);
      const comes = other === undefined ? undefined : kindOfPassed(other, head);
      if (comes === 'bytes') return { kind: 'bytes', headers: passed, bytes: bytesOf(exchange, context) };
      if (comes === 'stream' || (request.stream && (await isStream(exchange, head, context)))) {
        const failed = (text: string, status: number): UpstreamError =>
          failureInStream(name, refusal(text, { ...head, status }, request.model, context).failure);
        return { kind: 'stream', headers: passed, events: eventsOf(exchange, context, { api, failed }) };
      }
      const text = await readText(exchange, context);
      const problem = problemOfBody(text, head, comes === 'whole' ? /^[{[]/ : /^\{/);
      if (problem !== undefined) throw invalidResponse(name, problem.what, redact(problem.said));
      const status = api.statusOfErrorInside(text);
      if (status !== undefined) throw refusal(text, { ...head, status }, request.model, context);
      return { kind: 'whole', headers: passed, text };
    },
    async models(signal) {
      const context = contextOf(api.modelsPath, signal);
      const [exchange, head] = await begin(api.modelsPath, context, {
        body: null,
        headers: { accept: 'application/json', ...api.defaultHeaders, ...headers },
      });
      if (head.status < 200 || head.status > 299)
        return refuse(exchange, head, '(its list of models)', context);
      return api.parseModels(name, await readText(exchange, context));
    },
    available: () => true,
    trouble: () => undefined,
    close: () => connections.dispatcher.destroy(),
  };
}

interface Sent {
  body: string | Uint8Array | null;
  headers: Record<string, string>;
  /** Those of them that are this request's own. */
  own?: UpstreamRequest['headers'];
  onBytes?: UpstreamRequest['onBytes'];
}

function parseBaseUrl(baseUrl: string): URL {
  const url = new URL(baseUrl);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError('A base URL begins with http:// or https://.');
  if (url.username !== '' || url.password !== '')
    throw new TypeError('A base URL carries no credentials; use apiKey or headers.');
  return url;
}

/** What no header can carry: characters beyond Latin-1, and those that control. */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/g;

function unfitHeader(headers: Readonly<Record<string, string>>): string | undefined {
  for (const key in headers) if ((headers[key] ?? '').search(UNFIT) >= 0) return key;
  return undefined;
}

function cannotBeSent(upstream: string, header: string): UpstreamError {
  const message =
    `Upstream '${upstream}' cannot be called: the header '${header}' has a character that no header can carry; ` +
    `set \`upstreams.${upstream}.apiKey\` or \`upstreams.${upstream}.headers\` again, without quotation marks or blanks that came along.`;
  return new UpstreamError({ code: 'upstream_credentials', message, safeToRepeat: false, unbilled: true });
}

/** An error inside a stream: what came before it has been worked for, and cannot be asked for again. */
export function failureInStream(
  upstream: string,
  { unbilled: _, ...failure }: UpstreamFailure,
): UpstreamError {
  const message =
    failure.code === 'upstream_error' || failure.code === 'upstream_rejected'
      ? `The stream of upstream '${upstream}' ended with an error${failure.status === 200 ? '' : ` (${failure.status})`}.`
      : failure.message;
  return new UpstreamError({ ...failure, message, safeToRepeat: false });
}

/** Servers leave the type of their streams out, or name a wrong one: the body's first character tells JSON from events. */
async function isStream(exchange: Exchange, { headers }: Head, context: OutgoingCall): Promise<boolean> {
  if (/html/i.test(headers['content-type'] ?? '') || encodingOf(headers['content-encoding']) !== undefined)
    return false;
  try {
    const first = await exchange.firstCharacter();
    if (first === '') return !/json/i.test(headers['content-type'] ?? '');
    return first !== '{' && first !== '[';
  } catch (error) {
    throw failureOfCall(error, exchange, context);
  }
}

/** Detects what is plainly not a JSON object without parsing it, which the caller does. */
function problemOfBody(
  text: string,
  { status, headers }: Head,
  begins: RegExp,
): { what: string; said: string } | undefined {
  const start = text.trimStart().slice(0, 200);
  if (begins.test(start)) return undefined;
  const type = `content-type '${headers['content-type'] ?? 'none'}'`;
  if (text.trim() === '') return { what: `answered ${status} with an empty body.`, said: type };
  const encoding = encodingOf(headers['content-encoding']);
  if (encoding !== undefined)
    return {
      what: 'sent its answer compressed in a way that the gateway cannot read, and did not ask for.',
      said: `content-encoding '${encoding}'`,
    };
  return {
    what: 'answered with something that is not a JSON object.',
    said: `${type}: ${JSON.stringify(start.slice(0, 60))}…`,
  };
}

/** Where a request goes that is no chat. */
function pathOf(api: ServerApi, { path, passed, model }: UpstreamRequest): string | undefined {
  if (path === undefined || passed === undefined) return path;
  return api.passedPath?.(path, model) ?? path;
}

function acceptOf({ passed, stream }: UpstreamRequest): string {
  if (passed?.answers === 'any') return '*/*';
  return stream ? 'text/event-stream, application/json' : 'application/json';
}

/** How the answer of a passed request comes, by its type; where only JSON will do, what has another type is read as such. */
function kindOfPassed(passed: PassedRequest, { headers }: Head): UpstreamReply['kind'] {
  const type = headers['content-type'] ?? '';
  if (/event-stream/i.test(type)) return 'stream';
  return passed.answers === 'json' || /json/i.test(type) ? 'whole' : 'bytes';
}

/** The bytes of an answer that is not read here; its connection is closed where they are left. */
function bytesOf(exchange: Exchange, context: OutgoingCall): AsyncIterable<Uint8Array> {
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* { [Symbol.asyncIterator]: () => exchange };
    } catch (error) {
      throw failureOfCall(error, exchange, context);
    }
  }
  return whenOver(read(), (end) => {
    if (end.kind === 'left') void exchange.return();
  });
}

async function* readToEnd(
  exchange: Exchange,
  context: OutgoingCall,
  { api, failed }: StreamReading,
): AsyncGenerator<SseEvent, void, undefined> {
  try {
    for await (const event of readSse(exchange)) {
      // Before the event is yielded: the reader may stop there.
      const last = api.isLast(event);
      const status = api.statusOfErrorInside(event.data);
      if (status !== undefined) throw failed(event.data, status);
      if (last) exchange.drain();
      yield event;
      if (last) return;
    }
  } catch (error) {
    throw failureOfCall(error, exchange, context);
  }
}

interface StreamReading {
  api: ServerApi;
  /** The failure that an error inside the stream stands for. */
  failed: (text: string, status: number) => UpstreamError;
}

function eventsOf(
  exchange: Exchange,
  context: OutgoingCall,
  reading: StreamReading,
): AsyncIterable<SseEvent> {
  return whenOver(readToEnd(exchange, context, reading), (end) => {
    if (end.kind === 'left') void exchange.return();
  });
}
