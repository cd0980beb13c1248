/** The gateway as a process of its own that runs out of descriptors, and in which something is thrown that nobody catches. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';

const preload = join(import.meta.dirname, 'trouble-on-signal.ts');

let upstream: ScriptedServer;
/** Answers wait for it. */
let held = Promise.resolve();
before(async () => {
  const chat: ScriptedStep = async (asked) => {
    await held;
    return played(answers('Rome.'), asked);
  };
  upstream = await createScriptedServer({ chat });
});
after(() => upstream.close());

const start = (descriptors?: number): Promise<GatewayProcess> =>
  startGateway(
    `upstreams: { local: { baseUrl: '${upstream.baseUrl}', location: on-premises, retries: 0 } }
models: { small: { upstream: local, model: tiny, logprobs: none } }
routes: { auto: { tiers: [small] } }
`,
    undefined,
    { preload, ...(descriptors === undefined ? {} : { descriptors }) },
  );

const chat = (origin: string): Promise<Response> =>
  fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Where?' }] }),
  });

async function metric(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`, { headers: { connection: 'close' } })).text();
  const line = text.split('\n').find((each) => each.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? 0);
}

const linesWith = (gateway: GatewayProcess, text: string): number =>
  gateway
    .output()
    .split('\n')
    .filter((line) => line.includes(text)).length;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

test('with few descriptors, connections beyond them are closed, said once and counted; those within are answered', async () => {
  const gateway = await start(64);
  try {
    const port = Number(new URL(gateway.origin).port);
    const sockets = Array.from({ length: 100 }, (): Socket =>
      connect(port, '127.0.0.1').on('error', () => {}),
    );
    const closed = (): number => sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
    sockets.forEach((socket) => socket.resume());
    await until(() => closed() >= 100 - 32);
    for (const socket of sockets) socket.destroy();
    const said = 'connections of clients were refused';
    await until(() => linesWith(gateway, said) > 0);
    assert.equal((await chat(gateway.origin)).status, 200);
    assert.equal(linesWith(gateway, said), 1);
    assert.ok(
      (await metric(gateway.origin, 'weir_connections_refused_total{reason="connections"}')) >= 100 - 32,
    );
    assert.equal(gateway.process.exitCode, null);
  } finally {
    await gateway.stop();
  }
});

test('with no descriptor left, nothing ends or hangs, and once there are some again all goes on', async () => {
  const gateway = await start(256);
  try {
    assert.equal((await chat(gateway.origin)).status, 200);
    gateway.process.kill('SIGPWR');
    await until(() => gateway.output().includes('no descriptor is left'));
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => chat(gateway.origin)));
    for (const outcome of outcomes)
      if (outcome.status === 'fulfilled') assert.ok([200, 502, 503].includes(outcome.value.status));
    await until(() => linesWith(gateway, 'of 256 files are open') > 0);
    gateway.process.kill('SIGPWR');
    let status = 0;
    while (status !== 200) status = (await chat(gateway.origin).catch(() => ({ status: 0 }))).status;
    assert.equal(linesWith(gateway, 'connections of clients were refused'), 1);
    assert.ok((await metric(gateway.origin, 'weir_connections_refused_total{reason="descriptors"}')) >= 1);
    assert.equal(gateway.process.exitCode, null);
  } finally {
    await gateway.stop();
  }
});

test('a rejection that nobody caught is logged with its stack and counted, and the process goes on', async () => {
  const gateway = await start();
  try {
    gateway.process.kill('SIGIO');
    await until(() => gateway.output().includes('a rejection of the test'));
    assert.match(gateway.output(), /trouble-on-signal\.ts/);
    assert.equal(await metric(gateway.origin, 'weir_uncaught_errors_total{kind="rejection"}'), 1);
    assert.equal((await chat(gateway.origin)).status, 200);
  } finally {
    assert.equal(await gateway.stop(), 0);
  }
});

test('an exception that nobody caught is logged with its stack; the request under way is answered, and the process exits', async () => {
  const gateway = await start();
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  const number = upstream.asked.length;
  const asked = chat(gateway.origin);
  await upstream.request(number);
  gateway.process.kill('SIGWINCH');
  await until(() => gateway.output().includes('an exception of the test'));
  resolve();
  assert.equal((await asked).status, 200);
  const code = await new Promise<number | null>((ended) => {
    if (gateway.process.exitCode !== null) ended(gateway.process.exitCode);
    gateway.process.once('exit', ended);
  });
  assert.equal(code, 1);
  assert.match(gateway.output(), /trouble-on-signal\.ts/);
});
