import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { DONE, formatEvent, readSse } from '../../wire/sse.ts';
import { answers, rechunked, streams, type Script, type ScriptedReply } from '../scripted/scripted-reply.ts';
import { failureOf, requestWith, startUpstream } from '../testing.ts';
import type { UpstreamReply, UpstreamRequest } from '../upstream.ts';

const STREAM_TYPE = { 'content-type': 'text/event-stream' };

async function start(t: TestContext, chat: Script) {
  const { server, upstream } = await startUpstream(t, chat);
  const chatWith = (over: Partial<UpstreamRequest> = {}) =>
    upstream.chat(requestWith({ stream: true, ...over }));
  return { server, chatWith };
}

async function dataOf(reply: UpstreamReply): Promise<string[]> {
  assert.equal(reply.kind, 'stream');
  const data: string[] = [];
  if (reply.kind === 'stream') for await (const event of reply.events) data.push(event.data);
  return data;
}

test('a stream gives its events in order, and ends after [DONE]', async (t) => {
  const { server, chatWith } = await start(t, streams(['{"a":1}', '{"a":2}', DONE, '{"never":"seen"}']));
  assert.deepEqual(await dataOf(await chatWith()), ['{"a":1}', '{"a":2}', DONE]);
  assert.equal(server.asked[0]?.headers['accept'], 'text/event-stream, application/json');
});

test('comments and event names are no events; keep-alives pass', async (t) => {
  const { chatWith } = await start(t, {
    headers: STREAM_TYPE,
    body: [': keep-alive\n\n', 'event: x\ndata: {"a":1}\n\n', ': more\n\n', formatEvent(DONE)],
  });
  assert.deepEqual(await dataOf(await chatWith()), ['{"a":1}', DONE]);
});

test('a JSON answer to a stream request is handed back as one', async (t) => {
  const { chatWith } = await start(t, {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: ['{"id":"whole"}'],
  });
  const reply = await chatWith();
  assert.deepEqual([reply.kind, reply.kind === 'whole' && reply.text], ['whole', '{"id":"whole"}']);
});

test('a stream without a content type, or called plain text, is read as one', async (t) => {
  const body = [formatEvent('{"a":1}'), formatEvent(DONE)];
  const { chatWith } = await start(t, [{ body }, { body, headers: { 'content-type': 'text/plain' } }]);
  assert.deepEqual(await dataOf(await chatWith()), ['{"a":1}', DONE]);
  assert.deepEqual(await dataOf(await chatWith()), ['{"a":1}', DONE]);
});

test('a stream that ends without [DONE] just ends: its reader judges', async (t) => {
  const { chatWith } = await start(t, streams(['{"a":1}']));
  assert.deepEqual(await dataOf(await chatWith()), ['{"a":1}']);
});

test('a stream whose connection breaks throws after the events that came', async (t) => {
  const { chatWith } = await start(t, streams(['{"a":1}', '{"a":2}'], 'cut'));
  const reply = await chatWith();
  const seen: string[] = [];
  const failure = await failureOf(
    (async () => {
      if (reply.kind === 'stream') for await (const { data } of reply.events) seen.push(data);
    })(),
  );
  assert.deepEqual(seen, ['{"a":1}', '{"a":2}']);
  assert.deepEqual([failure.code, failure.safeToRepeat], ['upstream_error', false]);
  assert.match(failure.message, /'local' broke the connection in the middle/);
});

test('an event that never ends is an invalid response, and the socket is closed', async (t) => {
  const { server, chatWith } = await start(t, {
    headers: STREAM_TYPE,
    body: ['data: ', ...Array.from({ length: 9 }, () => 'x'.repeat(1024 * 1024))],
    then: 'hang',
  });
  const failure = await failureOf(dataOf(await chatWith()));
  assert.equal(failure.code, 'upstream_invalid_response');
  await server.asked[0]?.closed;
});

test('a reader that leaves in the middle closes the socket', async (t) => {
  const { server, chatWith } = await start(t, streams(['{"a":1}', '{"a":2}'], 'hang'));
  const reply = await chatWith();
  if (reply.kind === 'stream') for await (const _ of reply.events) break;
  await server.asked[0]?.closed;
});

