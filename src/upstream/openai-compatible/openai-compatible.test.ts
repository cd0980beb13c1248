import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createOpenAiUpstream } from './openai-compatible.ts';
import { answers, failures, refuses, type Script } from '../scripted/scripted-reply.ts';
import { createScriptedServer } from '../scripted/scripted-server.ts';
import { failureOf, startUpstream } from '../testing.ts';
import type { Upstream, UpstreamRequest } from '../upstream.ts';

const KEY = 'sk-very-secret-0123456789';

function ask(over: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    model: 'small',
    body: '{"model":"small","messages":[{"role":"user","content":"hello"}],"unknown_field":[1,2]}',
    stream: false,
    requestId: 'req-7',
    signal: new AbortController().signal,
    ...over,
  };
}

const start = (
  t: TestContext,
  chat: Script,
  more: Parameters<typeof startUpstream>[2] = {},
): ReturnType<typeof startUpstream> => startUpstream(t, chat, { apiKey: KEY, ...more });

async function textOf(upstream: Upstream, request = ask()): Promise<string> {
  const reply = await upstream.chat(request);
  assert.equal(reply.kind, 'whole');
  return reply.kind === 'whole' ? reply.text : '';
}

test('a plain call sends exactly the body it was given and returns exactly the text that came', async (t) => {
  const text = '{"id":"a", "choices":[], "extra":{"ü":1.0}}\n';
  const { server, upstream } = await start(t, {
    headers: { 'content-type': 'application/json', 'x-ratelimit-remaining-tokens': '7' },
    body: [text],
  });
  const request = ask();
  const reply = await upstream.chat(request);
  assert.deepEqual(reply.kind === 'whole' && reply.text, text);
  assert.equal(reply.headers['x-ratelimit-remaining-tokens'], '7');
  assert.equal(server.asked[0]?.text, request.body);
});

test('a call carries the upstream’s own credential, the request id, and the headers that the configuration names', async (t) => {
  const { server, upstream } = await start(t, answers('hi'), { headers: { 'X-Team': 'search' } });
  await upstream.chat(ask());
  const headers = server.asked[0]?.headers;
  assert.equal(headers?.['authorization'], `Bearer ${KEY}`);
  assert.equal(headers?.['x-request-id'], 'req-7');
  assert.equal(headers?.['x-team'], 'search');
  assert.equal(headers?.['content-type'], 'application/json');
  assert.equal(headers?.['accept'], 'application/json');
});

test('a header of the configuration replaces the one that the key would make', async (t) => {
  const { server, upstream } = await start(t, answers('hi'), {
    headers: { Authorization: 'Basic abcdefgh' },
  });
  await upstream.chat(ask());
  assert.equal(server.asked[0]?.headers['authorization'], 'Basic abcdefgh');
});

test('without a key nothing is authorized', async (t) => {
  const server = await createScriptedServer({ chat: answers('hi') });
  const upstream = createOpenAiUpstream({ name: 'local', baseUrl: `${server.baseUrl}/`, location: 'cloud' });
  t.after(async () => {
    await upstream.close();
    await server.close();
  });
  await upstream.chat(ask());
  assert.equal(server.asked[0]?.path, '/v1/chat/completions');
  assert.equal('authorization' in (server.asked[0]?.headers ?? {}), false);
  assert.equal(upstream.location, 'cloud');
  assert.equal(upstream.available('small'), true);
});

test('calls one after another share a connection; calls at a time have one each', async (t) => {
  const { server, upstream } = await start(t, answers('hi'));
  await upstream.chat(ask());
  // undici gives a connection free in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  await upstream.chat(ask());
  assert.deepEqual(
    server.asked.map(({ connection }) => connection),
    [0, 0],
  );
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([upstream.chat(ask()), upstream.chat(ask())]);
  assert.equal(new Set(server.asked.slice(2).map(({ connection }) => connection)).size, 2);
});

test('an answer in many pieces, cut inside a character, is one text', async (t) => {
  const bytes = Buffer.from('{"content":"größer 🦆"}');
  const { upstream } = await start(t, { body: [...bytes].map((byte) => Uint8Array.of(byte)) });
  assert.equal(await textOf(upstream), bytes.toString());
});

test('a byte-order mark is no part of the text', async (t) => {
  const { upstream } = await start(t, { body: ['\u{feff}{"a":1}'] });
  assert.equal(await textOf(upstream), '{"a":1}');
});

