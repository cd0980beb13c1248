import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detect } from './detect.ts';
import type { Identify } from './detect.ts';
import type { Fetch } from '../../upstream/transport/server-fetch.ts';

const LIMITS = { timeoutMs: 2_000, totalMs: 2_000, maxBytes: 10_000 };

/** A small real recogniser: a server is what lists models. */
const identify: Identify = async (baseUrl, fetchJson) => {
  const listing = await fetchJson(`${baseUrl}/models`);
  if (typeof listing !== 'object' || listing === null || !('data' in listing) || !Array.isArray(listing.data))
    return undefined;
  return { kind: 'llama.cpp', chatModels: listing.data.map((id) => ({ id: String(id) })), leftOut: [] };
};

/** Answers by port; nobody listens on the others. */
function ports(answers: Record<string, () => Response | Promise<Response>>): Fetch {
  return async (url) => {
    const answer = answers[new URL(url).port];
    if (answer === undefined) throw new TypeError('fetch failed: ECONNREFUSED');
    return answer();
  };
}

const search = (fetch: Fetch, environment: Record<string, string> = {}, limits = LIMITS) =>
  detect({ environment, identify, fetch, limits });

test('a server on its usual port is found, with its models', async () => {
  const { servers, notes } = await search(ports({ 8080: () => Response.json({ data: ['qwen3:4b'] }) }));
  assert.deepEqual(servers, [
    { baseUrl: 'http://127.0.0.1:8080/v1', kind: 'llama.cpp', chatModels: [{ id: 'qwen3:4b' }], leftOut: [] },
  ]);
  assert.deepEqual(notes, []);
});

test('where nothing answers, it is said where was looked', async () => {
  const { servers, notes } = await search(ports({}));
  assert.deepEqual(servers, []);
  assert.deepEqual(notes, [
    "No model server answered. Weir tried Ollama (127.0.0.1:11434), LM Studio (127.0.0.1:1234), vLLM (127.0.0.1:8000), llama.cpp's server (127.0.0.1:8080).",
  ]);
});

test('ports that answer nonsense, pages, too much, or never, are passed over and hold up nobody', async () => {
  const fetch = ports({
    11434: () => Response.json({ data: ['real'] }),
    1234: () =>
      new Response('<!doctype html><title>Jupyter</title>', { headers: { 'content-type': 'text/html' } }),
    8000: () => Response.json({ data: 'x'.repeat(20_000) }),
    8080: () => new Promise(() => {}),
  });
  const { servers } = await search(fetch, {}, { ...LIMITS, timeoutMs: 50 });
  assert.deepEqual(
    servers.map(({ baseUrl }) => baseUrl),
    ['http://127.0.0.1:11434/v1'],
  );
});

test('an answer of a strange shape is no server', async () => {
  for (const body of [null, 5, 'text', [], { data: {} }, { error: 'no' }]) {
    const { servers } = await search(ports({ 8000: () => Response.json(body) }));
    assert.deepEqual(servers, [], JSON.stringify(body));
  }
});

test('a recogniser that fails finds nothing', async () => {
  const failing: Identify = async () => {
    throw new TypeError('cannot read properties of undefined');
  };
  const { servers } = await detect({ environment: {}, identify: failing, fetch: ports({}), limits: LIMITS });
  assert.deepEqual(servers, []);
});

test('no other machine is asked anything', async () => {
  const asked = new Set<string>();
  const fetch: Fetch = async (url) => {
    asked.add(new URL(url).hostname);
    throw new TypeError('fetch failed');
  };
  await search(fetch, { OLLAMA_HOST: 'http://gpu.example:11434' });
  assert.deepEqual([...asked], ['127.0.0.1']);
});
