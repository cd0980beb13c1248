import { randomUUID } from 'node:crypto';
import type { Keyring } from '../access/keys.ts';
import { WeirError } from '../errors.ts';
import { commandLine } from '../format/command-line.ts';
import { clientErrorOf, errorReply } from '../protocol/common/client-error.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { bookBody } from '../request/memory/memory-costs.ts';
import { HEADERS } from '../telemetry/names.ts';
import { decodeBody, headerOf, type Incoming, type Reply } from '../wire/http-message.ts';
import { measureJson } from '../wire/measure-json.ts';
import type { AdmissionContext, Identity } from './http-context.ts';

/** Probes of orchestrators carry no key, and neither does somebody who looks whether it runs. */
const WITHOUT_KEY: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/health', '/']);

const BEARER = /^Bearer +(\S+) *$/i;
const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/**
 * An unauthenticated request; {@link admit} fills in the caller. What is read as text can only be JSON, and what it takes in
 * memory is booked before it is parsed.
 */
export function newIncoming(
  headers: Incoming['headers'],
  { onGone, holding, body }: Pick<Incoming, 'onGone' | 'holding'> & { body: () => Promise<Buffer> },
): Incoming {
  return {
    headers,
    requestId: requestIdOf(headers),
    tenant: '',
    operator: false,
    keyId: '',
    onGone,
    holding,
    async text() {
      requireJson(headers);
      const bytes = await body();
      const text = decodeBody(bytes);
      bookBody(holding, text, { bytes: bytes.length, values: measureJson(text) });
      return text;
    },
    async bytes() {
      requireUncompressed(headers);
      const bytes = await body();
      bookBody(holding, '', { bytes: 0, values: 0 });
      return bytes;
    },
  };
}

