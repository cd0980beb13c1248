import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { createManualClock } from '../manual-clock.ts';
import { withRetry, type RetryEvent, type RetryOptions } from './retry.ts';
import { answers, failures, refuses, streams, type Script } from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { UpstreamError } from '../upstream.ts';

const busy = refuses(503, { message: 'loading the model' });
const turn = () => new Promise((resolve) => setImmediate(resolve));

function start(chat: Script, options: Partial<RetryOptions> = {}) {
  const clock = createManualClock();
  const events: RetryEvent[] = [];
  const inner = createScriptedUpstream({ name: 'local', chat });
  const upstream = withRetry(inner, {
    retries: 2,
    baseMs: 100,
    maxMs: 1_000,
    patienceMs: 10_000,
    random: () => 0.5,
    clock,
    observe: (event) => events.push(event),
    ...options,
  });
  /** Lets time run until the call has ended. */
  const call = async (
    signal = new AbortController().signal,
    more: { stream?: boolean; patienceMs?: number } = {},
  ) => {
    const state = { ended: false };
    const reply = upstream
      .chat({ model: 'm', body: '{}', stream: false, requestId: 'r', signal, ...more })
      .finally(() => {
        state.ended = true;
      });
    reply.catch(() => undefined);
    for (let step = 0; step < 5_000; step += 1) {
      await turn();
      if (state.ended) break;
      clock.advance(50);
    }
    return reply;
  };
  return { clock, events, inner, upstream, call };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof UpstreamError ? error.failure.code : String(error)),
  );

test('a call that is turned away is repeated until it is taken', async () => {
  const { inner, events, call } = start([busy, busy, answers('hi')]);
  assert.equal((await call()).kind, 'whole');
  assert.equal(inner.asked.length, 3);
  assert.deepEqual(
    events.map(({ retry, pauseMs, requestId, code }) => [retry, pauseMs, requestId, code]),
    [
      [1, 50, 'r', 'upstream_unavailable'],
      [2, 100, 'r', 'upstream_unavailable'],
    ],
  );
});

test('what the log is told of a repetition is in Weir’s words', async () => {
  const { events, call } = start([refuses(503, { message: 'You sent: Which town?' }), answers('hi')]);
  await call();
  assert.equal(events[0]?.error, "Upstream 'local' is not ready (503).");
  assert.doesNotMatch(JSON.stringify(events), /Which town/);
});

test('after the last try its failure is the call’s', async () => {
  const { inner, call } = start(busy);
  assert.equal(await codeOf(call()), 'upstream_unavailable');
  assert.equal(inner.asked.length, 3);
});

test('with no retries, a call is made once', async () => {
  const { inner, call } = start(busy, { retries: 0 });
  assert.equal(await codeOf(call()), 'upstream_unavailable');
  assert.equal(inner.asked.length, 1);
});

test('what may have been acted on, and what cannot succeed, is not repeated', async () => {
  const steps = [500, 502, 504, 400, 401, 404, 413, 422].map((status) => refuses(status, { message: 'x' }));
  for (const step of [
    ...steps,
    failures.cut,
    failures.empty,
    failures.dropped,
    refuses(429, { message: 'x', code: 'insufficient_quota' }),
  ]) {
    const { inner, call } = start(step);
    await codeOf(call());
    assert.equal(inner.asked.length, 1, JSON.stringify(step));
  }
});

test('nothing is repeated once a stream has begun', async () => {
  const { inner, call } = start(streams(['1'], 'cut'));
  const reply = await call(undefined, { stream: true });
  if (reply.kind === 'stream') assert.equal(await codeOf(Array.fromAsync(reply.events)), 'upstream_error');
  assert.equal(inner.asked.length, 1);
});

test('Retry-After is the least pause, with the jitter on top', async () => {
  const { events, call } = start([refuses(429, { message: 'slow' }, { 'retry-after': '3' }), answers('hi')]);
  await call();
  assert.deepEqual(
    events.map(({ pauseMs }) => pauseMs),
    [3_050],
  );
});

test('a call is not made before Retry-After is over', async () => {
  const { clock, inner, upstream } = start(
    [refuses(503, { message: 'x' }, { 'retry-after-ms': '400' }), answers('hi')],
    { random: () => 0 },
  );
  const reply = upstream.chat({
    model: 'm',
    body: '{}',
    stream: false,
    requestId: 'r',
    signal: new AbortController().signal,
  });
  await turn();
  clock.advance(399);
  await turn();
  assert.equal(inner.asked.length, 1);
  clock.advance(1);
  await reply;
  assert.equal(inner.asked.length, 2);
});

test('a Retry-After beyond the patience means no further try, and is told to the client', async () => {
  const { inner, call } = start(refuses(429, { message: 'slow' }, { 'retry-after': '11' }));
  await assert.rejects(
    call(),
    (error) => error instanceof UpstreamError && error.failure.retryAfterMs === 11_000,
  );
  assert.equal(inner.asked.length, 1);
});

test('a request with less patience waits less, and one with more waits no longer', async () => {
  const slow = [refuses(429, { message: 'slow' }, { 'retry-after': '3' }), answers('hi')];
  const tries = async (patienceMs: number, options: Partial<RetryOptions> = {}) => {
    const { clock, inner, call } = start(slow, options);
    const code = await codeOf(call(undefined, { patienceMs }));
    return { code, tries: inner.asked.length, waited: clock.now() > 0 };
  };
  assert.deepEqual(await tries(1_000), { code: 'upstream_rate_limited', tries: 1, waited: false });
  assert.deepEqual(await tries(5_000), { code: 'answered', tries: 2, waited: true });
  assert.deepEqual(await tries(5_000, { patienceMs: 2_000 }), {
    code: 'upstream_rate_limited',
    tries: 1,
    waited: false,
  });
});

test('patience counts from the first try, so that pauses cannot add up beyond it', async () => {
  const { clock, inner, call } = start(refuses(503, { message: 'x' }, { 'retry-after': '4' }), {
    retries: 10,
  });
  await codeOf(call());
  assert.equal(inner.asked.length, 3);
  assert.ok(clock.now() <= 10_000);
});

test('an abort during a pause ends the call at once', async () => {
  const { clock, inner, upstream } = start(busy);
  const client = new AbortController();
  const reply = codeOf(
    upstream.chat({ model: 'm', body: '{}', stream: false, requestId: 'r', signal: client.signal }),
  );
  await turn();
  client.abort();
  await reply;
  assert.deepEqual([inner.asked.length, clock.pending()], [1, 0]);
});

test('pauses are jittered over their whole length, double, and never pass the most', async () => {
  await fc.assert(
    fc.asyncProperty(between(0, 0.999), async (random) => {
      const { events, call } = start(busy, { retries: 6, random: () => random, patienceMs: 60_000 });
      await codeOf(call());
      assert.deepEqual(
        events.map(({ pauseMs }) => pauseMs),
        [100, 200, 400, 800, 1_000, 1_000].map((most) => random * most),
      );
    }),
    { numRuns: 10 },
  );
});
