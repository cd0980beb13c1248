import fc from 'fast-check';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { text } from '../hostile-values.ts';
import { checkStream, isStream, openRig, PROMPT_WORD } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  statusLine: string;
  headers: string[];
  /** Which of the bodies. */
  body: number;
  stream: boolean;
  route: string;
  /** Bytes that are changed on their way, by their place. */
  bytes: [place: number, byte: number][];
}

const WHOLE = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Rome' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1 },
});
const CHUNK = JSON.stringify({
  id: 'c',
  choices: [{ index: 0, delta: { content: 'Rome' }, finish_reason: 'stop' }],
});
const BODIES: readonly Buffer[] = [
  Buffer.from(WHOLE),
  Buffer.from(`data: ${CHUNK}\n\ndata: [DONE]\n\n`),
  gzipSync(WHOLE),
  gzipSync(`data: ${CHUNK}\n\ndata: [DONE]\n\n`),
  Buffer.from(
    `{"error":{"message":"${PROMPT_WORD}, sk-canary-4f1d9b7e2c6a8d03 and Bearer sk-canary-4f1d9b7e2c6a8d03","code":"x"}}`,
  ),
  Buffer.from('<html>sk-canary-4f1d9b7e2c6a8d03</html>'),
  Buffer.from(''),
  Buffer.from('5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n'),
];

const LINES = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200',
  'HTTP/1.0 200 OK',
  'HTTP/1.1 401 No',
  'HTTP/1.1 429 Slow',
  'HTTP/1.1 400 sk-canary-4f1d9b7e2c6a8d03',
];
const MORE_LINES = [
  'HTTP/1.1 500 Oh',
  'HTTP/1.1 503 Later',
  'HTTP/1.1 100 Continue',
  'HTTP/1.1 101 Switch',
  'HTTP/1.1 302 Found',
  'HTTP/1.1 204 None',
  'HTTP/1.1 999 Odd',
  'HTTP/2 200',
  'ICY 200 OK',
];
const NAMES =
  `content-type content-length content-encoding transfer-encoding connection retry-after retry-after-ms
  x-ratelimit-remaining-requests x-ratelimit-reset ratelimit anthropic-ratelimit-tokens x-request-id location set-cookie x-weir-id
  x-should-retry date server keep-alive trailer __proto__ constructor`.split(/\s+/);
const VALUES = [
  'deflate, gzip',
  'Wed, 21 Oct 2099 07:28:00 GMT',
  ...`application/json text/event-stream text/html gzip br chunked close 0 1 -1 60 1e99 NaN yesterday 5ms
  99999999999999999999 http://127.0.0.1:1/ sk-canary-4f1d9b7e2c6a8d03`.split(/\s+/),
];

const header = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.oneof({ arbitrary: fc.constantFrom(...VALUES), weight: 3 }, { arbitrary: text, weight: 1 }),
  )
  .map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, '').slice(0, 9_000)}`);

/** What stands before a model server's answer: its status and headers, also such as no server should write. */
export const upstreamHeads: FuzzTarget<Input> = {
  name: 'upstream-heads',
  inputs: fc.record({
    statusLine: fc.oneof(
      { arbitrary: fc.constantFrom(...LINES), weight: 3 },
      { arbitrary: fc.constantFrom(...MORE_LINES), weight: 1 },
    ),
    headers: fc.array(header, { maxLength: 5 }),
    body: fc.nat(BODIES.length - 1),
    stream: fc.boolean(),
    route: fc.constantFrom('held', 'live'),
    bytes: fc.oneof(
      { arbitrary: fc.constant<[number, number][]>([]), weight: 3 },
      { arbitrary: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 3 }), weight: 1 },
    ),
  }),
  async open() {
    let answer: Buffer = Buffer.alloc(0);
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const rig = await openRig(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    const good = headed('HTTP/1.1 200 OK', ['content-type: application/json'], Buffer.from(WHOLE));
    return {
      async run({ statusLine, headers, body, stream, route, bytes }) {
        answer = headed(statusLine, headers, BODIES[body] ?? Buffer.alloc(0));
        for (const [place, byte] of bytes) answer[place % answer.length] = byte;
        const asked = (streams: boolean): string =>
          JSON.stringify({
            model: route,
            stream: streams,
            messages: [{ role: 'user', content: PROMPT_WORD }],
          });
        const { seen } = await rig.chat(asked(stream));
        if (seen.status === 200 && isStream(seen)) checkStream(seen);
        answer = good;
        await rig.chat(asked(false));
        await rig.settle();
      },
      async close() {
        await rig.close();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      },
    };
  },
};

function headed(statusLine: string, headers: readonly string[], body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${[statusLine, ...headers].join('\r\n')}\r\n\r\n`), body]);
}
