import { forOperators } from '../../errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { UpstreamError } from '../../upstream/upstream.ts';

/** Why a call to a model failed, with the server's address and what it said, if anything. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof UpstreamError ? forOperators(error.failure) : error.message;
}

/** Wraps the gateway's calls for a terminal: their errors say what the server said. */
export function callInWords(call: Gateway['call']): Gateway['call'] {
  return (upstream, request) =>
    call(upstream, request).catch((error: unknown) => {
      throw new Error(wordsOf(error), { cause: error });
    });
}
