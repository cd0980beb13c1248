/**
 * Texts that others write are read in time proportional to them. The work is this thread's own processor time, so that a busy
 * machine decides nothing; eight times the text may take twenty times the work, where what is quadratic takes sixty-four.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createTestGateway, type TestGateway } from '../../src/gateway/testing.ts';
import { unknownPath } from '../../src/http/unknown-path.ts';
import { parseReferences } from '../../src/learning/labels/parse-references.ts';
import { withoutContent } from '../../src/request/words/scrub.ts';
import { readRequestHeaders } from '../../src/request/request-headers.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import { parseLenient } from '../../src/upstream/openai-compatible/parse-lenient.ts';
import { answers } from '../../src/upstream/scripted/scripted-reply.ts';
import { createRedactor } from '../../src/upstream/transport/redact.ts';
import { measureJson } from '../../src/wire/measure-json.ts';
import { withoutRepeatedKeys } from '../../src/wire/repeated-keys.ts';
import { readSse } from '../../src/wire/sse.ts';

const LENGTH = 2_000;
const TIMES = 8;
const MOST_RATIO = 20;
/** Less is lost in what the engine does beside. */
const SLACK_MS = 60;
const MEASURES = 2;

async function workOf(read: () => unknown): Promise<number> {
  let least = Infinity;
  for (let measure = 0; measure < MEASURES; measure += 1) {
    const before = process.threadCpuUsage();
    await read();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

/** Pieces that begin something and do not end it, or end it at once. */
const PIECES = [
  'eyJ-',
  'eyJa.',
  'Bearer ',
  'sk-',
  'sk-a1 ',
  'org-',
  'a…',
  '.',
  '"',
  '\\',
  '\\"',
  '{"a":',
  '{"a":1,',
  '[',
  ',',
  ' ',
  '\n',
  '\r',
  '\r\n',
  'data: x\n',
  'data:',
  ': \n',
  'event: a\n',
  'NaN',
  '"NaN',
  '-Infinity,',
  '{"id":"a","group":"g"}\n',
  'ß',
  '\u2028',
];

const folder = mkdtempSync(join(tmpdir(), 'weir-work-'));
const gateway: TestGateway = await createTestGateway({ small: answers('Rome.') });
after(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

/** What cannot be read may be refused: that is work too. */
const refusable = (read: () => unknown) => (): unknown => {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof TypeError), String(error));
    return undefined;
  }
};

const redact = createRedactor(['sk-canary-4f1d9b7e']);
const request = { messages: [{ role: 'user', content: 'a eyJ sk org x'.repeat(50) }] };

const READERS: Readonly<Record<string, (text: string) => () => unknown>> = {
  'taking credentials out of what a server said': (text) => () => redact(text),
  'taking a request’s words out of what a server said': (text) => () =>
    withoutContent(text, request, [], [text]),
  'reading events': (text) => async () => {
    for await (const _ of readSse(inPieces(text)));
  },
  'reading a server’s JSON': (text) => refusable(() => parseLenient(text)),
  'looking how JSON is built': (text) => refusable(() => measureJson(text)),
  'leaving out keys that stand twice': (text) => () =>
    withoutRepeatedKeys(JSON.stringify({ text, list: text.split('').map((each) => ({ each })) })),
  'reading references': (text) => () => parseReferences(text.split('\n'), { route: 'a', routes: ['a'] }),
  'reading traces': (text) => async () => {
    const file = join(folder, 'traces.jsonl');
    writeFileSync(file, text);
    await readTraces(file);
  },
  'reading headers': (text) =>
    refusable(() => readRequestHeaders({ 'x-weir-topic': text, 'x-weir-min-tier': text, cookie: text })),
  'naming an unknown path': (text) => () =>
    unknownPath('GET', `/${text}`, ['/v1/chat/completions', '/v1/models']),
  'reading a verdict': (text) => () =>
    gateway.post('/v1/feedback', { id: text, verdict: 'good', comment: text }),
  'refusing a verdict’s unknown keys': (text) => () =>
    gateway.post(
      '/v1/feedback',
      Object.fromEntries(Array.from(text).map((each, position) => [`${each}${position}`, 1])),
    ),
  'reading a query': (text) => () =>
    gateway.get(`/admin/api/review?${encodeURIComponent(text)}&${'a=b&'.repeat(text.length / 4)}limit=x`),
};

async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

for (const [what, reader] of Object.entries(READERS))
  test(`eight times the text takes in proportion as much work: ${what}`, async () => {
    for (const piece of PIECES) {
      const text = piece.repeat(LENGTH / piece.length);
      const once = await workOf(reader(text));
      const more = await workOf(reader(text.repeat(TIMES)));
      assert.ok(
        more <= MOST_RATIO * once + SLACK_MS,
        `${JSON.stringify(piece)}: ${once} ms, then ${more} ms`,
      );
    }
  });
