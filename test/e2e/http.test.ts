/** The whole gateway on real sockets, asked by the official `openai` package and by clients that misbehave. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import type { ErrorBody } from '../../src/errors.ts';
import { parseConfig } from '../../src/config/load/load.ts';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import type { Log } from '../../src/telemetry/names.ts';
import {
  answers,
  refuses,
  streams,
  type AskedChat,
  type ScriptedReply,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const scored = (text: string, probability: number) =>
  text.split(/(?<= )/).map((word) => ({
    text: word,
    logprob: Math.log(probability),
    top: [
      [word, Math.log(probability)],
      ['~', Math.log(1 - probability)],
    ] as const,
  }));

const piece = (content: string): string =>
  JSON.stringify({
    id: 'up',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'huge',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  });

/** The last words of the question choose what a tier does. */
function scripted(byQuestion: Record<string, ScriptedStep>): ScriptedStep {
  return (asked: AskedChat): ScriptedReply | Promise<ScriptedReply> => {
    const messages = asked.body['messages'] as { content: string }[];
    const step = byQuestion[messages.at(-1)?.content ?? ''] ?? byQuestion['else'];
    assert.ok(step !== undefined);
    return typeof step === 'function' ? step(asked) : step;
  };
}

const TOOL = {
  type: 'function' as const,
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] },
  },
};

let small: ScriptedServer;
let large: ScriptedServer;
let gateway: Gateway;
let port: number;
let client: OpenAI;

async function start(extra = ''): Promise<{ gateway: Gateway; port: number }> {
  const text = `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
drainTimeout: 5s
limits: { receiveTimeout: 300ms, bodyBytes: 100000 }
upstreams:
  local: { baseUrl: '${small.baseUrl}', location: on-premises, retries: 0 }
  far: { baseUrl: '${large.baseUrl}', location: cloud, retries: 0 }
models:
  small: { upstream: local, model: tiny, logprobs: stream, price: { input: 0.1, output: 0.2 } }
  large: { upstream: far, model: huge, logprobs: stream, price: { input: 1, output: 2 } }
routes:
  auto: { serves: ['gpt-4o*'], tiers: [small, large], objective: { thresholds: [0.6] } }
${extra}`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/', environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const made = await createGateway({ config: loaded.config, environment: {}, log: silent });
  const { port: opened } = await made.listen();
  return { gateway: made, port: opened };
}

before(async () => {
  small = await createScriptedServer({
    chat: scripted({
      json: answers({ tokens: scored('{"town":"Rome"}', 0.999) }),
      tool: answers({
        toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"town":"Rome"}' }],
        tokens: scored('', 0.999),
      }),
      hang: { then: 'never' },
      error: refuses(400, { message: 'no such thing', code: 'bad_thing' }),
      doubt: answers({ tokens: scored('Who knows', 0.2) }),
      'doubt, then die': answers({ tokens: scored('Who knows', 0.2) }),
      else: answers({ tokens: scored('Rome of course', 0.999) }),
    }),
  });
  large = await createScriptedServer({
    chat: scripted({
      error: refuses(400, { message: 'no such thing', code: 'bad_thing' }),
      'doubt, then die': streams([piece('Per'), piece('haps')], 'cut'),
      else: answers({ content: 'Certainly Rome', usage: { inputTokens: 5, outputTokens: 2 } }),
    }),
  });
  ({ gateway, port } = await start());
  client = new OpenAI({
    baseURL: `http://127.0.0.1:${port}/v1`,
    apiKey: 'sk-of-another-service',
    maxRetries: 0,
  });
});

after(async () => {
  await gateway.close();
  await Promise.all([small.close(), large.close()]);
});

const ask = (content: string): { model: string; messages: { role: 'user'; content: string }[] } => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content }],
});

