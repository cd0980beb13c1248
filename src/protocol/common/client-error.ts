import { errorBody, WeirError, type ErrorBody } from '../../errors.ts';
import type { Reply } from '../../wire/http-message.ts';

/** An error as a client may be told it, before any protocol's own shape. */
export interface ClientError {
  /** HTTP status. */
  status: number;
  message: string;
  /** OpenAI's kind of error, such as `invalid_request_error`. */
  type: string;
  /** A code of `errors.ts`, or the upstream's own where its words are passed on. */
  code: string;
  /** The field or header that is wrong. */
  param: string | null;
  /** Headers that belong to the error. */
  headers: Record<string, string>;
}

/** What a client is told of any error; one that is not a `WeirError` shows no details. */
export function clientErrorOf(error: unknown): ClientError {
  const shown = errorBody(error).error;
  if (!(error instanceof WeirError)) return { status: 500, ...shown, headers: {} };
  const headers = retryAfterHeader(error.retryAfterMs);
  // RFC 9110 §15.5.2: a 401 says how to authenticate.
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  return { status: error.status, ...shown, headers };
}

/** `retry-after` in whole seconds, at least one; nothing where it is not known. */
export function retryAfterHeader(ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) };
}

/** The error in OpenAI's shape, which the gateway's own endpoints use too. */
export function commonErrorBody({ message, type, param, code }: ClientError): ErrorBody {
  return { error: { message, type, param, code } };
}

/** The error as a reply. @param body its JSON text in the shape of the client's protocol. */
export function errorReply(
  error: ClientError,
  headers: Readonly<Record<string, string>>,
  body: string = JSON.stringify(commonErrorBody(error)),
): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', ...headers, ...error.headers },
    body,
  };
}
