import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withBreaker, type BreakerEvent, type BreakerOptions } from './breaker.ts';
import { createManualClock } from '../manual-clock.ts';
import { answers, failures, refuses, streams, type ScriptedStep } from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { UpstreamError, type UpstreamFailure } from '../upstream.ts';

const broken = refuses(500, { message: 'out of memory' });

function start(options: BreakerOptions = {}) {
  const clock = createManualClock();
  const events: BreakerEvent[] = [];
  let step: ScriptedStep = broken;
  const inner = createScriptedUpstream({
    name: 'local',
    chat: (asked) => (typeof step === 'function' ? step(asked) : step),
  });
  const upstream = withBreaker(inner, {
    failures: 3,
    openMs: 1_000,
    maxOpenMs: 3_000,
    clock,
    observe: (event) => events.push(event),
    ...options,
  });
  const call = (model = 'm', signal = new AbortController().signal, stream = false, keyId = '') =>
    upstream.chat({ model, body: JSON.stringify({ model, stream }), stream, requestId: 'r', keyId, signal });
  const fail = async (model = 'm', stream = false, keyId = ''): Promise<UpstreamFailure> => {
    const error: unknown = await call(model, undefined, stream, keyId)
      .then(async (reply) => (reply.kind === 'stream' ? Array.fromAsync(reply.events) : undefined))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    assert.ok(error instanceof UpstreamError, String(error));
    return error.failure;
  };
  return {
    clock,
    events,
    inner,
    upstream,
    call,
    fail,
    failAs: (keyId: string) => fail('m', false, keyId),
    callAs: (keyId: string) => call('m', undefined, false, keyId),
    play: (next: ScriptedStep) => {
      step = next;
    },
  };
}

async function opened(started: ReturnType<typeof start>) {
  for (let failure = 0; failure < 3; failure += 1) await started.fail();
  assert.equal(started.upstream.available('m'), false);
}

test('failures in a row open the circuit, and calls then fail without reaching the upstream', async () => {
  const started = start();
  await started.fail();
  await started.fail();
  assert.equal(started.upstream.available('m'), true);
  await started.fail();
  assert.equal(started.upstream.available('m'), false);
  const failure = await started.fail();
  assert.deepEqual(
    [failure.code, failure.retryAfterMs, failure.safeToRepeat, failure.unbilled],
    ['upstream_unavailable', 1_000, false, true],
  );
  assert.match(
    failure.message,
    /Model 'm' of upstream 'local' has failed 3 times in a row and is left alone for 1 s\. Last: Upstream 'local' answered 500\.$/,
  );
  assert.equal(started.inner.asked.length, 3);
});

test('a success between failures begins the count again', async () => {
  const { call, fail, play, upstream } = start();
  for (let round = 0; round < 4; round += 1) {
    play(broken);
    await fail();
    await fail();
    play(answers('hi'));
    await call();
  }
  assert.equal(upstream.available('m'), true);
});

test('each model has a circuit of its own', async () => {
  const started = start();
  await opened(started);
  assert.equal(started.upstream.available('other'), true);
  started.play(answers('hi'));
  await started.call('other');
});

test('after its time one call may try, and no other beside it', async () => {
  const started = start();
  await opened(started);
  started.clock.advance(999);
  assert.equal(started.upstream.available('m'), false);
  started.clock.advance(1);
  assert.equal(started.upstream.available('m'), true);
  const gate = Promise.withResolvers<void>();
  started.play(
    async () => (await gate.promise, { headers: { 'content-type': 'application/json' }, body: ['{}'] }),
  );
  const probe = started.call();
  assert.equal(started.upstream.available('m'), false);
  assert.equal((await started.fail()).code, 'upstream_unavailable');
  gate.resolve();
  await probe;
  assert.equal(started.upstream.available('m'), true);
  assert.deepEqual(
    started.events.map(({ kind }) => kind),
    ['opened', 'closed'],
  );
});

test('a failed try keeps it open for twice as long, up to the most', async () => {
  const started = start();
  await opened(started);
  for (const openMs of [1_000, 2_000, 3_000, 3_000]) {
    started.clock.advance(openMs - 1);
    assert.equal(started.upstream.available('m'), false);
    started.clock.advance(1);
    await started.fail();
    assert.equal(started.upstream.available('m'), false);
  }
  assert.deepEqual(
    started.events.map((event) => (event.kind === 'opened' ? event.forMs : 0)),
    [1_000, 2_000, 3_000, 3_000, 3_000],
  );
});

