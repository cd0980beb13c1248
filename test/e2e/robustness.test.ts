/** The gateway as a process of its own, among clients and upstreams that misbehave. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ErrorBody } from '../../src/errors.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import {
  asking,
  configuration,
  troubled,
  WRONG_REQUESTS,
  WRONG_UPSTREAMS,
  type Trouble,
} from './troubles.ts';

let upstream: ScriptedServer;
let gateway: GatewayProcess;

before(async () => {
  upstream = await createScriptedServer({ chat: troubled });
  gateway = await startGateway(configuration(upstream.baseUrl));
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const chat = (init: RequestInit): Promise<Response> => fetch(`${gateway.origin}/v1/chat/completions`, init);

async function assertError(answer: Response, { status, code, retryAfter }: Omit<Trouble, 'name' | 'init'>) {
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  const { error } = JSON.parse(text) as ErrorBody;
  assert.equal(error.code, code, text);
  assert.deepEqual(Object.keys(error).toSorted(), ['code', 'message', 'param', 'type']);
  assert.match(error.message, /\w+ \w+/, 'a sentence says what is wrong');
  if (retryAfter !== undefined) assert.equal(answer.headers.get('retry-after'), retryAfter);
}

afterEach(async () => {
  assert.equal(gateway.process.exitCode, null, gateway.output());
  const answer = await chat(asking('good'));
  assert.equal(answer.status, 200, 'the gateway goes on');
  await answer.arrayBuffer();
});

describe('a wrong request is a clear error', () => {
  for (const trouble of WRONG_REQUESTS) {
    test(trouble.name, async () => {
      const path = trouble.path ?? '/v1/chat/completions';
      await assertError(await fetch(`${gateway.origin}${path}`, trouble.init), trouble);
    });
  }
});

describe('an upstream that goes wrong is a clear error', () => {
  for (const trouble of WRONG_UPSTREAMS) {
    test(trouble.name, async () => assertError(await chat(trouble.init), trouble));
  }
});

test('an upstream that dies in mid-stream: one error event, and no [DONE]', async () => {
  const text = await (await chat(asking('dies-in-stream', { stream: true }))).text();
  const events = text.split('\n').filter((line) => line.startsWith('data: '));
  const errors = events.filter((line) => line.startsWith('data: {"error"'));
  assert.equal(errors.length, 1, text);
  assert.equal(events.at(-1), errors[0]);
  assert.ok(!text.includes('[DONE]'), text);
});

test("a client that hangs up in mid-stream closes the upstream's socket", async () => {
  const number = upstream.asked.length;
  const hangUp = new AbortController();
  const answer = await chat({ ...asking('endless', { stream: true }), signal: hangUp.signal });
  const entry = await upstream.request(number);
  assert.equal(answer.status, 200);
  hangUp.abort();
  await entry.closed;
});

test('a client that sends its request drop by drop is disconnected, and told why', async () => {
  const { hostname, port } = new URL(gateway.origin);
  const socket = connect(Number(port), hostname);
  let said = '';
  socket.on('data', (data: Buffer) => (said += data.toString()));
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: ${hostname}:${port}\r\n`);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  assert.match(said, /^HTTP\/1\.1 408 /);
  const { error } = JSON.parse(said.slice(said.indexOf('\r\n\r\n'))) as ErrorBody;
  assert.match(error.message, /receiveTimeout/);
});

test('with keys, a missing and a wrong one are a 401 that shows no key', async () => {
  const keyed = await startGateway(configuration(upstream.baseUrl));
  try {
    const main = join(import.meta.dirname, '../../src/cli/main.ts');
    const made = spawnSync(process.execPath, [main, 'keys', 'create'], {
      cwd: keyed.folder,
      encoding: 'utf8',
    });
    assert.equal(made.status, 0, made.stderr);
    await keyed.stop();
    const again = await startGateway(configuration(upstream.baseUrl), keyed.folder);
    try {
      const url = `${again.origin}/v1/chat/completions`;
      await assertError(await fetch(url, asking('good')), { status: 401, code: 'missing_api_key' });
      const init = asking('good');
      const headers = {
        'content-type': 'application/json',
        authorization: 'Bearer weir_wrong_key_0123456789',
      };
      const refused = await fetch(url, { ...init, headers });
      assert.ok(!(await refused.clone().text()).includes('wrong_key'));
      await assertError(refused, { status: 401, code: 'invalid_api_key' });
    } finally {
      await again.stop();
    }
  } finally {
    await keyed.stop();
  }
});
