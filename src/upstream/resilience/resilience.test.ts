import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createOpenAiUpstream } from '../openai-compatible/openai-compatible.ts';
import { withResilience, type ResilienceOptions } from './resilience.ts';
import { answers, failures, refuses, streams, type Script } from '../scripted/scripted-reply.ts';
import { createScriptedServer } from '../scripted/scripted-server.ts';
import { UpstreamError, type UpstreamFailure } from '../upstream.ts';

async function start(t: TestContext, chat: Script, options: Partial<ResilienceOptions> = {}) {
  const server = await createScriptedServer({ chat });
  const wire = createOpenAiUpstream({ name: 'local', baseUrl: server.baseUrl, location: 'on-premises' });
  const observed: string[] = [];
  const upstream = withResilience(wire, {
    maxConcurrent: 2,
    maxQueue: 2,
    queueTimeoutMs: 60_000,
    retries: 2,
    retry: { baseMs: 1 },
    breaker: { failures: 3, openMs: 60_000 },
    observe: (event) => observed.push(event.kind),
    ...options,
  });
  t.after(async () => {
    await upstream.close();
    await server.close();
  });
  const call = (signal = new AbortController().signal, stream = false) =>
    upstream.chat({
      model: 'm',
      body: JSON.stringify({ model: 'm', stream }),
      stream,
      requestId: 'r',
      signal,
    });
  const fail = async (): Promise<UpstreamFailure> => {
    const error: unknown = await call().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof UpstreamError, String(error));
    return error.failure;
  };
  return { server, upstream, call, fail, observed };
}

test('a server that is loading its model is asked again, and the answer comes', async (t) => {
  const { server, call, observed } = await start(t, [
    refuses(503, { message: 'Loading model' }),
    answers('hi'),
  ]);
  assert.equal((await call()).kind, 'whole');
  assert.equal(server.asked.length, 2);
  assert.deepEqual(observed, ['retry']);
});

test('each try counts for the breaker, whose refusal is not repeated', async (t) => {
  const { server, fail, upstream, observed } = await start(t, refuses(503, { message: 'no' }), {
    retries: 9,
  });
  assert.match((await fail()).message, /left alone/);
  assert.equal(server.asked.length, 3);
  assert.equal(upstream.available('m'), false);
  assert.deepEqual(observed, ['retry', 'retry', 'opened', 'retry']);
});

test('while the circuit is open, calls fail at once though every slot is taken', async (t) => {
  const { server, call, fail, upstream } = await start(
    t,
    (asked) => (asked.stream ? streams(['1'], 'hang') : refuses(500, { message: 'x' })),
    { maxConcurrent: 3 },
  );
  const clients = [new AbortController(), new AbortController()];
  for (const client of clients) await call(client.signal, true);
  for (let failure = 0; failure < 3; failure += 1) await fail();
  clients.push(new AbortController());
  assert.equal(upstream.available('m'), false);
  assert.match((await fail()).message, /left alone/);
  assert.equal(server.asked.length, 5);
  for (const client of clients) client.abort();
  assert.deepEqual(upstream.load(), { active: 0, waiting: 0 });
});

test('those who wait when the circuit opens fail without knocking', async (t) => {
  const { server, fail, upstream } = await start(t, failures.cut, {
    maxConcurrent: 1,
    maxQueue: 10,
    breaker: { failures: 1, openMs: 60_000 },
  });
  const failed = await Promise.all([fail(), fail(), fail(), fail()]);
  assert.equal(server.asked.length, 1);
  assert.deepEqual(
    failed.map(({ code }) => code),
    ['upstream_error', 'upstream_unavailable', 'upstream_unavailable', 'upstream_unavailable'],
  );
  assert.deepEqual(upstream.load(), { active: 0, waiting: 0 });
});

test('an overflow of the queue is no failure of the model', async (t) => {
  const { call, fail, upstream } = await start(t, failures.never, { maxConcurrent: 1, maxQueue: 0 });
  const client = new AbortController();
  const held = call(client.signal).catch(() => undefined);
  for (let times = 0; times < 5; times += 1) assert.equal((await fail()).code, 'overloaded');
  assert.equal(upstream.available('m'), true);
  client.abort();
  await held;
});

test('the client’s leaving closes the socket through all the wrappers, and frees the slot', async (t) => {
  const { server, call, upstream } = await start(t, streams(['1'], 'hang'));
  const client = new AbortController();
  await call(client.signal, true);
  client.abort();
  await server.asked[0]?.closed;
  assert.deepEqual(upstream.load(), { active: 0, waiting: 0 });
});

test('the wrappers answer for the upstream they wrap', async (t) => {
  const { upstream } = await start(t, answers('hi'));
  assert.deepEqual([upstream.name, upstream.location], ['local', 'on-premises']);
  await assert.rejects(upstream.models(new AbortController().signal), UpstreamError);
});
