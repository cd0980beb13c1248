import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { DONE, formatEvent } from '../../wire/sse.ts';
import type { ScriptedReply } from '../scripted/scripted-reply.ts';
import { failureOf, requestWith, startUpstream } from '../testing.ts';
import type { UpstreamOptions } from '../upstream.ts';

const ENCODINGS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['identity, gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
];

function reply(encoding: string, bytes: Uint8Array, pieces = 1): ScriptedReply {
  const size = Math.ceil(bytes.length / pieces);
  const body = Array.from({ length: pieces }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
  return {
    headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    body: body.filter((each) => each.length > 0),
  };
}

async function ask(t: TestContext, answer: ScriptedReply, more: Partial<UpstreamOptions> = {}) {
  const { server, upstream } = await startUpstream(t, answer, more);
  return { server, call: (stream = false) => upstream.chat(requestWith({ stream })) };
}

const TEXT = JSON.stringify({ id: 'é', choices: [{ message: { content: 'Rome '.repeat(200) } }] });

for (const [encoding, compress] of ENCODINGS)
  test(`an answer in ${encoding} (${compress.name}) is decoded, though it was not asked for`, async (t) => {
    const { server, call } = await ask(t, reply(encoding, compress(Buffer.from(TEXT)), 7));
    const answer = await call();
    assert.equal(answer.kind === 'whole' && answer.text, TEXT);
    assert.equal(answer.headers['content-encoding'], undefined);
    assert.equal(server.asked[0]?.headers['accept-encoding'], 'identity');
  });

test('a stream in any encoding is decoded, wherever its bytes are cut', async (t) => {
  const events = Array.from({ length: 40 }, (_, at) => `{"n":${at},"text":"é…😀"}`);
  const bytes = Buffer.from([...events, DONE].map((data) => formatEvent(data)).join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ENCODINGS),
      fc.integer({ min: 1, max: 40 }),
      async ([encoding, compress], pieces) => {
        const { call } = await ask(t, reply(encoding, compress(bytes), pieces));
        const answer = await call(true);
        const data: string[] = [];
        if (answer.kind === 'stream') for await (const event of answer.events) data.push(event.data);
        assert.deepEqual(data, [...events, DONE]);
      },
    ),
    { numRuns: 20 },
  );
});

test('the limit is of the bytes after decoding: a bomb is refused', async (t) => {
  for (const [encoding, compress] of ENCODINGS) {
    const bomb = compress(Buffer.alloc(32 * 1024 * 1024, 0x20));
    const { call } = await ask(t, reply(encoding, bomb), { maxResponseBytes: 100_000 });
    assert.match((await failureOf(call())).message, /sent more than 100000 bytes/);
  }
});

test('a body that is not in its encoding, or is cut off, is told of as that', async (t) => {
  const whole = gzipSync(Buffer.from(TEXT));
  for (const bytes of [Buffer.from(TEXT), whole.subarray(0, whole.length - 20)]) {
    const { call } = await ask(t, reply('gzip', bytes));
    const { code, message } = await failureOf(call());
    assert.equal(code, 'upstream_invalid_response');
    assert.match(message, /encoding 'gzip' that cannot be decoded/);
  }
});

test('an error in a compressed body is read, and an encoding over another is told of', async (t) => {
  const words = gzipSync(Buffer.from('{"error":{"message":"top_p is too large"}}'));
  const refused = await ask(t, { ...reply('gzip', words), status: 400 });
  assert.equal((await failureOf(refused.call())).said, 'top_p is too large');
  const twice = await ask(t, reply('gzip, br', words));
  for (const stream of [false, true])
    assert.match((await failureOf(twice.call(stream))).message, /compressed in a way/);
});