/** The client's own id for its request, if it is safe in a log and a header; else a new one. */
function requestIdOf(headers: Incoming['headers']): string {
  const given = headerOf(headers, HEADERS.requestId);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

/**
 * Runs before every path: checks who asks, and whether a web page may. Fills in the caller.
 * @param keyHeader the header that may carry the key on this path instead of `authorization`.
 * @returns the answer to a CORS preflight; `undefined` if the request goes on.
 * @throws {WeirError} if the request must not be answered.
 */
export async function admit(
  context: AdmissionContext,
  incoming: Incoming,
  { method, path, keyHeader }: { method: string; path: string; keyHeader: string | undefined },
): Promise<Reply | undefined> {
  const key = keyIn(incoming.headers, keyHeader);
  const caller = await context.authenticate(key);
  const identity = identify(context, incoming.headers, { method, path, key, caller });
  if (identity === 'preflight') return answerPreflight(context.corsOrigins, incoming.headers);
  incoming.tenant = identity.tenant;
  incoming.operator = identity.operator;
  incoming.keyId = identity.keyId ?? '';
  incoming.holding.belongTo(incoming.keyId);
  return undefined;
}

/** The client's API key: a bearer token, or where its protocol puts it. */
function keyIn(headers: Incoming['headers'], keyHeader: string | undefined): string | undefined {
  const [, bearer] = BEARER.exec(headerOf(headers, 'authorization') ?? '') ?? [];
  if (bearer !== undefined || keyHeader === undefined) return bearer;
  return headerOf(headers, keyHeader);
}

/** The caller, by the key that was sent or its absence. @throws {WeirError} if this is not enough. */
function identify(
  context: AdmissionContext,
  headers: Incoming['headers'],
  {
    method,
    path,
    key,
    caller,
  }: {
    method: string;
    path: string;
    key: string | undefined;
    caller: Awaited<ReturnType<AdmissionContext['authenticate']>>;
  },
): Identity | 'preflight' {
  if (caller === 'not-required') {
    guardWithoutKeys(headers, context);
    // A caller that can reach the loopback is the operator.
    return { tenant: 'default', operator: true };
  }
  if (
    method === 'OPTIONS' &&
    context.corsOrigins.length > 0 &&
    headerOf(headers, 'access-control-request-method') !== undefined
  ) {
    return 'preflight';
  }
  if (caller !== 'invalid') return caller;
  if (WITHOUT_KEY.has(path)) return { tenant: 'default', operator: false };
  if (key === undefined && headerOf(headers, 'authorization') === undefined) {
    throw new WeirError(
      'missing_api_key',
      `This gateway needs an API key: send 'Authorization: Bearer …' with a key of ${commandLine('keys create')}.`,
    );
  }
  throw new WeirError(
    'invalid_api_key',
    `This API key is not known here, or was revoked; ${commandLine('keys create')} makes one. Keys of other services are not taken.`,
  );
}

/** Headers of every reply. */
export function baseHeaders(
  context: AdmissionContext,
  incoming: Incoming | undefined,
): Record<string, string> {
  if (incoming === undefined) return {};
  return { [HEADERS.requestId]: incoming.requestId, ...corsHeaders(context.corsOrigins, incoming.headers) };
}

/** The request's id under the name that the protocol's clients look for. */
export function ownRequestId(
  incoming: Incoming | undefined,
  protocol: Protocol | undefined,
): Record<string, string> {
  const name = protocol?.requestIdHeader;
  return name === undefined || incoming === undefined ? {} : { [name]: incoming.requestId };
}

/**
 * Any error as the client is told it; what is not the client's to know goes to the log.
 * @param protocol whose shape the error takes; absent for the gateway's own paths.
 */
export function replyToError(
  context: AdmissionContext,
  incoming: Incoming | undefined,
  error: unknown,
  protocol: Protocol | undefined,
): Reply {
  if (!(error instanceof WeirError)) {
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.log.error(
      { requestId: incoming?.requestId, error: shown },
      'a request failed inside the gateway',
    );
  }
  const told = clientErrorOf(error);
  return errorReply(
    told,
    { ...baseHeaders(context, incoming), ...ownRequestId(incoming, protocol) },
    protocol?.renderError(told, incoming?.requestId),
  );
}

/** Looks a key up among the keys of a store. */
export function createAuthenticate(
  keys: Pick<Keyring, 'authenticate' | 'required'>,
): AdmissionContext['authenticate'] {
  return async (key) => {
    const caller = key === undefined ? undefined : await keys.authenticate(key);
    if (caller !== undefined) return caller;
    return (await keys.required()) ? 'invalid' : 'not-required';
  };
}

/** CORS headers for a listed web page; other pages get none. Used only with keys: without them no page may call at all. */
export function corsHeaders(
  origins: readonly string[],
  headers: Incoming['headers'],
): Record<string, string> {
  if (origins.length === 0) return {};
  const origin = headerOf(headers, 'origin');
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' };
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': '*', vary: 'Origin' };
}

/** The answer to a browser that asks first (Fetch standard, CORS preflight). */
export function answerPreflight(origins: readonly string[], headers: Incoming['headers']): Reply {
  const allowed = corsHeaders(origins, headers);
  const isAllowed = 'access-control-allow-origin' in allowed;
  return {
    status: 204,
    body: null,
    headers: {
      ...allowed,
      ...(isAllowed
        ? {
            'access-control-allow-methods': 'GET, POST',
            'access-control-allow-headers':
              headerOf(headers, 'access-control-request-headers') ?? 'authorization, content-type',
            'access-control-max-age': '600',
          }
        : {}),
    },
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * What keeps web pages from spending money through a gateway without keys, on every method and path: the Host must be
 * this machine with our port (DNS rebinding), no page of another origin may call, and nothing may have been forwarded.
 * @throws {WeirError} `forbidden_host` or `forbidden_origin`
 */
function guardWithoutKeys(headers: Incoming['headers'], context: AdmissionContext): void {
  const port = context.port();
  const host = headerOf(headers, 'host') ?? '';
  if (port === undefined || !isOurs(host, port, context.hosts)) {
    throw new WeirError(
      'forbidden_host',
      `Without API keys the gateway answers only as localhost, 127.0.0.1 or [::1] with its own port. To use it under another name, make a key (${commandLine('keys create')}) and send it; or, for a name of this machine such as host.docker.internal, list the name under \`hosts\` in the configuration.`,
    );
  }
  for (const name in headers) {
    if (name === 'forwarded' || name.startsWith('x-forwarded-')) {
      throw new WeirError(
        'forbidden_host',
        `Without API keys the gateway refuses forwarded requests ('${name}'); make keys (${commandLine('keys create')}) to put it behind a proxy.`,
      );
    }
  }
  const origin = headerOf(headers, 'origin');
  if (origin !== undefined && !isOurs(origin.replace(/^https?:\/\//, ''), port)) throw foreign();
  const site = headerOf(headers, 'sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') throw foreign();
}

function isOurs(host: string, port: number, names: readonly string[] = []): boolean {
  const colon = host.lastIndexOf(':');
  const hasPort = colon > host.lastIndexOf(']');
  const name = hasPort ? host.slice(0, colon) : host;
  const given = hasPort ? host.slice(colon + 1) : '80';
  return given === String(port) && (LOOPBACK.test(name) || names.includes(name.toLowerCase()));
}

function foreign(): WeirError {
  return new WeirError(
    'forbidden_origin',
    `Without API keys no web page may call the gateway; make keys (${commandLine('keys create')}) and list the page in \`cors.origins\`.`,
  );
}

/** @throws {WeirError} `unsupported_media_type` */
function requireUncompressed(headers: Incoming['headers']): void {
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new WeirError(
      'unsupported_media_type',
      `Send the body uncompressed: 'content-encoding: ${encoding.slice(0, 40)}' is not supported.`,
    );
  }
}

/** Refuses bodies that a web form could send, and compressed ones. @throws {WeirError} `unsupported_media_type` */
function requireJson(headers: Incoming['headers']): void {
  requireUncompressed(headers);
  const [type = ''] = (headerOf(headers, 'content-type') ?? '').split(';');
  if (type.trim().toLowerCase() === 'application/json') return;
  throw new WeirError(
    'unsupported_media_type',
    `Send the body as 'content-type: application/json'; ${type === '' ? 'there was none' : `it came as '${type.trim().slice(0, 40)}'`}.`,
  );
}
