import { withAddress } from '../../errors.ts';
import { cancelled } from '../transport/call-failure.ts';
import { sleep, systemClock, type Clock } from '../clock.ts';
import { UpstreamError, wrapUpstream, type Upstream, type UpstreamFailure } from '../upstream.ts';

export interface RetryOptions {
  /** Further tries after the first. */
  retries: number;
  /** The first pause is at most this; each further one at most twice the one before. */
  baseMs?: number;
  maxMs?: number;
  /**
   * From the first try on: no pause may end later than this, or than the request's own patience. A `Retry-After` beyond
   * it means no further try.
   */
  patienceMs?: number;
  clock?: Clock;
  /** Uniform in [0, 1). */
  random?: () => number;
  /** Told before each pause: for the log. */
  observe?: (event: RetryEvent) => void;
}

export interface RetryEvent {
  kind: 'retry';
  upstream: string;
  model: string;
  requestId: string;
  /** 1 for the first repetition. */
  retry: number;
  pauseMs: number;
  /** The failure, for the log. */
  code: UpstreamFailure['code'];
  error: string;
}

export const DEFAULT_RETRY = { baseMs: 100, maxMs: 2_000, patienceMs: 10_000 };

/**
 * Repeats a call that failed before anything of an answer came, where repeating is safe (`safeToRepeat`): no connection
 * was made; 429 and 503, with which a server turns a request away unread; a reused connection that was lost at once. Not
 * after a 500, 502 or 504 nor a lost answer: there the model may have worked, and been paid, and the next tier is the
 * better second try. Never inside a stream.
 *
 * Pauses grow exponentially with full jitter (Brooker, "Exponential Backoff And Jitter", 2015); `Retry-After` is the
 * least pause, with the jitter on top, so that clients who were told the same do not come back together.
 */
export function withRetry(upstream: Upstream, options: RetryOptions): Upstream {
  const {
    retries,
    baseMs,
    maxMs,
    patienceMs,
    clock = systemClock,
    random = Math.random,
    observe,
  } = { ...DEFAULT_RETRY, ...options };

  return wrapUpstream(upstream, {
    async chat(request) {
      const { model, requestId, signal } = request;
      const patientMs = Math.min(patienceMs, request.patienceMs ?? Infinity);
      const began = clock.now();
      for (let retry = 1; ; retry += 1) {
        try {
          return await upstream.chat(request);
        } catch (error) {
          if (
            retry > retries ||
            signal.aborted ||
            !(error instanceof UpstreamError) ||
            !error.failure.safeToRepeat
          )
            throw error;
          const { failure } = error;
          const jitterMs = random() * Math.min(maxMs, baseMs * 2 ** (retry - 1));
          const pauseMs = (failure.retryAfterMs ?? 0) + jitterMs;
          if (clock.now() - began + pauseMs > patientMs) throw error;
          const { code } = failure;
          observe?.({
            kind: 'retry',
            upstream: upstream.name,
            model,
            requestId,
            retry,
            pauseMs,
            code,
            error: withAddress(failure),
          });
          await sleep(clock, pauseMs, signal);
          if (signal.aborted) throw cancelled(upstream.name, signal.reason, 'unsent');
        }
      }
    },
  });
}
