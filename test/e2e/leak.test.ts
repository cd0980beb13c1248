/**
 * Thousands of requests that go wrong leave nothing behind. `WEIR_LEAK_REQUESTS` says how many; what is measured is read
 * from `/proc`, so elsewhere than on Linux this is skipped.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, fetch as undiciFetch, type RequestInit as UndiciInit } from 'undici';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted-server.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { asking, configuration, troubled, WRONG_REQUESTS, WRONG_UPSTREAMS } from './troubles.ts';

const TOTAL = Number(process.env['WEIR_LEAK_REQUESTS'] ?? 3_000);
const WARM_UP = 1_000;
const CLIENTS = 8;
/** A model that fails again and again is no longer asked: so many of each, that failures still reach the wire. */
const VARIANTS = 40;
const MAX_GROWTH_BYTES = 96 * 1024 * 1024;

const skip = !existsSync('/proc/self/fd') && 'there is no /proc here to count descriptors in';

let upstream: ScriptedServer;
let gateway: GatewayProcess;

before(async () => {
  upstream = await createScriptedServer({ chat: troubled });
  gateway = await startGateway(configuration(upstream.baseUrl, VARIANTS));
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const PATH = '/v1/chat/completions';
const hung = { path: PATH, init: asking('endless', { stream: true }), status: 200, hangUp: true };
const mixed = [
  ...WRONG_REQUESTS.map((one) => ({ path: PATH, ...one, hangUp: false })),
  ...WRONG_UPSTREAMS.map((one) => ({ path: PATH, ...one, hangUp: false })),
  { path: PATH, init: asking('dies-in-stream', { stream: true }), status: 200, hangUp: false },
  hung,
  { path: PATH, init: asking('good'), status: 200, hangUp: false },
];

/** The same request to one of the other models that go wrong in this way. */
function varied(init: RequestInit, index: number): RequestInit {
  const variant = Math.floor(index / mixed.length) % VARIANTS;
  if (variant === 0 || typeof init.body !== 'string') return init;
  const body = init.body.replace(
    /"model":"([a-z0-9-]+)","messages":\[\{/,
    `"model":"$1-v${variant}","messages":[{`,
  );
  return { ...init, body };
}

/** @returns how many were answered by each status. */
async function send(count: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  const agent = new Agent({ connections: CLIENTS });
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const one = mixed[index % mixed.length] ?? hung;
      const hangUp = new AbortController();
      // The same fetch as the global one, with a pool of its own that can be closed; only the types have two origins.
      const init = { ...varied(one.init, index), signal: hangUp.signal, dispatcher: agent } as UndiciInit;
      const answer = await undiciFetch(`${gateway.origin}${one.path}`, init);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (one.hangUp && answer.ok) hangUp.abort();
      else await answer.arrayBuffer();
      assert.ok(answer.ok ? one.status === 200 : answer.status >= 400, `${answer.status} for ${one.path}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await agent.close();
  return statuses;
}

const descriptors = (): number => readdirSync(`/proc/${gateway.process.pid}/fd`).length;

function residentBytes(): number {
  const [, kilobytes = '0'] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Waits until no more than so many are open: closing takes a moment, and how long is not what is tested. */
async function settled(most: number): Promise<number> {
  for (let attempt = 0; attempt < 300 && descriptors() > most; attempt += 1) await sleep(100);
  return descriptors();
}

test(
  `after ${TOTAL} requests that go wrong, descriptors and memory are where they were`,
  { skip },
  async (t) => {
    const idle = descriptors();
    await send(WARM_UP);
    // The pool to the upstream stays open between requests: as many connections as callers, and no more.
    const most = idle + 2 * CLIENTS;
    const descriptorsWarm = await settled(most);
    const memoryWarm = residentBytes();

    const statuses = await send(TOTAL);
    const descriptorsAfter = await settled(most);
    const growth = residentBytes() - memoryWarm;
    const figures = `descriptors ${idle} idle, ${descriptorsWarm} warm, ${descriptorsAfter} after; resident memory ${Math.round(memoryWarm / 1024 / 1024)} MiB, then ${Math.round(growth / 1024 / 1024)} MiB more; statuses ${JSON.stringify([...statuses])}`;
    t.diagnostic(figures);

    assert.ok(descriptorsAfter <= most, figures);
    assert.ok(growth < MAX_GROWTH_BYTES, figures);
    for (const status of [200, 400, 404, 405, 413, 415, 429, 502, 504])
      assert.ok(statuses.has(status), figures);
    assert.ok(!statuses.has(500), figures);
    assert.equal((await fetch(`${gateway.origin}/healthz`)).status, 200);
    assert.equal(gateway.process.exitCode, null, gateway.output());
  },
);
