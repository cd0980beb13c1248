/**
 * How an upstream's bytes are cut on their way is no part of its answer: a recorded stream of a real server (llama.cpp's,
 * with characters of two, three and four bytes) gives the client the same events, signals and decision, cut anywhere.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../../src/config/load/load.ts';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';

const recorded = readFileSync(new URL('llama-cpp-stream.sse', import.meta.url), 'utf8');
const LINE_ENDS = ['\n', '\r\n', '\r'] as const;
const bytesWith = (end: string): Buffer => Buffer.from(recorded.replaceAll('\n', end));
const TEXT = 'Größe: 5 € — 東京 🦆 naïve';

let pieces: readonly Uint8Array[] = [];
let server: ScriptedServer;
let gateway: Gateway;
let url: string;
before(async () => {
  server = await createScriptedServer({
    chat: () => ({ headers: { 'content-type': 'text/event-stream' }, body: pieces }),
  });
  const text = `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises } }
models:
  small: { upstream: local, model: medium, logprobs: stream, price: { input: 1, output: 2 } }
  large: { upstream: local, model: medium, logprobs: stream, price: { input: 1, output: 2 } }
routes:
  # Headers wait for the decision however slow the machine is.
  held: { tiers: [small, large], objective: { thresholds: [0] }, headerWait: 10m, keepAlive: 10m }
  live: { tiers: [small], objective: { thresholds: [] }, headerWait: 10m, keepAlive: 10m }`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/', environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  gateway = await createGateway({ config: loaded.config, environment: {}, log: createLog('silent') });
  url = `http://127.0.0.1:${(await gateway.listen()).port}`;
});
after(async () => {
  await gateway.close();
  await server.close();
});

/** Everything that came of a request but its id and what a clock says. */
interface Seen {
  status: number;
  headers: Record<string, string | null>;
  data: string[];
  decision: unknown;
  signals: unknown;
}

async function ask(route: string, cut: readonly Uint8Array[]): Promise<Seen> {
  pieces = cut;
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: route, stream: true, messages: [{ role: 'user', content: 'Repeat.' }] }),
  });
  const id = response.headers.get('x-weir-id') ?? '';
  const text = (await response.text()).replaceAll(id, 'ID');
  const answer = await fetch(`${url}/v1/decisions/${id}`);
  const { decision, tier, confidence, reason, costUsd, attempts } = (await answer.json()) as Record<
    string,
    unknown
  >;
  const [attempt] = attempts as { signals: unknown }[];
  return {
    status: response.status,
    headers: Object.fromEntries(
      ['content-type', 'x-weir-decision', 'x-weir-confidence', 'x-weir-tier'].map((name) => [
        name,
        response.headers.get(name),
      ]),
    ),
    data: [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data),
    decision: { decision, tier, confidence, reason, costUsd },
    signals: attempt?.signals,
  };
}

function cutAt(bytes: Buffer, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...new Set(places.toSorted((a, b) => a - b)), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

/** A place within a character, and one between CR and LF, among others: what an even cut would seldom hit. */
function awkward(bytes: Buffer): number[] {
  return [...bytes.keys()].filter((place) => {
    const continues = ((bytes[place] ?? 0) & 0xc0) === 0x80;
    const splitsLineEnd = bytes[place] === 0x0a && bytes[place - 1] === 0x0d;
    return place > 0 && (continues || splitsLineEnd);
  });
}

for (const route of ['held', 'live']) {
  test(`a stream cut anywhere is the same stream: ${route}`, async () => {
    const expected = await ask(route, [bytesWith('\n')]);
    assert.equal(expected.status, 200);
    assert.equal(expected.data.at(-1), '[DONE]');
    const chunks = expected.data
      .slice(0, -1)
      .map((data) => JSON.parse(data) as { choices: { delta: { content?: string | null } }[] });
    assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), TEXT);
    if (route === 'held') assert.ok(Object.keys(expected.signals as object).length > 10);

    const cutting = fc.constantFrom(...LINE_ENDS).chain((end) => {
      const bytes = bytesWith(end);
      const place = fc.oneof(
        fc.integer({ min: 1, max: bytes.length - 1 }),
        fc.constantFrom(...awkward(bytes)),
      );
      return fc.array(place, { maxLength: 60 }).map((places) => cutAt(bytes, places));
    });
    await fc.assert(
      fc.asyncProperty(cutting, async (cut) => assert.deepEqual(await ask(route, cut), expected)),
      { numRuns: 40, seed: 7 },
    );
    // Every place at once.
    for (const end of LINE_ENDS) {
      const bytes = bytesWith(end);
      assert.deepEqual(await ask(route, cutAt(bytes, [...bytes.keys()].slice(1))), expected);
    }
  });
}
