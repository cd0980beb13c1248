import { cancelled } from '../transport/call-failure.ts';
import { systemClock, type Clock } from '../clock.ts';
import { whenOver } from '../../wire/sse.ts';
import { UpstreamError, wrapUpstream, type Upstream } from '../upstream.ts';

export interface QueueOptions {
  /** Calls at the same time; a stream counts until it has ended or was left. */
  maxConcurrent: number;
  /** Calls that wait; with more than these the upstream is `overloaded`. */
  maxQueue: number;
  /** The longest wait; after it the upstream counts as full. */
  queueTimeoutMs: number;
  clock?: Clock;
}

export interface QueuedUpstream extends Upstream {
  /** For gauges: calls under way, and calls that wait. */
  load(): { active: number; waiting: number };
}

/** The shortest and the longest wait that a client is told. */
const RETRY_AFTER_MS = { least: 1_000, most: 60_000 };
/** Weight of the newest call in the running mean of how long calls take. */
const NEWEST = 0.2;

/**
 * Bounds the calls that an upstream gets at a time; further ones wait their turn, the oldest first. A call that is
 * aborted while it waits leaves the queue at once. Fails with `overloaded`, whose `retryAfterMs` is the time in which the
 * queue should have emptied, as calls have taken lately.
 */
export function withQueue(upstream: Upstream, options: QueueOptions): QueuedUpstream {
  const { maxConcurrent, maxQueue, queueTimeoutMs, clock = systemClock } = options;
  // A set keeps its order and forgets any member at once.
  const waiting = new Set<() => void>();
  let active = 0;
  let meanMs = 0;

  function release(since: number): void {
    const took = clock.now() - since;
    meanMs = meanMs === 0 ? took : meanMs + NEWEST * (took - meanMs);
    active -= 1;
    const [next] = waiting;
    next?.();
  }

  function full(what: string): UpstreamError {
    const emptyInMs = (meanMs * (waiting.size + 1)) / maxConcurrent;
    return new UpstreamError({
      code: 'overloaded',
      message: `Upstream '${upstream.name}' is full: ${what}. Try again later, or raise its \`maxConcurrent\` or \`maxQueue\`.`,
      retryAfterMs: Math.min(Math.max(emptyInMs, RETRY_AFTER_MS.least), RETRY_AFTER_MS.most),
      // Repeating would only lengthen the queue.
      safeToRepeat: false,
      unbilled: true,
    });
  }

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(begin);
        forget();
        signal.removeEventListener('abort', abort);
      };
      const begin = () => {
        leave();
        active += 1;
        resolve();
      };
      const abort = () => {
        leave();
        reject(cancelled(upstream.name, signal.reason, 'unsent'));
      };
      const forget = clock.after(queueTimeoutMs, () => {
        leave();
        reject(
          full(
            `a call waited ${queueTimeoutMs} ms for its turn (\`upstreams.${upstream.name}.queueTimeout\`)`,
          ),
        );
      });
      signal.addEventListener('abort', abort);
      waiting.add(begin);
    });
  }

  async function slot(signal: AbortSignal): Promise<void> {
    if (active < maxConcurrent) {
      active += 1;
      return;
    }
    if (signal.aborted) throw cancelled(upstream.name, signal.reason, 'unsent');
    if (waiting.size >= maxQueue) throw full(`${active} calls are under way and ${waiting.size} wait`);
    await turn(signal);
  }

  const queued = wrapUpstream(upstream, {
    async chat(request) {
      // An open circuit breaker answers by itself: that needs no turn.
      if (!upstream.available(request.model, request.keyId)) return upstream.chat(request);
      await slot(request.signal);
      const since = clock.now();
      let streaming = false;
      try {
        const reply = await upstream.chat(request);
        if (reply.kind === 'whole') return reply;
        streaming = true;
        return { ...reply, events: held(reply.events, request.signal, () => release(since)) };
      } finally {
        if (!streaming) release(since);
      }
    },
  });
  return { ...queued, load: () => ({ active, waiting: waiting.size }) };
}

/** The slot is given back when the stream is over, or when the call is aborted and its reader has left. */
function held(events: Parameters<typeof whenOver>[0], signal: AbortSignal, giveBack: () => void) {
  let given = false;
  const once = () => {
    if (given) return;
    given = true;
    signal.removeEventListener('abort', once);
    giveBack();
  };
  signal.addEventListener('abort', once);
  if (signal.aborted) once();
  return whenOver(events, once);
}