test('a plain chat through the official client', async () => {
  const completion = await client.chat.completions.create(ask('plain'));
  assert.equal(completion.choices[0]?.message.content, 'Rome of course');
  assert.equal(completion.choices[0]?.finish_reason, 'stop');
  assert.equal(completion.usage?.completion_tokens, 3);
  assert.ok(
    small.asked.every(({ headers }) => headers['authorization'] === undefined),
    'the client key stays here',
  );
});

test('a stream through the official client, escalated to a live tier', async () => {
  const stream = await client.chat.completions.create({
    ...ask('doubt'),
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let total: number | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    total = chunk.usage?.total_tokens ?? total;
  }
  assert.equal(text, 'Certainly Rome');
  assert.equal(total, 7);
});

test('an error through the official client', async () => {
  const error: unknown = await client.chat.completions
    .create(ask('error'))
    .catch((reason: unknown) => reason);
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.code, 'bad_thing');
  assert.equal(error.status, 400);
  const unknown: unknown = await client.chat.completions
    .create({ ...ask('x'), model: 'mistral' })
    .catch((reason: unknown) => reason);
  assert.ok(unknown instanceof OpenAI.NotFoundError);
  assert.equal(unknown.code, 'model_not_found');
});

test('a JSON-schema answer through the official client', async () => {
  const schema = {
    type: 'object',
    properties: { town: { type: 'string' } },
    required: ['town'],
    additionalProperties: false,
  };
  const completion = await client.chat.completions.parse({
    ...ask('json'),
    response_format: { type: 'json_schema', json_schema: { name: 'town', strict: true, schema } },
  });
  assert.deepEqual(completion.choices[0]?.message.parsed, { town: 'Rome' });
});

test('a tool call through the official client, whole and as a stream', async () => {
  const completion = await client.chat.completions.create({ ...ask('tool'), tools: [TOOL] });
  const [call] = completion.choices[0]?.message.tool_calls ?? [];
  assert.ok(call?.type === 'function');
  assert.deepEqual(JSON.parse(call.function.arguments), { town: 'Rome' });
  const final = await client.chat.completions.stream({ ...ask('tool'), tools: [TOOL] }).finalChatCompletion();
  assert.equal(final.choices[0]?.message.tool_calls?.[0]?.id, 'call_1');
});

test('the models through the official client', async () => {
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.deepEqual(ids, ['auto', 'small', 'large']);
});

