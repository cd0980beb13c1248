import { ERRORS, WeirError } from '../errors.ts';
import type { AttemptFailure } from '../routing/attempt.ts';
import type { UpstreamFailure } from '../upstream/upstream.ts';
import type { HttpContext } from './context.ts';
import { InvalidAnswer } from '../upstream/invalid-answer.ts';
import { ClientGone, type Journey } from './request-state.ts';

/** The same question fails the same way at every tier. */
const SAME_EVERYWHERE: ReadonlySet<string> = new Set(['not_recorded']);

/** What went wrong with a call, in the client's terms. */
export function failureOf(
  context: HttpContext,
  error: unknown,
  journey: Journey,
  tier: { upstream: string },
): AttemptFailure {
  const { signal } = journey.abort;
  const reason: unknown = signal.reason;
  const failure = upstreamFailureOf(error);
  const billing =
    failure?.unbilled === true || failure?.safeToRepeat === true ? { unbilled: true as const } : {};
  if (signal.aborted) {
    const final = { final: true, ...billing };
    if (reason instanceof WeirError)
      return { code: reason.code, message: reason.message, status: reason.status, ...final };
    return { code: 'client_closed_request', message: new ClientGone().message, status: 499, ...final };
  }
  if (error instanceof InvalidAnswer) return { code: error.code, message: error.message, status: 502 };
  if (failure === undefined) {
    // Not an upstream's failing but ours: still one attempt, so that another tier can answer.
    context.log.error(
      {
        requestId: journey.requestId,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      },
      'reading an answer failed',
    );
    return {
      code: 'internal_error',
      message: `The gateway could not read the answer of '${tier.upstream}'; its log has the details.`,
      status: 500,
    };
  }
  const ownStatus = failure.code === 'upstream_rejected' ? failure.status : undefined;
  const status = ownStatus ?? ERRORS[failure.code].status;
  return {
    code: failure.code,
    message: failure.message,
    ...(failure.said === undefined ? {} : { said: failure.said }),
    ...(failure.address === undefined ? {} : { address: failure.address }),
    status,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(SAME_EVERYWHERE.has(failure.code) ? { final: true } : {}),
    ...billing,
  };
}

/** The error body of an upstream that rejected the request: the client is shown it. `undefined` where it failed otherwise. */
export function rejectionOf(error: unknown): { body: unknown } | undefined {
  const failure = upstreamFailureOf(error);
  return failure?.code === 'upstream_rejected' ? { body: failure.body } : undefined;
}

/** Servers and models that take no `logprobs` say so. */
export function refusesLogprobs(error: unknown): boolean {
  const failure = upstreamFailureOf(error);
  return (
    failure?.code === 'upstream_rejected' &&
    /logprob/i.test((failure.said ?? '') + JSON.stringify(failure.body ?? ''))
  );
}

/** The failure inside an `UpstreamError`; told by its shape, so that this folder needs only the types of `upstream`. */
function upstreamFailureOf(error: unknown): UpstreamFailure | undefined {
  return error instanceof Error && error.name === 'UpstreamError' && 'failure' in error
    ? (error.failure as UpstreamFailure)
    : undefined;
}
