import { ERRORS, errorBody, inFull, WeirError, type ErrorBody, type ErrorCode } from '../../errors.ts';
import type { AttemptFailure } from '../../routing/attempt.ts';
import type { Reply } from '../../wire/reply.ts';

/** An error as the client sees it. */
export interface ShownError {
  status: number;
  body: ErrorBody;
  headers: Record<string, string>;
}

/** Any error in OpenAI's shape; what is not one of ours shows no details. */
export function showError(error: unknown): ShownError {
  const body = errorBody(error);
  if (!(error instanceof WeirError)) return { status: 500, body, headers: {} };
  // RFC 9110 §15.5.2: a 401 says how to prove who one is.
  const challenge: Record<string, string> = error.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return { status: error.status, body, headers: { ...challenge, ...retryAfter(error.retryAfterMs) } };
}

/**
 * What the client sees of a cascade that could serve nothing. A rejection of the request itself is passed on in the
 * upstream's own words.
 */
export function showFailure(failure: AttemptFailure, rejection: unknown): ShownError {
  const headers = retryAfter(failure.retryAfterMs);
  const passed = failure.code === 'upstream_rejected' ? upstreamError(rejection) : undefined;
  const type = failure.code in ERRORS ? ERRORS[failure.code as ErrorCode].type : 'server_error';
  const body: ErrorBody = passed ?? {
    error: { message: messageOf(failure), type, param: null, code: failure.code },
  };
  return { status: failure.status, body, headers };
}

/** What comes of the client's own request it may read as the server says it. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['upstream_rejected', 'context_length_exceeded']);

function messageOf(failure: AttemptFailure): string {
  return OF_THE_REQUEST.has(failure.code) ? inFull(failure) : failure.message;
}

function upstreamError(body: unknown): ErrorBody | undefined {
  const error = memberOf(body, 'error');
  const message = memberOf(error, 'message');
  if (typeof message !== 'string') return undefined;
  const [type, param, code] = [memberOf(error, 'type'), memberOf(error, 'param'), memberOf(error, 'code')];
  return {
    error: {
      message,
      type: typeof type === 'string' ? type : ERRORS.upstream_rejected.type,
      param: typeof param === 'string' ? param : null,
      code: typeof code === 'string' ? code : 'upstream_rejected',
    },
  };
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}

function retryAfter(ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) };
}

/** The error as a reply. */
export function errorReply(shown: ShownError, headers: Readonly<Record<string, string>>): Reply {
  return {
    status: shown.status,
    headers: { 'content-type': 'application/json', ...headers, ...shown.headers },
    body: JSON.stringify(shown.body),
  };
}