test('after a recovery it opens for the short time again', async () => {
  const started = start();
  await opened(started);
  started.clock.advance(1_000);
  await started.fail();
  started.clock.advance(2_000);
  started.play(answers('hi'));
  await started.call();
  started.play(broken);
  await opened(started);
  started.clock.advance(1_000);
  assert.equal(started.upstream.available('m'), true);
});

test('a try that is aborted decides nothing, and the next one may try', async () => {
  const started = start();
  await opened(started);
  started.clock.advance(1_000);
  started.play(failures.never);
  const client = new AbortController();
  const probe = started.call('m', client.signal);
  client.abort();
  await assert.rejects(probe, /cancelled/);
  assert.equal(started.upstream.available('m'), true);
  started.play(answers('hi'));
  await started.call();
});

test('the client’s mistakes, its pace and its leaving are no failures of the model', async () => {
  const { call, fail, play, upstream } = start();
  for (const step of [
    refuses(400, { message: 'x' }),
    refuses(400, { message: 'maximum context length' }),
    refuses(429, { message: 'slow' }),
  ]) {
    play(step);
    for (let times = 0; times < 5; times += 1) await fail();
  }
  play(failures.never);
  for (let times = 0; times < 5; times += 1) {
    const client = new AbortController();
    const left = call('m', client.signal);
    client.abort();
    await assert.rejects(left);
  }
  assert.equal(upstream.available('m'), true);
});

test('a rejection between failures shows that the model lives; a rate limit shows nothing', async () => {
  const { fail, play, upstream } = start();
  await fail();
  await fail();
  play(refuses(429, { message: 'slow' }));
  await fail();
  play(broken);
  await fail();
  assert.equal(upstream.available('m'), false);
  const other = start();
  await other.fail();
  await other.fail();
  other.play(refuses(422, { message: 'x' }));
  await other.fail();
  other.play(broken);
  await other.fail();
  assert.equal(other.upstream.available('m'), true);
});

/** A failure in which nothing could be sent, as of a server that is down. */
const down: ScriptedStep = () => {
  throw new UpstreamError({
    code: 'upstream_unavailable',
    message: "Upstream 'local' cannot be reached (ECONNREFUSED); is it running?",
    safeToRepeat: true,
    unbilled: true,
  });
};
const silent = refuses(504, { message: 'x' });

test('answers that are none, and connections that break, count', async () => {
  for (const step of [failures.empty, failures.dropped, refuses(502, { message: 'x' })]) {
    const { fail, play, upstream } = start();
    play(step);
    for (let times = 0; times < 3; times += 1) await fail();
    assert.equal(upstream.available('m'), false, JSON.stringify(step));
  }
});

test('refused credentials and unknown models say that the server is well', async () => {
  for (const status of [401, 402, 403, 404, 405, 301]) {
    const { fail, play, upstream } = start();
    play(refuses(status, { message: 'x' }));
    for (let times = 0; times < 9; times += 1) await fail();
    assert.equal(upstream.available('m'), true, String(status));
  }
});

test('the failures of one key turn away that key alone', async () => {
  const { failAs, callAs, play, upstream, inner } = start();
  for (let times = 0; times < 9; times += 1) await failAs('bad');
  assert.equal(inner.asked.length, 3);
  assert.match((await failAs('bad')).message, /3 times in a row for this API key/);
  assert.deepEqual([upstream.available('m', 'bad'), upstream.available('m', 'good')], [false, true]);
  assert.equal(upstream.trouble('m'), undefined);
  play(answers('hi'));
  await callAs('good');
  assert.equal(upstream.available('m', 'bad'), true);
});

test('one key that fails over and over never turns away another that succeeds now and then', async () => {
  const { failAs, callAs, play } = start();
  for (let round = 0; round < 20; round += 1) {
    play(broken);
    for (let times = 0; times < 7; times += 1) await failAs('bad');
    play(answers('hi'));
    await callAs('good');
  }
});

test('the failures of more than one key turn all away', async () => {
  const { failAs, upstream } = start();
  await failAs('one');
  await failAs('other');
  await failAs('one');
  assert.equal(upstream.available('m', 'third'), false);
  assert.ok(upstream.trouble('m')?.down !== undefined);
});

test('a key that was turned away alone is joined by the rest once another key fails too', async () => {
  const { failAs, upstream } = start();
  for (let times = 0; times < 3; times += 1) await failAs('one');
  assert.equal(upstream.available('m', 'third'), true);
  await failAs('other');
  assert.equal(upstream.available('m', 'third'), false);
});

test('a server that cannot be reached turns all away, though one key alone asked', async () => {
  const { failAs, play, upstream } = start();
  play(down);
  for (let times = 0; times < 3; times += 1) await failAs('one');
  assert.equal(upstream.available('m', 'other'), false);
});