test('half a JSON is handed on, for whoever parses it finds out', async (t) => {
  const { upstream } = await start(t, failures.halfJson);
  assert.match(await textOf(upstream), /"mess$/);
});

test('an empty 200 is an invalid response', async (t) => {
  const { upstream } = await start(t, failures.empty);
  const failure = await failureOf(upstream.chat(ask()));
  assert.deepEqual([failure.code, failure.safeToRepeat], ['upstream_invalid_response', false]);
  assert.match(failure.message, /'local' answered 200 with an empty body/);
});

test('a page in place of an answer is an invalid response that shows how it begins', async (t) => {
  const { upstream } = await start(t, failures.garbage);
  for (const stream of [false, true]) {
    const failure = await failureOf(upstream.chat(ask({ stream })));
    assert.equal(failure.code, 'upstream_invalid_response');
    assert.match(failure.message, /not a JSON object\.$/);
    assert.match(failure.said ?? '', /content-type 'text\/html'.*<html>/);
  }
});

test('an answer in an encoding that nobody asked for and cannot be read is named', async (t) => {
  const { upstream } = await start(t, {
    headers: { 'content-encoding': 'compress' },
    body: [Uint8Array.of(0x1f, 0x9d, 8, 0)],
  });
  const { message, said } = await failureOf(upstream.chat(ask()));
  assert.match(message, /compressed in a way that the gateway cannot read/);
  assert.equal(said, "content-encoding 'compress'");
});

test('bytes that are not HTTP are an invalid response', async (t) => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('220 mail.example.com ESMTP\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = createOpenAiUpstream({
    name: 'mail',
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    location: 'cloud',
  });
  t.after(async () => {
    await upstream.close();
    server.close();
  });
  const failure = await failureOf(upstream.chat(ask()));
  assert.equal(failure.code, 'upstream_invalid_response');
  assert.match(failure.message, /not HTTP/);
});

test('headers that are longer than can be read are named, and are no sign of another protocol', async (t) => {
  const { upstream } = await start(t, { headers: { 'x-big': 'a'.repeat(40_000) }, body: ['{}'] });
  const failure = await failureOf(upstream.chat(ask()));
  assert.equal(failure.code, 'upstream_invalid_response');
  assert.match(failure.message, /headers that are longer than \d+ bytes/);
  assert.doesNotMatch(failure.message, /not HTTP/);
});

test('an answer longer than the limit is given up, and its socket closed', async (t) => {
  const { server, upstream } = await start(
    t,
    { body: [`{"a":"${'x'.repeat(3_000)}`], then: 'hang' },
    { maxResponseBytes: 2_000 },
  );
  const failure = await failureOf(upstream.chat(ask()));
  assert.equal(failure.code, 'upstream_invalid_response');
  assert.match(failure.message, /more than 2000 bytes/);
  await server.asked[0]?.closed;
});

test('an answer exactly as long as the limit is taken', async (t) => {
  const text = `{"a":"${'x'.repeat(1_992)}"}`;
  const { upstream } = await start(t, { body: [text] }, { maxResponseBytes: text.length });
  assert.equal(await textOf(upstream), text);
});

test('a connection cut in the middle of a body is an upstream error that is not repeated', async (t) => {
  const { server, upstream } = await start(t, failures.cut);
  const failure = await failureOf(upstream.chat(ask()));
  assert.deepEqual([failure.code, failure.safeToRepeat], ['upstream_error', false]);
  assert.match(failure.message, /in the middle of its answer/);
  assert.equal(server.asked.length, 1);
});

test('a connection lost before an answer is unavailable, and on a fresh connection never repeated', async (t) => {
  const { server, upstream } = await start(t, failures.dropped);
  const failure = await failureOf(upstream.chat(ask()));
  assert.deepEqual([failure.code, failure.safeToRepeat], ['upstream_unavailable', false]);
  assert.equal(server.asked.length, 1);
});

test('a server that does not run is unavailable, safe to repeat, and its address is for operators alone', async (t) => {
  const { server, upstream } = await start(t, answers('hi'));
  await server.close();
  const failure = await failureOf(upstream.chat(ask()));
  assert.deepEqual([failure.code, failure.safeToRepeat], ['upstream_unavailable', true]);
  assert.match(failure.message, /'local' cannot be reached \(ECONNREFUSED\); is it running\?/);
  assert.doesNotMatch(failure.message, /127\.0\.0\.1/);
  assert.equal(failure.address, `${server.baseUrl}/chat/completions`);
});

test('a host without an address is unavailable, and said so', async (t) => {
  const upstream = createOpenAiUpstream({
    name: 'far',
    baseUrl: 'http://no-such-host.invalid/v1',
    location: 'cloud',
  });
  t.after(() => upstream.close());
  const failure = await failureOf(upstream.chat(ask()));
  assert.equal(failure.code, 'upstream_unavailable');
  assert.match(failure.message, /there is no address for its host/);
  assert.doesNotMatch(failure.message, /no-such-host/);
  assert.match(failure.address ?? '', /no-such-host\.invalid/);
});

