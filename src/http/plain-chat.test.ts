import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { answers, failures } from '../upstream/scripted/scripted-reply.ts';
import { PROTOCOLS } from '../protocol/protocols.ts';
import type { AdmissionContext } from './http-context.ts';
import { answerPlainChat, plainChatProtocol } from './plain-chat.ts';
import { createTestGateway, errorOf, eventsOf, type TestGatewayOptions } from '../gateway/testing.ts';
import { tokens } from '../upstream/scripted/testing.ts';

const BODY = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Which town? Zürich?' }] });

interface Door {
  port: number;
  gateway: Awaited<ReturnType<typeof createTestGateway>>;
  chat(body: string, headers?: Record<string, string>): Promise<Response>;
}

/** A gateway's plain chats on a real socket; everything else is a 418. */
async function withDoor(options: TestGatewayOptions, run: (door: Door) => Promise<void>): Promise<void> {
  const gateway = await createTestGateway(options);
  const server = createServer((request, response) => {
    const protocol = plainChatProtocol(request, gateway.context);
    if (protocol === undefined) response.writeHead(418).end();
    else void answerPlainChat(gateway.context, protocol, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  gateway.context.admission.port = () => port;
  const chat: Door['chat'] = (body, headers = {}) =>
    fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  try {
    await run({ port, gateway, chat });
  } finally {
    server.closeAllConnections();
    server.close();
    await gateway.close();
  }
}

const accepting: Pick<TestGatewayOptions, 'policy'> = {
  policy: { rule: { kind: 'thresholds', thresholds: [0], withoutConfidence: 'accept' } },
};

test('a plain chat has the answer that the router gives, byte for byte but for its id', () =>
  withDoor({ small: answers({ tokens: tokens('Genève', 0.9) }), ...accepting }, async (door) => {
    const plain = await door.chat(BODY, { 'x-request-id': 'mine' });
    const routed = await door.gateway.chat(JSON.parse(BODY) as object, {
      'x-request-id': 'mine',
      host: `127.0.0.1:${door.port}`,
    });
    const [one, other] = [await plain.text(), await routed.text()];
    assert.equal(plain.status, 200);
    const withoutId = (text: string): string => text.replace(/chatcmpl-[0-9a-f-]+/, 'ID');
    assert.equal(withoutId(one), withoutId(other));
    assert.equal(plain.headers.get('content-length'), String(Buffer.byteLength(one)));
    const headersOf = (response: Response): string[] =>
      [...response.headers]
        .filter(([name]) => name === 'content-type' || name.startsWith('x-'))
        .map(([name, value]) => `${name}: ${withoutId(value)}`);
    assert.deepEqual(headersOf(plain), headersOf(routed));
    assert.deepEqual(door.gateway.small.asked[0]?.body, door.gateway.small.asked[1]?.body);
  }));

test('a body in pieces that cut characters apart is read whole, without its byte-order mark', () =>
  withDoor({ small: answers('Rome'), ...accepting }, async ({ port, gateway }) => {
    const bytes = Buffer.from(`\u{feff}${BODY}`);
    const request = httpRequest({
      port,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json', 'content-length': bytes.length },
    });
    const cut = bytes.indexOf(0xc3) + 1;
    request.write(bytes.subarray(0, cut));
    request.end(bytes.subarray(cut));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.deepEqual(gateway.small.asked[0]?.body['messages'], [
      { role: 'user', content: 'Which town? Zürich?' },
    ]);
  }));

test('a body that is not UTF-8 is refused, and no server sees it', () =>
  withDoor({ small: answers('Rome'), ...accepting }, async ({ port, gateway }) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(BODY, 'latin1'),
    });
    assert.equal(response.status, 400);
    const { code, message } = await errorOf(response);
    assert.equal(code, 'invalid_json');
    assert.match(message, /UTF-8/);
    assert.equal(gateway.small.asked.length, 0);
  }));

