import { defined } from '../../defined.ts';
import { withBreaker, type BreakerEvent, type BreakerOptions } from './breaker.ts';
import { withQueue, type QueuedUpstream, type QueueOptions } from './queue.ts';
import { withRetry, type RetryEvent, type RetryOptions } from './retry.ts';
import type { Clock } from '../clock.ts';
import type { Upstream } from '../upstream.ts';

export interface ResilienceOptions extends Omit<QueueOptions, 'clock'> {
  /** Further tries of a call that failed where repeating is safe. */
  retries: number;
  retry?: Omit<RetryOptions, 'retries' | 'clock' | 'observe'>;
  breaker?: Omit<BreakerOptions, 'clock' | 'observe'>;
  clock?: Clock;
  observe?: (event: RetryEvent | BreakerEvent) => void;
}

/**
 * Retry around queue around breaker around the wire.
 * - The retry is outermost: a pause holds no slot, and each try takes its turn again.
 * - The queue is around the breaker: when a circuit opens, those who wait fail at once instead of knocking one by one.
 *   While it is open, calls pass the queue by.
 * - The breaker is next to the wire: it counts every try, and nothing that the queue refused.
 */
export function withResilience(upstream: Upstream, options: ResilienceOptions): QueuedUpstream {
  const { maxConcurrent, maxQueue, queueTimeoutMs, retries, retry, breaker, clock, observe } = options;
  const shared = defined({ clock, observe });
  const queued = withQueue(withBreaker(upstream, { ...breaker, ...shared }), {
    maxConcurrent,
    maxQueue,
    queueTimeoutMs,
    ...defined({ clock }),
  });
  return { ...withRetry(queued, { retries, ...retry, ...shared }), load: queued.load };
}