test('a reader that leaves before its first event closes the socket', async (t) => {
  const { server, chatWith } = await start(t, streams(['{"a":1}'], 'hang'));
  const reply = await chatWith();
  if (reply.kind === 'stream') await reply.events[Symbol.asyncIterator]().return?.();
  await server.asked[0]?.closed;
});

test('a reader that stops at [DONE] leaves a connection that can be used again', async (t) => {
  const late = Promise.withResolvers<void>();
  const { server, chatWith } = await start(t, [
    { headers: STREAM_TYPE, body: [formatEvent(DONE), { until: late.promise }, ': tail\n\n'] },
    answers('again'),
  ]);
  const reply = await chatWith();
  if (reply.kind === 'stream') for await (const { data } of reply.events) if (data === DONE) break;
  assert.equal(server.connections(), 1);
  late.resolve();
  // The tail passes, and undici frees the connection: whichever turn that takes, the socket stays open.
  await chatWith({ stream: false, body: '{}' });
  await chatWith({ stream: false, body: '{}' });
  assert.ok(server.asked.slice(1).some(({ connection }) => connection === 0));
});

test('an abort in mid-stream throws at the reader and closes the upstream’s socket at once', async (t) => {
  const { server, chatWith } = await start(t, streams(['{"a":1}'], 'hang'));
  const client = new AbortController();
  const reply = await chatWith({ signal: client.signal });
  assert.equal(reply.kind, 'stream');
  if (reply.kind !== 'stream') return;
  const events = reply.events[Symbol.asyncIterator]();
  assert.deepEqual(await events.next(), { done: false, value: { data: '{"a":1}' } });
  const next = failureOf(events.next());
  const began = performance.now();
  client.abort();
  assert.match((await next).message, /cancelled/);
  await server.asked[0]?.closed;
  t.diagnostic(`the socket was closed ${(performance.now() - began).toFixed(1)} ms after the abort`);
});

test('an abort closes the socket even where nobody reads', async (t) => {
  const { server, chatWith } = await start(t, streams(['{"a":1}'], 'hang'));
  const client = new AbortController();
  await chatWith({ signal: client.signal });
  client.abort();
  await server.asked[0]?.closed;
});

test('a slow reader holds the server back instead of filling the memory', async (t) => {
  const event = formatEvent(JSON.stringify({ x: 'y'.repeat(100_000) }));
  let written = 0;
  const { chatWith } = await start(t, {
    headers: STREAM_TYPE,
    body: [...Array.from({ length: 400 }, () => event), formatEvent(DONE)],
  });
  const before = process.memoryUsage().arrayBuffers;
  const reply = await chatWith();
  assert.equal(reply.kind, 'stream');
  if (reply.kind !== 'stream') return;
  for await (const { data } of reply.events) {
    written += data.length;
    if (written < 300_000)
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(process.memoryUsage().arrayBuffers - before < 30_000_000, 'the stream is kept in memory');
  }
  assert.ok(written > 40_000_000);
});

test('any chunking of the bytes of a stream gives the same events over a real socket', async (t) => {
  const whole = streams(['{"text":"größer 🦆 日本"}', '{"a":"line\\nbreak"}', '{"last":true}', DONE]);
  const length = Buffer.byteLength((whole.body ?? []).filter((part) => typeof part === 'string').join(''));
  let reply: ScriptedReply = whole;
  const { chatWith } = await start(t, () => reply);
  const expected = await dataOf(await chatWith());
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: length }), { maxLength: 12 }), async (offsets) => {
      reply = rechunked(whole, offsets);
      assert.deepEqual(await dataOf(await chatWith()), expected);
    }),
    { numRuns: 60 },
  );
});

test('any chunking of any events gives the same events through readSse', async () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((line) => !/[\r\n]/.test(line) && !line.startsWith(' '));
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 8 }),
      fc.array(fc.nat(400), { maxLength: 20 }),
      async (data, offsets) => {
        const { body } = rechunked(streams(data), offsets);
        const read: string[] = [];
        for await (const event of readSse(ReadableStream.from((body ?? []) as Uint8Array[])))
          read.push(event.data);
        assert.deepEqual(read, data);
      },
    ),
  );
});