test('what is wrong with a request is said in the same shape', () =>
  withDoor({ small: answers('Rome'), ...accepting }, async ({ chat }) => {
    const codeOf = async (response: Response): Promise<unknown[]> => [
      response.status,
      ((await response.json()) as { error: { code: string } }).error.code,
      response.headers.get('x-request-id'),
    ];
    const id = { 'x-request-id': 'r1' };
    assert.deepEqual(await codeOf(await chat('{"model"', id)), [400, 'invalid_json', 'r1']);
    assert.deepEqual(await codeOf(await chat('{}', id)), [400, 'invalid_request', 'r1']);
    assert.deepEqual(await codeOf(await chat(BODY, { ...id, 'content-type': 'text/plain' })), [
      415,
      'unsupported_media_type',
      'r1',
    ]);
    assert.deepEqual(await codeOf(await chat(BODY, { ...id, origin: 'https://evil.example' })), [
      403,
      'forbidden_origin',
      'r1',
    ]);
  }));

test('a stream comes as it is made, its headers before its end', () =>
  withDoor(
    {
      small: answers({ tokens: tokens('It is Rome', 0.9) }),
      policy: { rule: { kind: 'thresholds', thresholds: [0.99], withoutConfidence: 'escalate' } },
      large: answers({ tokens: tokens('It is Paris', 0.9) }),
    },
    async ({ chat }) => {
      const response = await chat(JSON.stringify({ ...(JSON.parse(BODY) as object), stream: true }));
      assert.match(response.headers.get('content-type') ?? '', /event-stream/);
      assert.equal(response.headers.get('x-weir-tier'), 'large');
      const { data } = eventsOf(await response.text());
      assert.equal(data.at(-1), '[DONE]');
      assert.match(data.join(''), /Paris/);
    },
  ));

test('a sender that breaks off has asked nothing, and the next one is answered', () =>
  withDoor({ small: answers('Rome'), ...accepting }, async ({ port, chat, gateway }) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"model"`,
    );
    await once(socket, 'ready');
    socket.destroy();
    await once(socket, 'close');
    assert.equal((await chat(BODY)).status, 200);
    assert.equal(gateway.small.asked.length, 1);
  }));

test('a client that goes ends the call at once, whether it waits for a stream or for a whole answer', () =>
  withDoor({ small: failures.never, headerWaitMs: 0 }, async ({ port, gateway }) => {
    for (const [index, stream] of [false, true].entries()) {
      const body = JSON.stringify({ ...(JSON.parse(BODY) as object), stream });
      const request = httpRequest({
        port,
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      });
      request.on('error', () => {});
      request.on('response', (response) => response.on('error', () => {}).resume());
      request.end(body);
      while (gateway.small.asked.length === index) await new Promise(setImmediate);
      request.destroy();
      const signal = gateway.small.asked[index]?.signal;
      if (signal?.aborted === false) await once(signal, 'abort');
      while (gateway.recorder.stats().pending === index) await new Promise(setImmediate);
    }
  }));

test('only a chat with a plain path, a plain host and a declared, allowed length is plain', () => {
  const request = (change: object): IncomingMessage =>
    ({
      method: 'POST',
      url: '/v1/chat/completions',
      headers: { host: 'localhost:8787', 'content-length': '10' },
      ...change,
    }) as unknown as IncomingMessage;
  const context = {
    protocols: PROTOCOLS,
    // No more than the length is looked at.
    admission: { bodyBytes: 10 } as AdmissionContext,
  };
  const isPlain = (asked: IncomingMessage): boolean => plainChatProtocol(asked, context) !== undefined;
  assert.equal(isPlain(request({})), true);
  for (const change of [
    { method: 'GET' },
    { url: '/v1/chat/completions?x=1' },
    { url: '/v1/chat/completions/' },
    { url: 'http://localhost:8787/v1/chat/completions' },
    { headers: { host: 'localhost:8787' } },
    { headers: { host: 'localhost:8787', 'content-length': '11' } },
    { headers: { 'content-length': '10' } },
    { headers: { host: 'a b', 'content-length': '10' } },
    { headers: { host: 'user@localhost', 'content-length': '10' } },
    { headers: { host: '', 'content-length': '10' } },
  ]) {
    assert.equal(isPlain(request(change)), false, JSON.stringify(change));
  }
});
