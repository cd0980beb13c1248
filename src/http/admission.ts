import { randomUUID } from 'node:crypto';
import { WeirError } from '../errors.ts';
import { HEADERS } from '../telemetry/names.ts';
import type { HttpContext, Identity } from '../request/context.ts';
import { answerPreflight, corsHeaders } from './cors.ts';
import { errorReply, showError } from '../protocol/common/client-error.ts';
import { guardWithoutKeys, requireJson } from './guard.ts';
import { decodeBody, headerOf, type Incoming } from '../wire/http-message.ts';
import type { Reply } from '../wire/reply.ts';

/** Probes of orchestrators carry no key. */
const WITHOUT_KEY: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** A request as it comes in: whose it is {@link admit} finds out. Nobody reads its body but as a program's JSON. */
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
 * @returns the answer to a browser that only asks whether it may; `undefined` where the request goes on.
 * @throws {WeirError} where this request may not be answered at all.
 */
export async function admit(
  context: HttpContext,
  incoming: Incoming,
  method: string,
  path: string,
): Promise<Reply | undefined> {
  const caller = await context.authenticate(headerOf(incoming.headers, 'authorization'));
  const identity = identify(context, incoming.headers, method, path, caller);
  if (identity === 'preflight') return answerPreflight(context.corsOrigins, incoming.headers);
  incoming.tenant = identity.tenant;
  incoming.operator = identity.operator;
  incoming.keyId = identity.keyId ?? '';
  return undefined;
}

/** What the key that was sent, or its absence, means here. @throws {WeirError} where it does not do. */
function identify(
  context: HttpContext,
  headers: Incoming['headers'],
  method: string,
  path: string,
  caller: Awaited<ReturnType<HttpContext['authenticate']>>,
): Identity | 'preflight' {
  if (caller === 'not-required') {
    guardWithoutKeys(headers, context.port());
    // Whoever can reach the loopback is the operator.
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
  if (headerOf(headers, 'authorization') === undefined) {
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
export function baseHeaders(context: HttpContext, incoming: Incoming | undefined): Record<string, string> {
  if (incoming === undefined) return {};
  return { [HEADERS.requestId]: incoming.requestId, ...corsHeaders(context.corsOrigins, incoming.headers) };
}

/** Whatever went wrong, as the client is told; what is not the client's to know goes to the log. */
export function replyToError(context: HttpContext, incoming: Incoming | undefined, error: unknown): Reply {
  if (!(error instanceof WeirError)) {
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.log.error(
      { requestId: incoming?.requestId, error: shown },
      'a request failed inside the gateway',
    );
  }
  return errorReply(showError(error), baseHeaders(context, incoming));
}
