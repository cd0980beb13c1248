import type { ClientError } from '../common/client-error.ts';

/** Anthropic's types of errors by status. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function typeOfStatus(status: number): string {
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** The error in Anthropic's shape; the gateway's code is where its SDKs look for one. */
export function renderMessagesError(
  { status, message, code, param }: ClientError,
  requestId: string | undefined,
): string {
  return JSON.stringify({
    type: 'error',
    error: {
      type: typeOfStatus(status),
      message,
      details: { error_code: code, ...(param === null ? {} : { param }) },
    },
    request_id: requestId ?? null,
  });
}
