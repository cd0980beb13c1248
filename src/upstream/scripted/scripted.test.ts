import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createOpenAiUpstream } from '../openai-compatible/openai-compatible.ts';
import { answers, failures, rechunked, refuses, streams, type Script } from './scripted-reply.ts';
import { createScriptedServer } from './scripted-server.ts';
import { createScriptedUpstream } from './scripted.ts';
import { UpstreamError, type Upstream } from '../upstream.ts';

const scripts: Record<string, { chat: Script; stream?: boolean }> = {
  'an answer': { chat: answers('hi') },
  'a streamed answer': {
    chat: answers({
      tokens: [
        { text: 'h', logprob: -1 },
        { text: 'i', logprob: -2 },
      ],
    }),
    stream: true,
  },
  'a tool call': { chat: answers({ toolCalls: [{ name: 'f', arguments: '{}' }] }) },
  'a stream cut in the middle': { chat: streams(['1', '2'], 'cut'), stream: true },
  'a stream without an end mark': { chat: streams(['1']), stream: true },
  'a refusal': { chat: refuses(429, { message: 'slow' }, { 'retry-after': '3' }) },
  'an empty answer': { chat: failures.empty },
  'a cut answer': { chat: failures.cut },
  'a dropped connection': { chat: failures.dropped },
  'half a JSON': { chat: failures.halfJson },
};

/** What a caller sees of a call: the text, the events, and the code of the failure. */
async function seen(upstream: Upstream, stream: boolean): Promise<unknown[]> {
  const found: unknown[] = [];
  try {
    const reply = await upstream.chat({
      model: 'm',
      body: JSON.stringify({ model: 'm', stream, logprobs: true }),
      stream,
      requestId: 'r',
      signal: new AbortController().signal,
    });
    found.push(reply.kind);
    if (reply.kind === 'whole') found.push(reply.text);
    else if (reply.kind === 'stream') for await (const event of reply.events) found.push(event.data);
  } catch (error) {
    assert.ok(error instanceof UpstreamError, String(error));
    found.push(
      error.failure.code,
      error.failure.status,
      error.failure.retryAfterMs,
      error.failure.safeToRepeat,
    );
  }
  return found;
}

for (const [name, { chat, stream = false }] of Object.entries(scripts)) {
  test(`${name} looks the same from the scripted upstream as over a real socket`, async (t: TestContext) => {
    const server = await createScriptedServer({ chat });
    const wire = createOpenAiUpstream({ name: 'scripted', baseUrl: server.baseUrl, location: 'on-premises' });
    t.after(async () => {
      await wire.close();
      await server.close();
    });
    assert.deepEqual(await seen(createScriptedUpstream({ chat }), stream), await seen(wire, stream));
  });
}

test('a script is played in order, and its last step repeats', async () => {
  const upstream = createScriptedUpstream({
    chat: [answers('a'), refuses(500, { message: 'x' }), answers('b')],
  });
  const kinds = [];
  for (let call = 0; call < 4; call += 1) kinds.push((await seen(upstream, false))[0]);
  assert.deepEqual(kinds, ['whole', 'upstream_error', 'whole', 'whole']);
});

test('a server keeps what it was asked, and says when a request has come', async (t) => {
  const server = await createScriptedServer({
    chat: ({ model }) => refuses(400, { message: `not ${model}` }),
    models: [{ id: 'm' }],
    routes: { '/props': { n: 1 } },
  });
  t.after(() => server.close());
  const second = server.request(1);
  const answer = await fetch(`${server.baseUrl}/chat/completions`, {
    method: 'POST',
    body: '{"model":"q","stream":true}',
  });
  assert.deepEqual(
    [answer.status, ((await answer.json()) as { error: { message: string } }).error.message],
    [400, 'not q'],
  );
  assert.deepEqual(
    [server.asked[0]?.model, server.asked[0]?.stream, server.asked[0]?.method],
    ['q', true, 'POST'],
  );
  assert.deepEqual(await (await fetch(`${server.origin}/props`)).json(), { n: 1 });
  assert.equal((await second).path, '/props');
  assert.deepEqual(await (await fetch(`${server.baseUrl}/models`)).json(), {
    object: 'list',
    data: [{ id: 'm' }],
  });
  assert.equal((await fetch(`${server.origin}/other`)).status, 404);
});

test('a body that is no JSON is recorded as it came', async (t) => {
  const server = await createScriptedServer({ chat: answers('hi') });
  t.after(() => server.close());
  for (const body of ['{', '7', ''])
    await (await fetch(`${server.baseUrl}/chat/completions`, { method: 'POST', body })).text();
  assert.deepEqual(
    server.asked.map(({ text, body, model }) => [text, body, model]),
    [
      ['{', {}, ''],
      ['7', {}, ''],
      ['', {}, ''],
    ],
  );
});

test('a server closes though it is in the middle of a pause', async () => {
  const server = await createScriptedServer({ chat: { delayMs: 3_600_000 } });
  const call = fetch(`${server.baseUrl}/chat/completions`, { method: 'POST', body: '{}' }).catch(() => 'cut');
  await server.request(0);
  await server.close();
  assert.equal(await call, 'cut');
});

test('rechunking keeps the bytes, whatever the offsets', () => {
  const reply = streams(['größer', '🦆']);
  const bytes = (parts: typeof reply.body) =>
    Buffer.concat((parts ?? []).map((part) => Buffer.from(part as Uint8Array))).toString();
  assert.equal(bytes(rechunked(reply, [9, 3, 3, -1, 0, 10_000]).body), bytes(reply.body));
});

test('a silent upstream answers only to an abort', async () => {
  for (const chat of [failures.never, { delayMs: 3_600_000 }, streams(['1'], 'hang')] satisfies Script[]) {
    const client = new AbortController();
    const upstream = createScriptedUpstream({ chat });
    const read = async () => {
      const reply = await upstream.chat({
        model: 'm',
        body: '{"stream":true}',
        stream: true,
        requestId: 'r',
        signal: client.signal,
      });
      if (reply.kind === 'stream') for await (const _ of reply.events);
    };
    const reading = read();
    await new Promise((resolve) => setImmediate(resolve));
    client.abort();
    await assert.rejects(reading, /cancelled/);
  }
});
