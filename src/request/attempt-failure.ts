import { defined, memberOf } from '../defined.ts';
import { ERRORS, inFull, WeirError, type ErrorCode } from '../errors.ts';
import { retryAfterHeader, type ClientError } from '../protocol/common/client-error.ts';
import type { AttemptFailure } from '../routing/attempt.ts';
import type { Log } from '../telemetry/names.ts';
import { InvalidAnswer, UpstreamError, type UpstreamFailure } from '../upstream/upstream.ts';
import { withoutContent } from './words/scrub.ts';
import { ClientGone } from './request-state.ts';

/** What of a request its failures are told from. */
export interface FailedRequest {
  readonly abort: AbortController;
  readonly asked: { readonly requestId: string; readonly request: { readonly chat: object } };
}

/** The same question fails the same way at every tier. */
const SAME_EVERYWHERE: ReadonlySet<string> = new Set(['not_recorded']);

/**
 * What went wrong with a call, in the client's terms.
 * @param asked whose call it was. @param also what was sent beside the request, whose words a server may repeat too.
 */
export function attemptFailure(
  log: Log,
  error: unknown,
  { abort, asked: { requestId, request } }: FailedRequest,
  asked: { upstream: string; model: string },
  also: readonly unknown[] = [],
): AttemptFailure {
  const words = (said: string | undefined): Pick<AttemptFailure, 'said' | 'scrubbed'> =>
    said === undefined
      ? {}
      : { said, scrubbed: withoutContent(said, request.chat, [asked.model, asked.upstream], also) };
  const { signal } = abort;
  const reason: unknown = signal.reason;
  const unbilled = error instanceof UpstreamError && (error.failure.unbilled ?? error.failure.safeToRepeat);
  const billing = unbilled ? { unbilled: true as const } : {};
  if (signal.aborted) {
    const final = { final: true, ...billing };
    if (reason instanceof WeirError) {
      const { code, message, status, retryAfterMs } = reason;
      return { code, message, status, ...defined({ retryAfterMs }), ...final };
    }
    return { code: 'client_closed_request', message: new ClientGone().message, status: 499, ...final };
  }
  if (error instanceof InvalidAnswer)
    return {
      code: error.code,
      message: error.message,
      status: 502,
      blames: 'server',
      ...words(error.said),
    };
  if (!(error instanceof UpstreamError)) {
    // The gateway's own fault, not an upstream's: still one attempt, so that another tier can answer.
    log.error(
      { requestId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'reading an answer failed',
    );
    return {
      code: 'internal_error',
      message: `The gateway could not read the answer of '${asked.upstream}'; its log has the details.`,
      status: 500,
    };
  }
  const { failure } = error;
  const ownStatus = failure.code === 'upstream_rejected' ? failure.status : undefined;
  const found: AttemptFailure = {
    code: failure.code,
    message: failure.message,
    status: ownStatus ?? ERRORS[failure.code].status,
    blames: error.blames,
    ...billing,
    ...(failure.unmade === true ? { unmade: true as const } : {}),
    ...words(failure.said),
  };
  if (failure.address !== undefined) found.address = failure.address;
  if (failure.retryAfterMs !== undefined) found.retryAfterMs = failure.retryAfterMs;
  if (SAME_EVERYWHERE.has(failure.code)) found.final = true;
  return found;
}

/** The failure of an upstream that rejected the request itself; `undefined` where the call failed otherwise. */
export function rejectionOf(error: unknown): UpstreamFailure | undefined {
  return error instanceof UpstreamError && error.failure.code === 'upstream_rejected'
    ? error.failure
    : undefined;
}

/**
 * What the client is told of a cascade that could serve nothing. A rejection of the request itself is passed on in the
 * upstream's own words.
 */
export function clientErrorOfFailure(failure: AttemptFailure, rejection: unknown): ClientError {
  const headers = retryAfterHeader(failure.retryAfterMs);
  const passed = failure.code === 'upstream_rejected' ? upstreamError(rejection) : undefined;
  const type = failure.code in ERRORS ? ERRORS[failure.code as ErrorCode].type : 'server_error';
  const told = passed ?? { message: messageOf(failure), type, param: null, code: failure.code };
  return { status: failure.status, ...told, headers };
}

/** Failures of the client's own request, which it may read in the server's words. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['upstream_rejected', 'context_length_exceeded']);

function messageOf(failure: AttemptFailure): string {
  return OF_THE_REQUEST.has(failure.code) ? inFull(failure) : failure.message;
}

function upstreamError(body: unknown): Omit<ClientError, 'status' | 'headers'> | undefined {
  const error = memberOf(body, 'error');
  const message = memberOf(error, 'message');
  if (typeof message !== 'string') return undefined;
  const [type, param, code] = [memberOf(error, 'type'), memberOf(error, 'param'), memberOf(error, 'code')];
  return {
    message,
    type: typeof type === 'string' ? type : ERRORS.upstream_rejected.type,
    param: typeof param === 'string' ? param : null,
    code: typeof code === 'string' ? code : 'upstream_rejected',
  };
}
