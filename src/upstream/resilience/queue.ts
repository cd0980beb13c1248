import { cancelled } from '../transport/call-failure.ts';
import { systemClock, type Clock } from '../clock.ts';
import { whenOver } from '../../wire/sse.ts';
import { createShares, type KeyLoad, type WaitingCall } from './shares.ts';
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
 * Bounds the calls that an upstream gets at a time; further ones wait their turn, fairly between API keys (see `shares.ts`). A
 * call that is aborted while it waits leaves the queue at once. Where the queue is full, a key that has less in it takes the
 * last place of the key that has most. Fails with `overloaded`, whose `retryAfterMs` is the time in which the queue should
 * have emptied, as calls have taken lately.
 */
export function withQueue(upstream: Upstream, options: QueueOptions): QueuedUpstream {
  const { maxConcurrent, maxQueue, queueTimeoutMs, clock = systemClock } = options;
  const shares = createShares(maxConcurrent, clock);
  let meanMs = 0;

  function release(load: KeyLoad, since: number): void {
    const took = clock.now() - since;
    meanMs = meanMs === 0 ? took : meanMs + NEWEST * (took - meanMs);
    shares.end(load);
    serve();
  }

  function serve(): void {
    if (shares.waiting === 0) return;
    for (let next = shares.next(); next !== undefined; next = shares.next()) next.begin();
  }

  function full(what: string): UpstreamError {
    const emptyInMs = (meanMs * (shares.waiting + 1)) / maxConcurrent;
    return new UpstreamError({
      code: 'overloaded',
      message: `Upstream '${upstream.name}' is full: ${what}. Try again later, or raise its \`maxConcurrent\` or \`maxQueue\`.`,
      retryAfterMs: Math.min(Math.max(emptyInMs, RETRY_AFTER_MS.least), RETRY_AFTER_MS.most),
      // Repeating would only lengthen the queue.
      safeToRepeat: false,
      unbilled: true,
      unmade: true,
    });
  }

  function turn(load: KeyLoad, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        shares.leave(load, call);
        forget();
        signal.removeEventListener('abort', abort);
      };
      const call: WaitingCall = {
        begin() {
          leave();
          shares.begin(load);
          resolve();
        },
        giveWay() {
          leave();
          reject(full('another API key has less waiting, and took its place'));
        },
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
      shares.wait(load, call);
      // What was kept for others may not be any more.
      serve();
    });
  }

  async function slot(load: KeyLoad, signal: AbortSignal): Promise<void> {
    if (shares.waiting === 0 && shares.mayBegin(load)) {
      shares.begin(load);
      return;
    }
    if (signal.aborted) throw cancelled(upstream.name, signal.reason, 'unsent');
    if (shares.waiting >= maxQueue && !(load.active === 0 && shares.mayBegin(load))) {
      const gives = shares.gives(load);
      if (gives === undefined) throw full(`${shares.active} calls are under way and ${shares.waiting} wait`);
      gives.giveWay();
    }
    await turn(load, signal);
  }

  const queued = wrapUpstream(upstream, {
    async chat(request) {
      const { model, keyId = '', signal } = request;
      // An open circuit breaker answers by itself: that needs no turn.
      if (!upstream.available(model, keyId)) return upstream.chat(request);
      const load = shares.of(keyId);
      await slot(load, signal);
      const since = clock.now();
      let streaming = false;
      try {
        const reply = await upstream.chat(request);
        if (reply.kind === 'whole') return reply;
        streaming = true;
        const giveBack = (): void => release(load, since);
        if (reply.kind === 'bytes') return { ...reply, bytes: held(reply.bytes, signal, giveBack) };
        return { ...reply, events: held(reply.events, signal, giveBack) };
      } finally {
        if (!streaming) release(load, since);
      }
    },
  });
  return { ...queued, load: () => ({ active: shares.active, waiting: shares.waiting }) };
}

/** The slot is given back when the stream is over, or when the call is aborted and its reader has left. */
function held<Piece>(events: AsyncIterable<Piece>, signal: AbortSignal, giveBack: () => void) {
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