test('errors repeat no credential, whatever the server writes into them', async (t) => {
  const echo = refuses(400, { message: `bad key ${KEY}`, code: KEY });
  const { upstream } = await start(
    t,
    [
      echo,
      { status: 500, headers: { 'content-type': 'text/plain' }, body: [`Bearer ${KEY} / other-secret-1`] },
      { body: [`oops ${KEY}`] },
      { status: 302, headers: { location: `https://x/?key=${KEY}` } },
    ],
    {
      headers: { 'x-second-key': 'other-secret-1' },
    },
  );
  for (let call = 0; call < 4; call += 1) {
    const failure = await failureOf(upstream.chat(ask()));
    assert.doesNotMatch(JSON.stringify(failure), /very-secret|other-secret/);
    assert.match(failure.said ?? '', /\[redacted\]/);
  }
});

test('an error body is read up to its limit only', async (t) => {
  const { upstream } = await start(t, {
    status: 500,
    headers: { 'content-type': 'text/plain' },
    body: ['x'.repeat(200_000)],
    then: 'hang',
  });
  const failure = await failureOf(upstream.chat(ask()));
  assert.equal(failure.status, 500);
  assert.ok(failure.message.length < 1_000);
});

test('an error whose body breaks off still has its status', async (t) => {
  const { upstream } = await start(t, {
    status: 503,
    headers: { 'retry-after': '2' },
    body: ['{"error":'],
    then: 'cut',
  });
  const failure = await failureOf(upstream.chat(ask()));
  assert.deepEqual(
    [failure.code, failure.status, failure.retryAfterMs, failure.safeToRepeat],
    ['upstream_unavailable', 503, 2_000, true],
  );
});

test('a call that was aborted before it began is never sent', async (t) => {
  const { server, upstream } = await start(t, answers('hi'));
  const failure = await failureOf(upstream.chat(ask({ signal: AbortSignal.abort() })));
  assert.match(failure.message, /cancelled/);
  assert.equal(server.asked.length, 0);
});

for (const [what, step] of [
  ['the answer', failures.never],
  ['a body', { body: ['{"a":'], then: 'hang' }],
] as const)
  test(`an abort while ${what} is awaited closes the socket`, async (t) => {
    const { server, upstream } = await start(t, step);
    const client = new AbortController();
    const call = failureOf(upstream.chat(ask({ signal: client.signal })));
    const asked = await server.request(0);
    client.abort();
    assert.match((await call).message, /cancelled/);
    await asked.closed;
    assert.equal(server.connections(), 0);
  });

test('calls leave no listener on a signal that outlives them', async (t) => {
  const { upstream } = await start(t, [answers('hi'), failures.empty, refuses(400, { message: 'no' })]);
  const client = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = client.signal;
  client.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => (
    listeners++,
    addEventListener.apply(client.signal, args)
  );
  client.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => (
    listeners--,
    removeEventListener.apply(client.signal, args)
  );
  for (let call = 0; call < 3; call += 1)
    await upstream.chat(ask({ signal: client.signal })).catch(() => undefined);
  assert.equal(listeners, 0);
});

test('closing ends what is under way', async (t) => {
  const { server, upstream } = await start(t, failures.never);
  const call = failureOf(upstream.chat(ask()));
  await server.request(0);
  await upstream.close();
  assert.equal((await call).code, 'upstream_unavailable');
  assert.match((await failureOf(upstream.chat(ask()))).message, /shutting down/);
});

test('models are listed with the context that the server gives', async (t) => {
  const { upstream } = await start(t, answers('hi'), {
    models: [{ id: 'a', max_model_len: 4_096, owned_by: 'vllm' }, { id: 'b' }],
  });
  const models = await upstream.models(new AbortController().signal);
  assert.deepEqual(
    models.map(({ id, contextTokens }) => [id, contextTokens]),
    [
      ['a', 4_096],
      ['b', undefined],
    ],
  );
  assert.equal(models[0]?.raw['owned_by'], 'vllm');
});

test('a base URL that is none, or that carries credentials, is refused at once', () => {
  const create = (baseUrl: string) => () => createOpenAiUpstream({ name: 'x', baseUrl, location: 'cloud' });
  assert.throws(create('127.0.0.1:11434/v1'), TypeError);
  assert.throws(create('ftp://example.com/v1'), TypeError);
  assert.throws(create('http://user:pass@example.com/v1'), /no credentials/);
});
