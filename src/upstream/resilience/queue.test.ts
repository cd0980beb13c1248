import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../manual-clock.ts';
import { withQueue, type QueueOptions } from './queue.ts';
import {
  answers,
  failures,
  refuses,
  streams,
  type Script,
  type ScriptedReply,
} from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { failureOf, requestWith } from '../testing.ts';
import { UpstreamError, type Upstream } from '../upstream.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function start(chat: Script, options: Partial<QueueOptions> = {}) {
  const clock = createManualClock();
  const inner = createScriptedUpstream({ name: 'local', chat });
  const upstream = withQueue(inner, {
    maxConcurrent: 1,
    maxQueue: 2,
    queueTimeoutMs: 1_000,
    clock,
    ...options,
  });
  return { clock, inner, upstream };
}

function call(upstream: Upstream, signal = new AbortController().signal, stream = false) {
  return upstream.chat(requestWith({ stream, signal }));
}

/** A script whose calls end one by one, when they are told to. */
function gated() {
  const gates: (() => void)[] = [];
  const chat = () =>
    new Promise<ScriptedReply>((resolve) => {
      gates.push(() => resolve({ headers: { 'content-type': 'application/json' }, body: ['{}'] }));
    });
  return { gates, chat };
}

test('no more calls than allowed are under way, and the rest have their turn in order', async () => {
  const { gates, chat } = gated();
  const { inner, upstream } = start(chat, { maxConcurrent: 2, maxQueue: 10 });
  const order: number[] = [];
  const calls = Array.from({ length: 5 }, (_, index) => call(upstream).then(() => order.push(index)));
  await turn();
  assert.equal(inner.asked.length, 2);
  assert.deepEqual(upstream.load(), { active: 2, waiting: 3 });
  for (let ended = 0; ended < 5; ended += 1) {
    gates[ended]?.();
    await turn();
    assert.equal(inner.asked.length, Math.min(ended + 3, 5));
  }
  await Promise.all(calls);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.deepEqual(upstream.load(), { active: 0, waiting: 0 });
});

test('a full queue is overloaded at once, says when to come back, and is not to be repeated', async () => {
  const { gates, chat } = gated();
  const { upstream } = start(chat);
  const calls = [call(upstream), call(upstream), call(upstream)];
  const failure = await failureOf(call(upstream));
  assert.deepEqual([failure.code, failure.retryAfterMs, failure.safeToRepeat], ['overloaded', 1_000, false]);
  assert.equal(failure.unbilled, true);
  assert.match(failure.message, /'local' is full: 1 calls are under way and 2 wait.*maxConcurrent/);
  for (let ended = 0; ended < 3; ended += 1) {
    gates[ended]?.();
    await turn();
  }
  await Promise.all(calls);
});

test('the time to come back follows from how long calls take', async () => {
  const { gates, chat } = gated();
  const { clock, upstream } = start(chat, { maxQueue: 1 });
  const first = call(upstream);
  await turn();
  clock.advance(8_000);
  gates[0]?.();
  await first;
  await turn();
  void call(upstream);
  void call(upstream);
  assert.equal((await failureOf(call(upstream))).retryAfterMs, 16_000);
});

test('without a queue a further call fails at once', async () => {
  const { upstream } = start(gated().chat, { maxQueue: 0 });
  void call(upstream);
  assert.equal((await failureOf(call(upstream))).code, 'overloaded');
});

test('a call that waits too long counts as turned away, and leaves the queue', async () => {
  const { clock, inner, upstream } = start(failures.never);
  void call(upstream).catch(() => undefined);
  const waiting = failureOf(call(upstream));
  clock.advance(1_000);
  const failure = await waiting;
  assert.equal(failure.code, 'overloaded');
  assert.match(failure.message, /waited 1000 ms.*upstreams\.local\.queueTimeout/);
  assert.deepEqual([inner.asked.length, upstream.load().waiting, clock.pending()], [1, 0, 0]);
});

test('a call that is aborted while it waits leaves the queue, and its turn goes to the next', async () => {
  const { gates, chat } = gated();
  const { clock, inner, upstream } = start(chat);
  const first = call(upstream);
  const client = new AbortController();
  const second = failureOf(call(upstream, client.signal));
  const third = call(upstream);
  client.abort();
  assert.match((await second).message, /cancelled/);
  assert.equal(upstream.load().waiting, 1);
  gates[0]?.();
  await first;
  await turn();
  gates[1]?.();
  await third;
  assert.deepEqual([inner.asked.length, clock.pending()], [2, 0]);
});

test('a call that was aborted before it came does not wait', async () => {
  const { upstream } = start(gated().chat);
  void call(upstream);
  const failure = await failureOf(call(upstream, AbortSignal.abort()));
  assert.match(failure.message, /cancelled/);
  assert.equal(failure.unbilled, true);
  assert.equal(upstream.load().waiting, 0);
});

test('a failed call gives its slot back', async () => {
  const { upstream } = start([refuses(500, { message: 'x' }), failures.dropped, answers('hi')]);
  await failureOf(call(upstream));
  await failureOf(call(upstream));
  await call(upstream);
  assert.deepEqual(upstream.load(), { active: 0, waiting: 0 });
});

const ways: [string, (events: AsyncIterable<unknown>, client: AbortController) => Promise<unknown>][] = [
  ['has been read to its end', async (events) => Array.fromAsync(events)],
  [
    'was left in the middle',
    async (events) => {
      for await (const _ of events) break;
    },
  ],
  ['was left before its first event', async (events) => events[Symbol.asyncIterator]().return?.()],
  ['was aborted and is not read', async (_, client) => client.abort()],
];
for (const [how, leave] of ways) {
  test(`a stream holds its slot until it ${how}, and gives it back once`, async () => {
    const { upstream } = start(streams(['1', '2']));
    const client = new AbortController();
    const reply = await call(upstream, client.signal, true);
    assert.deepEqual(upstream.load(), { active: 1, waiting: 0 });
    if (reply.kind === 'stream') {
      await leave(reply.events, client);
      client.abort();
      await reply.events[Symbol.asyncIterator]().return?.();
    }
    assert.deepEqual(upstream.load(), { active: 0, waiting: 0 });
  });
}

test('a stream that breaks gives its slot back', async () => {
  const { upstream } = start(streams(['1'], 'cut'));
  const reply = await call(upstream, undefined, true);
  if (reply.kind === 'stream') await failureOf(Array.fromAsync(reply.events));
  assert.equal(upstream.load().active, 0);
});

test('a model that is not available is answered without waiting for a turn', async () => {
  const inner = createScriptedUpstream({ chat: failures.never });
  const closed = { ...inner, available: () => false };
  const refusing: Upstream = {
    ...closed,
    chat: () =>
      Promise.reject(
        new UpstreamError({ code: 'upstream_unavailable', message: 'open', safeToRepeat: false }),
      ),
  };
  let open = true;
  const upstream = withQueue(
    {
      ...inner,
      available: () => open,
      chat: (request) => (open ? inner.chat(request) : refusing.chat(request)),
    },
    { maxConcurrent: 1, maxQueue: 0, queueTimeoutMs: 1 },
  );
  void call(upstream).catch(() => undefined);
  open = false;
  assert.equal((await failureOf(call(upstream))).message, 'open');
});
