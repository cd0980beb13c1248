import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createOpenAiUpstream } from './openai-compatible.ts';
import { failures, streams, type Script } from '../scripted/scripted-reply.ts';
import { failureOf, requestWith, startUpstream } from '../testing.ts';
import { UpstreamError, type Timeouts, type UpstreamFailure } from '../upstream.ts';

// The servers here never do what is waited for, so only the limit under test can end a call, however slow the machine.

async function failing(
  t: TestContext,
  chat: Script,
  timeouts: Partial<Timeouts>,
  stream = false,
): Promise<{ failure: UpstreamFailure; closed: Promise<void> }> {
  const { server, upstream } = await startUpstream(t, chat, { timeouts });
  const read = async () => {
    const reply = await upstream.chat(requestWith({ stream }));
    if (reply.kind === 'stream') for await (const _ of reply.events);
  };
  return {
    failure: await failureOf(read()),
    closed: server.asked[0]?.closed ?? Promise.reject(new Error('nothing was asked')),
  };
}

test('a server that accepts and never answers is given up after firstByte, and its socket closed', async (t) => {
  const { failure, closed } = await failing(t, failures.never, { firstByteMs: 60 });
  assert.deepEqual(
    [failure.code, failure.safeToRepeat, failure.unbilled],
    ['upstream_timeout', false, undefined],
  );
  assert.equal(
    failure.message,
    "Upstream 'local' did not begin to answer within 60 ms (`upstreams.local.timeouts.firstByte`)",
  );
  await closed;
});

test('a body that stops is given up after idle', async (t) => {
  const { failure, closed } = await failing(t, { body: ['{"a":'], then: 'hang' }, { idleMs: 60 });
  assert.equal(
    failure.message,
    "Upstream 'local' sent nothing more within 60 ms (`upstreams.local.timeouts.idle`)",
  );
  await closed;
});

test('a stream that stops is given up after idle', async (t) => {
  const { failure, closed } = await failing(t, streams(['{"a":1}'], 'hang'), { idleMs: 60 }, true);
  assert.equal(failure.code, 'upstream_timeout');
  assert.match(failure.message, /timeouts\.idle`/);
  await closed;
});

test('a stream that goes on for ever is given up after total', async (t) => {
  const endless = {
    headers: { 'content-type': 'text/event-stream' },
    body: Array.from({ length: 10_000 }, () => [': on\n\n', { waitMs: 5 }]).flat(),
  };
  const { failure, closed } = await failing(t, endless, { totalMs: 120, idleMs: 60_000 }, true);
  assert.equal(
    failure.message,
    "Upstream 'local' did not finish its answer within 120 ms (`upstreams.local.timeouts.total`)",
  );
  await closed;
});

test('total ends a call that waits for its first byte as well', async (t) => {
  const { failure } = await failing(t, failures.never, { totalMs: 60 });
  assert.match(failure.message, /timeouts\.total`/);
});

test('an address that never completes a connection is given up after connect, which is safe to repeat', async (t) => {
  // A server that leaves the TLS handshake unanswered: the connection never stands.
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const upstream = createOpenAiUpstream({
    name: 'far',
    baseUrl,
    location: 'cloud',
    timeouts: { connectMs: 60 },
  });
  t.after(async () => {
    await upstream.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const error: unknown = await upstream
    .chat({ model: 'm', body: '{}', stream: false, requestId: 'r', signal: new AbortController().signal })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  assert.ok(error instanceof UpstreamError);
  assert.deepEqual(
    [error.failure.code, error.failure.safeToRepeat, error.failure.unbilled],
    ['upstream_timeout', true, true],
  );
  assert.match(
    error.message,
    /did not accept a connection within 60 ms \(`upstreams\.far\.timeouts\.connect`\)/,
  );
});

// One process has both timers, so the shorter one is due first, however late both are.

test('a pause between two pieces that is a little longer than idle ends the call, below a second too', async (t) => {
  const { failure } = await failing(
    t,
    {
      headers: { 'content-type': 'text/event-stream' },
      body: ['data: 1\n\n', { waitMs: 450 }, 'data: 2\n\n'],
    },
    { idleMs: 150 },
    true,
  );
  assert.match(failure.message, /sent nothing more within 150 ms/);
});

test('so does a first byte that comes a little late, and headers are no first byte', async (t) => {
  for (const late of [{ delayMs: 450, body: ['{}'] }, { body: [{ waitMs: 450 }, '{}'] }]) {
    const { failure } = await failing(t, late, { firstByteMs: 150 });
    assert.match(failure.message, /did not begin to answer within 150 ms/);
  }
});

test('pieces that keep coming are not given up, however long it takes in all', async (t) => {
  const body = Array.from({ length: 6 }, () => [': on\n\n', { waitMs: 100 }]).flat();
  const { upstream } = await startUpstream(
    t,
    { headers: { 'content-type': 'text/event-stream' }, body: [...body, 'data: [DONE]\n\n'] },
    { timeouts: { idleMs: 5_000, firstByteMs: 200 } },
  );
  const reply = await upstream.chat(requestWith({ stream: true }));
  assert.ok(reply.kind === 'stream');
  assert.equal((await Array.fromAsync(reply.events)).at(-1)?.data, '[DONE]');
});

test('a server is given up earlier where something else can be done, and never later', async (t) => {
  const limits = { firstByteMs: 60_000, firstByteOrNextMs: 60 };
  for (const [timeouts, key] of [
    [limits, 'firstByteOrNext'],
    [{ firstByteMs: 60, firstByteOrNextMs: 60_000 }, 'firstByte'],
  ] as const) {
    const { upstream } = await startUpstream(t, failures.never, { timeouts });
    const failure = await failureOf(upstream.chat(requestWith({ canGoOn: true })));
    assert.ok(
      failure.message.endsWith(`within 60 ms (\`upstreams.local.timeouts.${key}\`)`),
      failure.message,
    );
  }
});
