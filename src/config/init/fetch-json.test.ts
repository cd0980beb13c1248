import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFetchJson } from './fetch-json.ts';
import type { Fetch } from '../../upstream/transport/server-fetch.ts';

const LIMITS = { timeoutMs: 60_000, totalMs: 60_000, maxBytes: 1_000 };
const answering =
  (make: () => Response | Promise<Response>): Fetch =>
  async () =>
    make();
const LISTING = 'http://127.0.0.1:1/v1/models';

test('JSON is read', async () => {
  const fetchJson = createFetchJson(
    answering(() => Response.json({ data: [1] })),
    LIMITS,
  );
  assert.deepEqual(await fetchJson(LISTING), { data: [1] });
});

test('a body makes it a POST', async () => {
  const seen: unknown[] = [];
  const fetchJson = createFetchJson(async (url, { method, body, redirect }) => {
    seen.push([url, method, body, redirect]);
    return Response.json({});
  }, LIMITS);
  await fetchJson(LISTING);
  await fetchJson(LISTING, { model: 'x' });
  assert.deepEqual(seen, [
    [LISTING, 'GET', undefined, 'error'],
    [LISTING, 'POST', '{"model":"x"}', 'error'],
  ]);
});

test('anything but a 200 with JSON rejects', async () => {
  const answers: (() => Response)[] = [
    () => new Response('<html>hello</html>'),
    () => new Response(''),
    () => new Response('{"half":'),
    () => new Response(new Uint8Array([0xff, 0xfe, 0x00])),
    () => Response.json({}, { status: 404 }),
    () => Response.json({}, { status: 201 }),
    () => {
      throw new TypeError('fetch failed');
    },
  ];
  for (const answer of answers) await assert.rejects(createFetchJson(answering(answer), LIMITS)(LISTING));
});

test('a body without end is cut at the limit, and its stream is let go', async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100).fill(0x20)),
    cancel: () => {
      cancelled = true;
    },
  });
  await assert.rejects(
    createFetchJson(
      answering(() => new Response(endless)),
      LIMITS,
    )(LISTING),
    /more than 1000 bytes/,
  );
  assert.ok(cancelled);
});

test('a server that never answers is given up, even by a fetch that ignores its signal', async () => {
  const never: Fetch = async () => new Promise(() => {});
  await assert.rejects(createFetchJson(never, { ...LIMITS, timeoutMs: 1 })(LISTING), /took too long/);
});

test('after the time for all questions, none is waited for', async () => {
  const never: Fetch = async () => new Promise(() => {});
  const fetchJson = createFetchJson(never, { ...LIMITS, totalMs: 1 });
  await assert.rejects(fetchJson(LISTING), /took too long/);
  await assert.rejects(fetchJson(LISTING), /took too long/);
});

test('the signal that fetch is given ends with the question', async () => {
  const signals: AbortSignal[] = [];
  const fetchJson = createFetchJson(async (_url, init) => {
    signals.push(init.signal);
    return new Response('no JSON');
  }, LIMITS);
  await assert.rejects(fetchJson(LISTING));
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
});
