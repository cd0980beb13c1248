import { forOperators } from '../../errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';

/** Why a call failed, for whoever made it: with the server's address and own words, where it said something. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'failure' in error
    ? forOperators(error.failure as Parameters<typeof forOperators>[0])
    : error.message;
}

/** The one way to a model, for a terminal: what it throws says what the server said. */
export function callInWords(call: Gateway['call']): Gateway['call'] {
  return (upstream, request) =>
    call(upstream, request).catch((error: unknown) => {
      throw new Error(wordsOf(error), { cause: error });
    });
}
