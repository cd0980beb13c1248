/**
 * Every error a client can see, in one table: code → HTTP status and OpenAI error type.
 * `docs/errors.md` explains each; a test holds the two together.
 */
export const ERRORS = {
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_request: { status: 400, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error' },
  unknown_header: { status: 400, type: 'invalid_request_error' },
  invalid_header: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  no_tier_allowed: { status: 400, type: 'invalid_request_error' },
  upstream_rejected: { status: 400, type: 'invalid_request_error' },
  missing_api_key: { status: 401, type: 'authentication_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  forbidden_host: { status: 403, type: 'permission_error' },
  forbidden_origin: { status: 403, type: 'permission_error' },
  operator_key_required: { status: 403, type: 'permission_error' },
  unknown_url: { status: 404, type: 'invalid_request_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  not_recorded: { status: 404, type: 'invalid_request_error' },
  unknown_id: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  body_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  no_acceptable_answer: { status: 422, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  upstream_rate_limited: { status: 429, type: 'rate_limit_error' },
  internal_error: { status: 500, type: 'server_error' },
  upstream_error: { status: 502, type: 'server_error' },
  upstream_invalid_response: { status: 502, type: 'server_error' },
  upstream_credentials: { status: 502, type: 'server_error' },
  overloaded: { status: 503, type: 'server_error' },
  upstream_unavailable: { status: 503, type: 'server_error' },
  failure_allowance_exhausted: { status: 503, type: 'server_error' },
  shutting_down: { status: 503, type: 'server_error' },
  store_unavailable: { status: 503, type: 'server_error' },
  upstream_timeout: { status: 504, type: 'server_error' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  /** The request field that is wrong, as OpenAI names it: `messages[0].content`. */
  param?: string;
  /** Sent as `Retry-After`, rounded up to whole seconds. */
  retryAfterMs?: number;
  /** The upstream's own status, where it says more than the table's: passed to the client. */
  status?: number;
  cause?: unknown;
}

/** An error with a code of the table: what went wrong, where, and what to do, in one message. */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'WeirError';
    this.code = code;
    this.status = details.status ?? ERRORS[code].status;
    this.type = ERRORS[code].type;
    this.param = details.param ?? null;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** OpenAI's error shape. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string };
}

/** The body that a client sees: a {@link WeirError} as it is, any other error without its details. */
export function errorBody(error: unknown): ErrorBody {
  const shown =
    error instanceof WeirError
      ? error
      : new WeirError('internal_error', 'The gateway failed. Its log has the details under this request id.');
  return { error: { message: shown.message, type: shown.type, param: shown.param, code: shown.code } };
}

/** An upstream's failure with the address that was called, if that may be the cause. For operators only, as in the log. */
export function withAddress({ message, address }: { message: string; address?: string }): string {
  return address === undefined ? message : `${message} (${address})`;
}

/** An upstream's failure with the address and the server's own words. For a terminal. */
export function forOperators(failure: { message: string; address?: string; said?: string }): string {
  return inFull({ ...failure, message: withAddress(failure) });
}

/** An upstream's failure with the server's own words. Only for readers who may see the request's texts. */
export function inFull({ message, said }: { message: string; said?: string }): string {
  return said === undefined ? message : `${message}${SAID}${said}`;
}

const SAID = ' It said: ';

/** The message alone of one that may be in full. */
export function withoutWordsOfServer(message: string): string {
  return message.split(SAID, 1)[0] ?? message;
}
