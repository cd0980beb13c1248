import { randomUUID } from 'node:crypto';
import type { Keyring } from '../access/keys.ts';
import { WeirError } from '../errors.ts';
import { clientErrorOf, errorReply } from '../protocol/common/client-error.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { HEADERS } from '../telemetry/names.ts';
import { decodeBody, headerOf, type Incoming, type Reply } from '../wire/http-message.ts';
import type { AdmissionContext, Identity } from './context.ts';
import { guardWithoutKeys, requireJson } from './guard.ts';

/** Probes of orchestrators carry no key. */
const WITHOUT_KEY: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const BEARER = /^Bearer +(\S+) *$/i;
const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** An unauthenticated request; {@link admit} fills in the caller. The body can only be read as JSON. */
export function newIncoming(
  headers: Incoming['headers'],
  { onGone, body }: Pick<Incoming, 'onGone'> & { body: () => Promise<Buffer> },
): Incoming {
  return {
    headers,
    requestId: requestIdOf(headers),
    tenant: '',
    operator: false,
    keyId: '',
    onGone,
    async text() {
      requireJson(headers);
      return decodeBody(await body());
    },
  };
}

/** The client's own name for its request, where it is fit for a log and a header; else one of ours. */
function requestIdOf(headers: Incoming['headers']): string {
  const given = headerOf(headers, HEADERS.requestId);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

/**
 * What stands before every path: who asks, and whether a page may. Fills in whose request it is.
 * @param protocol the protocol whose path it is; absent for the gateway's own.
 * @returns the answer to a browser that only asks whether it may; `undefined` where the request goes on.
 * @throws {WeirError} where this request may not be answered at all.
 */
export async function admit(
  context: AdmissionContext,
  incoming: Incoming,
  { method, path, protocol }: { method: string; path: string; protocol: Protocol | undefined },
): Promise<Reply | undefined> {
  const key = keyIn(incoming.headers, protocol);
  const caller = await context.authenticate(key);
  const identity = identify(context, incoming.headers, { method, path, key, caller });
  if (identity === 'preflight') return answerPreflight(context.corsOrigins, incoming.headers);
  incoming.tenant = identity.tenant;
  incoming.operator = identity.operator;
  incoming.keyId = identity.keyId ?? '';
  return undefined;
}

/** The client's API key: a bearer token, or where its protocol puts it. */
function keyIn(headers: Incoming['headers'], protocol: Protocol | undefined): string | undefined {
  const [, bearer] = BEARER.exec(headerOf(headers, 'authorization') ?? '') ?? [];
  if (bearer !== undefined || protocol?.keyHeader === undefined) return bearer;
  return headerOf(headers, protocol.keyHeader);
}

/** What the key that was sent, or its absence, means here. @throws {WeirError} where it does not do. */
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
    guardWithoutKeys(headers, context.port());
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
      "This gateway needs an API key: send 'Authorization: Bearer …' with a key of `weir keys create`.",
    );
  }
  throw new WeirError(
    'invalid_api_key',
    'This API key is not known here, or was revoked; `weir keys create` makes one. Keys of other services are not taken.',
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
  return errorReply(told, baseHeaders(context, incoming), protocol?.renderError(told));
}

/** Who has a key, by the keys of a store. */
export function createAuthenticate(
  keys: Pick<Keyring, 'authenticate' | 'required'>,
): AdmissionContext['authenticate'] {
  return async (key) => {
    const caller = key === undefined ? undefined : await keys.authenticate(key);
    if (caller !== undefined) return caller;
    return (await keys.required()) ? 'invalid' : 'not-required';
  };
}

/** What a listed web page may read; nothing for any other. Only with keys: without them no page may call at all. */
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