test('headers, decision and feedback agree', async () => {
  const { data, response } = await client.chat.completions.create(ask('doubt')).withResponse();
  const base = `http://127.0.0.1:${port}/v1`;
  const decision = (await (await fetch(`${base}/decisions/${data.id}`)).json()) as {
    decision: string;
    tier: string;
    attempts: unknown[];
  };
  assert.equal(decision.decision, response.headers.get('x-weir-decision'));
  assert.equal(decision.tier, response.headers.get('x-weir-tier'));
  assert.equal(String(decision.attempts.length), response.headers.get('x-weir-attempts'));
  const feedback = await fetch(`${base}/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: data.id, verdict: 'good' }),
  });
  assert.equal(feedback.status, 202);
});

test('an upstream that dies in mid-stream: the client sees an error, and no [DONE]', async () => {
  const seen: string[] = [];
  const stream = await client.chat.completions.create({ ...ask('doubt, then die'), stream: true });
  const error: unknown = await (async () => {
    for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content ?? '');
  })().catch((reason: unknown) => reason);
  assert.ok(error instanceof OpenAI.APIError);
  assert.equal(seen.join(''), 'Perhaps');
});

test("a client that disconnects closes the upstream's socket at once", async () => {
  const number = small.asked.length;
  const abort = new AbortController();
  const gone = client.chat.completions
    .create(ask('hang'), { signal: abort.signal })
    .catch((reason: unknown) => reason);
  const asked = await small.request(number);
  abort.abort();
  await asked.closed;
  assert.ok((await gone) instanceof OpenAI.APIUserAbortError);
});

/** Everything a raw connection gets back until it is closed. */
async function raw(text: string, to = port): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (data: string) => {
    received += data;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return received;
}

test('a client that sends too slowly is told so and disconnected', async () => {
  const answer = await raw('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n');
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /"type":"invalid_request_error"/);
});

test('bytes that are no HTTP, and headers without end, are an error in the same shape', async () => {
  assert.match(await raw('\x16\x03\x01 hello\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request"/);
  assert.match(await raw(`GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(
    await raw('GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400 [\s\S]*"error"/,
  );
  assert.match(
    await raw('GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1\.1 40[03] [\s\S]*"error"/,
  );
});

test('two Host headers are refused, on every path, though they say the same', async () => {
  const host = `127.0.0.1:${port}`;
  for (const [line, more] of [
    ['GET /healthz', ''],
    ['POST /v1/chat/completions', 'content-type: application/json\r\ncontent-length: 2\r\n'],
  ])
    for (const other of [host, 'example.com'])
      assert.match(
        await raw(
          `${line} HTTP/1.1\r\nhost: ${host}\r\nHost: ${other}\r\n${more}connection: close\r\n\r\n{}`,
        ),
        /^HTTP\/1\.1 400 [\s\S]*connection: close[\s\S]*"message":"[^"]*two Host headers[\s\S]*"code":"invalid_request"/i,
      );
});

test('what the gateway does not do over HTTP is an error in the same shape', async () => {
  for (const [text, status] of [
    [`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nexpect: 200-maybe\r\n\r\n`, 417],
    ['CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n', 405],
  ] as const) {
    const [head = '', body = ''] = (await raw(text)).split('\r\n\r\n');
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(head, /\r\nconnection: close/);
    assert.deepEqual(Object.keys((JSON.parse(body) as ErrorBody).error), [
      'message',
      'type',
      'param',
      'code',
    ]);
  }
});

test(
  'who is refused loses the connection, though it keeps its own end open',
  { timeout: 20_000 },
  async () => {
    for (const text of [
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n',
      '\x16\x03\x01 hello\r\n\r\n',
      'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n',
    ]) {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.resume().write(text);
      await once(socket, 'end');
      // What is sent to a connection that is closed comes back as a reset.
      const reset = once(socket, 'error');
      const sending = setInterval(() => socket.write('x'), 50);
      await reset.finally(() => clearInterval(sending));
    }
  },
);

test('a page of another origin is refused over the wire', async () => {
  const answer = await raw(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: https://evil.example\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
  );
  assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*forbidden_origin/);
});

test('once a key was made, each request needs one', async () => {
  const other = await start();
  try {
    const url = `http://127.0.0.1:${other.port}/v1/models`;
    assert.equal((await fetch(url)).status, 200);
    const { key, prefix } = await other.gateway.keys.create({
      name: 'test',
      tenant: 'default',
      operator: false,
    });
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status, 200);
    assert.equal(await other.gateway.keys.revoke(prefix), true);
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status, 401);
  } finally {
    await other.gateway.close();
  }
});

test('closing lets a request under way end', async () => {
  const other = await start();
  const patient = new OpenAI({ baseURL: `http://127.0.0.1:${other.port}/v1`, apiKey: 'none', maxRetries: 0 });
  const number = small.asked.length;
  const answer = patient.chat.completions.create(ask('plain'));
  await small.request(number);
  await Promise.all([answer, other.gateway.close()]);
  assert.equal((await answer).choices[0]?.message.content, 'Rome of course');
});

test('without keys the gateway does not listen on a public address', async () => {
  const loaded = parseConfig(
    `listen: 0.0.0.0:0\nstore: 'sqlite::memory:'\nupstreams: { u: { baseUrl: 'http://127.0.0.1:9/v1', location: on-premises } }\nmodels: { m: { upstream: u, model: m } }`,
    { file: 'weir.yaml', folder: '/', environment: {} },
  );
  assert.ok(loaded.ok);
  const open = await createGateway({ config: loaded.config, environment: {}, log: silent });
  await assert.rejects(open.listen(), { code: 'forbidden_host' });
  await open.close();
});
