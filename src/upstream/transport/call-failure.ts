import { defined } from '../../defined.ts';
import { maxHeaderSize } from 'node:http';
import { errors } from 'undici';
import { Undecodable } from './decode.ts';
import { BodyTooLarge, TotalTimeout, type Exchange } from './exchange.ts';
import { UpstreamError, type Timeouts, type UpstreamFailure } from '../upstream.ts';

export interface OutgoingCall {
  upstream: string;
  url: string;
  timeouts: Timeouts;
  /** Which of them its first byte has. */
  firstByte: 'firstByteMs' | 'firstByteOrNextMs';
  signal: AbortSignal;
  /** It goes through a proxy. */
  isProxied: boolean;
}

/**
 * A server that closes an idle connection just when a request is sent does so within a round trip. One that dies later
 * was at work on the request, which may be what killed it: that is not repeated.
 */
const STALE_WITHIN_MS = 1_000;

const DISCONNECTED: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED']);
const NO_SUCH_HOST: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NONAME',
  'EAI_NODATA',
]);

/**
 * Whether the request died of a connection that the server had given up: reused, lost before the first byte of the
 * answer, and at once. RFC 9110 §9.2.2 lets a client repeat a POST where it can tell that it was not acted on.
 */
export function wasStale(error: unknown, exchange: Exchange): boolean {
  return (
    exchange.reused &&
    !exchange.answered &&
    exchange.sentAt !== undefined &&
    performance.now() - exchange.sentAt < STALE_WITHIN_MS &&
    DISCONNECTED.has(codeOf(error))
  );
}

/** What a failed exchange means for the client; what was not sent costs nothing. */
export function failureOfCall(error: unknown, exchange: Exchange, context: OutgoingCall): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const failure = describe(error, exchange, context);
  // A parser's error holds the bytes that it could not read: they are not ours to show.
  return new UpstreamError(
    exchange.sentAt === undefined ? { ...failure, unbilled: true } : failure,
    error instanceof errors.HTTPParserError ? undefined : error,
  );
}

/** A call that the caller gave up, before or after it was sent: the upstream did not fail. */
export function cancelled(upstream: string, reason: unknown, when?: 'unsent'): UpstreamError {
  return new UpstreamError(
    {
      code: 'upstream_error',
      message: `The call of upstream '${upstream}' was cancelled.`,
      safeToRepeat: false,
      ...(when === 'unsent' ? { unbilled: true } : {}),
    },
    reason,
  );
}

/** An answer that is not what the API promises. @param said how it looks, without credentials. */
export function invalidResponse(upstream: string, what: string, said?: string): UpstreamError {
  return new UpstreamError({
    code: 'upstream_invalid_response',
    message: `Upstream '${upstream}' ${what}`,
    ...defined({ said }),
    safeToRepeat: false,
  });
}

function describe(
  error: unknown,
  exchange: Exchange,
  { upstream, url, timeouts, firstByte, signal, isProxied }: OutgoingCall,
): UpstreamFailure {
  if (signal.aborted) return cancelled(upstream, signal.reason).failure;
  const fail = (code: UpstreamFailure['code'], what: string, safeToRepeat = false): UpstreamFailure => ({
    code,
    message: `Upstream '${upstream}' ${what}`,
    safeToRepeat,
  });
  // Where its address may be what is wrong.
  const at = (failure: UpstreamFailure): UpstreamFailure => ({ ...failure, address: url });
  const late = (what: string, limit: keyof Timeouts, safeToRepeat = false): UpstreamFailure =>
    fail(
      'upstream_timeout',
      `${what} within ${timeouts[limit]} ms (\`upstreams.${upstream}.timeouts.${limit.slice(0, -2)}\`)`,
      safeToRepeat,
    );
  const notSent = exchange.sentAt === undefined;
  const code = codeOf(error);

  if (error instanceof TotalTimeout) return late('did not finish its answer', 'totalMs');
  if (error instanceof BodyTooLarge)
    return fail('upstream_invalid_response', `sent more than ${error.limit} bytes`);
  if (error instanceof Undecodable)
    return fail(
      'upstream_invalid_response',
      `sent an answer in the encoding '${error.encoding}' that cannot be decoded: it is broken, or is something else`,
    );
  if (error instanceof RangeError)
    return fail('upstream_invalid_response', `sent a stream that cannot be read: ${error.message}`);
  if (isProxied && !exchange.answered) {
    const refused = refusedByProxy(error, code);
    if (refused !== undefined)
      return fail(
        'upstream_unavailable',
        `cannot be reached through its proxy, which ${refused}; see \`upstreams.${upstream}.proxy\``,
      );
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || (notSent && code === 'ETIMEDOUT')) {
    return at(late('did not accept a connection', 'connectMs', true));
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return late('did not begin to answer', firstByte);
  if (code === 'UND_ERR_BODY_TIMEOUT') return late('sent nothing more', 'idleMs');
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return fail('upstream_invalid_response', `sent headers that are longer than ${maxHeaderSize} bytes.`);
  if (error instanceof errors.HTTPParserError) {
    return at(
      fail('upstream_invalid_response', 'answered with something that is not HTTP; is its `baseUrl` right?'),
    );
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || exchange.answered) {
    return fail('upstream_error', `broke the connection in the middle of its answer (${code})`);
  }
  if (NO_SUCH_HOST.has(code))
    return at(
      fail(
        'upstream_unavailable',
        `cannot be found: there is no address for its host (${code})`,
        code === 'EAI_AGAIN',
      ),
    );
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return fail('upstream_unavailable', 'is closed: the gateway is shutting down');
  if (notSent) return at(connectFailure(fail, code));
  return fail(
    'upstream_unavailable',
    `closed the connection before it answered (${code})`,
    wasStale(error, exchange),
  );
}

/** What undici says of a proxy that does not make the connection. */
const PROXY_STATUS = /^Proxy response \((\d{3})\)/;

/** What a proxy did instead of making the connection; `undefined` where it was not the proxy. */
function refusedByProxy(error: unknown, code: string): string | undefined {
  if (code === 'UND_ERR_PRX_TLS') return 'has a certificate that is not trusted';
  if (!(error instanceof Error)) return undefined;
  if (/\(407\)/.test(error.message)) return 'wants credentials (407)';
  const [, status] = PROXY_STATUS.exec(error.message) ?? [];
  return status === undefined ? undefined : `refuses (${status})`;
}

/** What OpenSSL says of bytes that are no TLS, such as an answer in plain HTTP. */
const NOT_TLS =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|UNEXPECTED_MESSAGE/;

function connectFailure(
  fail: (code: UpstreamFailure['code'], what: string, safeToRepeat: boolean) => UpstreamFailure,
  code: string,
): UpstreamFailure {
  if (NOT_TLS.test(code))
    return fail(
      'upstream_unavailable',
      `does not speak TLS at this address (${code}): it seems to answer plain HTTP; begin its \`baseUrl\` with 'http://', or name its TLS port`,
      false,
    );
  if (/^(?:ERR_SSL|ERR_TLS_(?!CERT)|EPROTO)/.test(code))
    return fail('upstream_unavailable', `cannot agree on a TLS connection with the gateway (${code})`, false);
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) {
    return fail('upstream_unavailable', `has a certificate that is not trusted (${code})`, false);
  }
  // An argument that undici does not accept is refused before anything is sent, and always will be.
  if (code === 'UND_ERR_INVALID_ARG')
    return fail('upstream_error', 'cannot be called: a header or the URL is malformed', false);
  return fail('upstream_unavailable', `cannot be reached (${code}); is it running?`, true);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
