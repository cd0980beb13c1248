/** Versions and configurations that change under a gateway at work: the next request uses them, and none fails. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepVersion } from '../../src/learning/versions/kept-version.ts';
import { testVersion } from '../../src/learning/table/testing.ts';
import { openStore } from '../../src/store/open.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { answers } from '../../src/upstream/scripted/scripted-reply.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const CLIENTS = 200;
/** Between the first and the last piece of an answer: many are always half done. */
const PAUSE_MS = 1_000;

const sure = answers({ tokens: [{ text: 'Paris', logprob: -0.01, top: [['Paris', -0.01]] }] });

let upstream: ScriptedServer;
let gateway: GatewayProcess;
let config: string;

before(async () => {
  upstream = await createScriptedServer({
    chat: async (asked) => {
      const reply = typeof sure === 'function' ? await sure(asked) : sure;
      const [first = '', ...rest] = reply.body ?? [];
      return { ...reply, body: [first, { waitMs: PAUSE_MS }, ...rest] };
    },
  });
  config = `upstreams:
  here: { baseUrl: "${upstream.baseUrl}", location: on-premises, maxConcurrent: 500 }
models:
  small: { upstream: here, model: small-model }
  large: { upstream: here, model: large-model }
routes:
  auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } }
`;
  gateway = await startGateway(config);
});
after(async () => {
  await gateway?.stop('SIGKILL');
  await upstream?.close();
});

interface Answered {
  status: number;
  tier: string | null;
  certified: string | null;
  policy: string | null;
  whole: boolean;
  startedMs: number;
}

async function ask(stream: boolean): Promise<Answered> {
  const startedMs = Date.now();
  const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Which town?' }], stream }),
  });
  const text = await response.text();
  const header = (name: string): string | null => response.headers.get(`x-weir-${name}`);
  return {
    status: response.status,
    tier: header('tier'),
    certified: header('certified'),
    policy: header('policy'),
    whole: stream ? text.trimEnd().endsWith('[DONE]') : text.includes('"finish_reason":"stop"'),
    startedMs,
  };
}

/** Clients that ask without a pause, half of them streaming, until `work` is done. */
async function underLoad(work: (answered: readonly Answered[]) => Promise<void>): Promise<Answered[]> {
  const answered: Answered[] = [];
  const stopped = new AbortController();
  const client = async (_: unknown, index: number): Promise<void> => {
    while (!stopped.signal.aborted) answered.push(await ask(index % 2 === 0));
  };
  const clients = Array.from({ length: CLIENTS }, client);
  await sleep(500);
  await work(answered).finally(() => stopped.abort());
  await Promise.all(clients);
  return answered;
}

/** Waits until answers are like this. */
async function until(wanted: Partial<Answered>): Promise<void> {
  for (;;) {
    const answer = await ask(false);
    if (Object.entries(wanted).every(([name, value]) => answer[name as keyof Answered] === value)) return;
    await sleep(50);
  }
}

function assertAllWell(answered: readonly Answered[]): void {
  assert.deepEqual(
    answered.filter(({ status, whole }) => status !== 200 || !whole),
    [],
  );
}

async function weir(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: gateway.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, output);
  return output;
}

const yaml = (): string => join(gateway.folder, 'weir.yaml');

test('a version promoted by another process under load serves the next request, and not one fails', async () => {
  const store = await openStore(`sqlite:${join(gateway.folder, 'weir.db')}`);
  const { hash } = await keepVersion(store, testVersion(), { by: 'test', atMs: Date.now() });
  await store.close();
  let seenMs = 0;
  const answered = await underLoad(async (soFar) => {
    await weir('versions', 'promote', hash);
    await until({ tier: 'small', certified: 'yes' });
    seenMs = Date.now();
    while (soFar.filter(({ startedMs }) => startedMs > seenMs).length < CLIENTS) await sleep(50);
  });
  assertAllWell(answered);
  const later = answered.filter(({ startedMs }) => startedMs > seenMs);
  assert.ok(later.length >= CLIENTS);
  // The headers of a stream that goes out before its decision cannot say it yet.
  const said = (some: typeof answered): typeof answered => some.filter(({ certified }) => certified !== null);
  assert.deepEqual([...new Set(said(later).map(({ certified }) => certified))], ['yes']);
  // Of the two policies each request has exactly one, whole: the last tier's or the version's.
  const kinds = new Set(said(answered).map(({ certified, policy }) => `${certified} ${policy}`));
  assert.equal(kinds.size, 2, [...kinds].join('; '));
  assert.equal(new Set(answered.map(({ policy }) => policy)).size, 2);
  assert.match(gateway.output(), new RegExp(`Version ${hash} serves route 'auto' from now on`));
});

test('a rollback under load puts the last tier back, and not one request fails', async () => {
  const answered = await underLoad(async () => {
    await weir('versions', 'rollback');
    await until({ tier: 'large', certified: 'no' });
  });
  assertAllWell(answered);
});

test('a configuration changed under load serves the next request, and not one fails', async () => {
  const written = readFileSync(yaml(), 'utf8');
  const answered = await underLoad(async () => {
    writeFileSync(
      yaml(),
      written
        .replace(
          'tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 }',
          'tiers: [small]',
        )
        .replace('maxConcurrent: 500', 'maxConcurrent: 400'),
    );
    await until({ tier: 'small', certified: 'no' });
  });
  assertAllWell(answered);
  assert.equal(new Set(answered.map(({ policy }) => policy)).size, 2);
  assert.match(gateway.output(), /weir\.yaml was applied: upstreams\.here changed, routes\.auto changed\./);
});

test('a broken configuration is refused whole, with every place, and the one before it serves on', async () => {
  const good = readFileSync(yaml(), 'utf8');
  writeFileSync(yaml(), `${good.replace('tiers: [small]', 'tiers: [smal]')}retention: { text: true }\n`);
  gateway.process.kill('SIGHUP');
  await said(/weir\.yaml was not applied \(2 problems\)/);
  assert.match(gateway.output(), /weir\.yaml:9:19 routes\.auto\.tiers\.0: there is no model named 'smal'/);
  assert.match(gateway.output(), /weir\.yaml:10:14 retention\.text: /);
  assert.match(gateway.output(), /"level":50,.*weir\.yaml:9:19 routes\.auto/);
  assert.equal((await ask(false)).tier, 'small');

  writeFileSync(yaml(), good.replace(/listen: .*/, 'listen: 127.0.0.1:1'));
  gateway.process.kill('SIGHUP');
  await said(/weir\.yaml:1:1 listen: it cannot change while the gateway runs/);
  assert.equal((await ask(false)).status, 200);

  writeFileSync(yaml(), good);
  appendFileSync(yaml(), 'limits: { bodyBytes: 4096 }\n');
  gateway.process.kill('SIGHUP');
  await said(/weir\.yaml was applied: limits changed/);
});

async function said(pattern: RegExp): Promise<void> {
  for (let look = 0; look < 600 && !pattern.test(gateway.output()); look += 1) await sleep(50);
  assert.match(gateway.output(), pattern);
}