test('slow answers in a row open nothing, unless nothing comes at all for several keys', async () => {
  const { failAs, callAs, play, upstream } = start();
  play(silent);
  for (let times = 0; times < 9; times += 1) await failAs('one');
  assert.equal(upstream.available('m', 'one'), true);
  play(answers('hi'));
  await callAs('other');
  play(silent);
  for (const key of ['one', 'other']) await failAs(key);
  assert.equal(upstream.available('m', 'one'), true);
  await failAs('one');
  assert.equal(upstream.available('m', 'one'), false);
});

test('a stream that begins ends a silence, and says nothing of broken streams before it', async () => {
  const { call, failAs, fail, play, upstream } = start();
  play(silent);
  for (const key of ['one', 'other']) await failAs(key);
  play(streams(['1'], 'hang'));
  await call('m', undefined, true, 'one');
  play(silent);
  await failAs('one');
  assert.equal(upstream.available('m', 'one'), true);
  play(streams(['1'], 'cut'));
  for (const key of ['one', 'other', 'one']) await fail('m', true, key);
  assert.equal(upstream.available('m', 'one'), false);
});

test('a key whose try failed lets another that waits try first, and tries again if none comes', async () => {
  const { clock, failAs, callAs, play, upstream } = start();
  for (const key of ['bad', 'good', 'bad']) await failAs(key);
  clock.advance(1_000);
  await failAs('bad');
  await failAs('good');
  clock.advance(2_000);
  assert.deepEqual([upstream.available('m', 'bad'), upstream.available('m', 'good')], [false, true]);
  clock.advance(2_000);
  assert.equal(upstream.available('m', 'bad'), true);
  play(answers('hi'));
  await callAs('good');
  assert.equal(upstream.available('m', 'bad'), true);
});

test('a refused key is a trouble of its own, until the server takes a call', async () => {
  const { fail, call, play, upstream } = start();
  play(refuses(401, { message: 'x' }));
  await fail();
  assert.match(upstream.trouble('m')?.refusal ?? '', /refused the gateway's own credentials \(401\)/);
  assert.equal(upstream.trouble('other'), undefined);
  play(answers('hi'));
  await call();
  assert.equal(upstream.trouble('m'), undefined);
});

test('one 403 may be about the request; two in a row are about the key', async () => {
  const { fail, call, play, upstream } = start();
  for (const step of [refuses(403, { message: 'x' }), answers('hi'), refuses(403, { message: 'x' })]) {
    play(step);
    await call().catch(() => undefined);
  }
  assert.equal(upstream.trouble('m'), undefined);
  await fail();
  assert.ok(upstream.trouble('m')?.refusal !== undefined);
});

test('trouble says for how long a model has been left alone, tries and all', async () => {
  const started = start();
  await opened(started);
  started.clock.advance(1_000);
  await started.fail();
  started.clock.advance(500);
  assert.deepEqual(started.upstream.trouble('m')?.down, {
    forMs: 1_500,
    because: "Upstream 'local' answered 500.",
  });
});

test('a stream that breaks is a failure, one that ends is a success, and one that is left is neither', async () => {
  const { call, fail, play, upstream } = start();
  play(streams(['1'], 'cut'));
  await fail('m', true);
  await fail('m', true);
  play(streams(['1', '2']));
  const left = await call('m', undefined, true);
  if (left.kind === 'stream') for await (const _ of left.events) break;
  play(streams(['1'], 'cut'));
  await fail('m', true);
  assert.equal(upstream.available('m'), false);
  const other = start();
  other.play(streams(['1'], 'cut'));
  await other.fail('m', true);
  await other.fail('m', true);
  other.play(streams(['1']));
  const read = await other.call('m', undefined, true);
  if (read.kind === 'stream') await Array.fromAsync(read.events);
  other.play(streams(['1'], 'cut'));
  await other.fail('m', true);
  assert.equal(other.upstream.available('m'), true);
});

test('a stream that is aborted by the client and breaks for that is no failure', async () => {
  const { call, play, upstream } = start({ failures: 1 });
  play(streams(['1'], 'hang'));
  const client = new AbortController();
  const reply = await call('m', client.signal, true);
  assert.equal(reply.kind, 'stream');
  if (reply.kind !== 'stream') return;
  const reading = Array.fromAsync(reply.events);
  client.abort();
  await assert.rejects(reading);
  assert.equal(upstream.available('m'), true);
});

test('a try by stream succeeds when the stream begins', async () => {
  const started = start();
  await opened(started);
  started.clock.advance(1_000);
  started.play(streams(['1'], 'hang'));
  const reply = await started.call('m', undefined, true);
  assert.equal(reply.kind, 'stream');
  assert.equal(started.upstream.available('m'), true);
});
