import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { answers } from '../scripted/scripted-reply.ts';
import { failureOf, requestWith, startUpstream } from '../testing.ts';
import { createOpenAiUpstream } from './openai-compatible.ts';

async function portAnswering(t: TestContext, bytes: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a TLS address that answers plain HTTP is called that, and no untrusted certificate', async (t) => {
  for (const bytes of ['HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-OpenSSH_9.6\r\n']) {
    const upstream = createOpenAiUpstream({
      name: 'local',
      baseUrl: `https://127.0.0.1:${await portAnswering(t, bytes)}/v1`,
      location: 'cloud',
    });
    t.after(() => upstream.close());
    const { code, message } = await failureOf(upstream.chat(requestWith()));
    assert.equal(code, 'upstream_unavailable');
    assert.match(message, /does not speak TLS at this address .*http:\/\//);
    assert.doesNotMatch(message, /certificate/);
  }
});

test('a key that no header can carry is told with its setting, and never shown', async (t) => {
  for (const apiKey of ['“sk-secret”', 'sk-секрет', 'sk-secret\n', 'sk-\u200bsecret']) {
    const { upstream, server } = await startUpstream(t, answers('Rome'), { apiKey });
    const { code, message } = await failureOf(upstream.chat(requestWith()));
    assert.equal(code, 'upstream_credentials');
    assert.match(message, /header 'authorization' .*`upstreams\.local\.apiKey`/);
    assert.doesNotMatch(message, /secret|секрет/);
    assert.equal(server.asked.length, 0);
  }
  const { upstream } = await startUpstream(t, answers('Rome'), { apiKey: 'schlüssel-in-latin-1' });
  assert.equal((await upstream.chat(requestWith())).kind, 'whole');
});

test('limits that are passed on carry no credential, and nothing that a header cannot', async (t) => {
  const headers = {
    'x-ratelimit-account': 'sk-0123456789abcdefgh',
    'x-ratelimit-key': 'my-own-key',
    'x-ratelimit-limit': '5',
  };
  const { upstream } = await startUpstream(t, { headers, body: ['{"a":1}'] }, { apiKey: 'my-own-key' });
  const reply = await upstream.chat(requestWith());
  assert.equal(reply.headers['x-ratelimit-account'], '[redacted]');
  assert.equal(reply.headers['x-ratelimit-key'], '[redacted]');
  assert.equal(reply.headers['x-ratelimit-limit'], '5');
});

test('events under a JSON type are a stream, and JSON under the type of events is a whole answer', async (t) => {
  const stream = {
    headers: { 'content-type': 'application/json' },
    body: ['\uFEFF\r\n', ': x\n\ndata: {"a":1}\n\n'],
  };
  const whole = { headers: { 'content-type': 'text/event-stream' }, body: [' \n', '{"a":', '1}'] };
  const { upstream } = await startUpstream(t, [stream, whole]);
  const first = await upstream.chat(requestWith({ stream: true }));
  const data: string[] = [];
  if (first.kind === 'stream') for await (const event of first.events) data.push(event.data);
  assert.deepEqual(data, ['{"a":1}']);
  const second = await upstream.chat(requestWith({ stream: true }));
  assert.equal(second.kind === 'whole' && second.text.trim(), '{"a":1}');
});

test('white space without an end is no answer, and fills no memory', async (t) => {
  const { upstream } = await startUpstream(
    t,
    { body: Array.from({ length: 100 }, () => ' '.repeat(10_000)) },
    { maxResponseBytes: 500_000 },
  );
  const reply = await upstream.chat(requestWith({ stream: true }));
  assert.equal(reply.kind, 'stream');
  if (reply.kind === 'stream') for await (const event of reply.events) assert.fail(event.data);
});
