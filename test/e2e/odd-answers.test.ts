/** Answers that are nested deeper than they can be written, or are cut: the client gets what they say. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { configIn } from './scripted-gateway.ts';

const LEVELS = 20_000;
const DEEP = '['.repeat(LEVELS) + ']'.repeat(LEVELS);
const LOGPROBS = `[{"token":"Rome","logprob":-0.1,"junk":${DEEP}}]`;

/** By the model's name: what its server answers. */
const ANSWERS: Readonly<Record<string, string>> = {
  chats: `{"id":"c","model":"m","junk":${DEEP},"choices":[{"index":0,"message":{"role":"assistant","content":"Rome"},
    "logprobs":{"content":${LOGPROBS}},"finish_reason":"stop","junk":${DEEP}}]}`,
  messages: `{"id":"m","type":"message","role":"assistant","model":"m","junk":${DEEP},"stop_reason":"end_turn",
    "content":[{"type":"text","text":"Rome","junk":${DEEP}},{"type":"thinking","thinking":${DEEP}}],"usage":{"input_tokens":1,"output_tokens":1}}`,
  responses: `{"id":"r","status":"completed","junk":${DEEP},"output":[{"type":"message","id":"i","role":"assistant","junk":${DEEP},
    "content":[{"type":"output_text","text":"Rome","annotations":${DEEP},"logprobs":${LOGPROBS}}]}]}`,
  counts: '{"input_tokens":',
};
const MODELS = ['chats', 'messages', 'responses'];

const ASKED: Readonly<Record<string, object>> = {
  '/v1/chat/completions': { messages: [{ role: 'user', content: 'x' }], logprobs: true },
  '/v1/messages': { messages: [{ role: 'user', content: 'x' }], max_tokens: 100 },
  '/v1/responses': { input: 'x', include: ['message.output_text.logprobs'] },
};

describe('answers that are nested deep', () => {
  let server: ScriptedServer;
  let gateway: Gateway;
  let base: string;

  before(async () => {
    const answer = (model: string) => () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: [ANSWERS[model] ?? ''],
      then: 'end' as const,
    });
    server = await createScriptedServer({
      chat: answer('chats'),
      posts: {
        '/v1/messages': answer('messages'),
        '/v1/messages/count_tokens': answer('counts'),
        '/v1/responses': answer('responses'),
      },
    });
    const config = configIn(
      '/',
      `listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  near: { baseUrl: '${server.baseUrl}', location: on-premises }
  far: { baseUrl: '${server.baseUrl}', location: cloud, dialect: openai-responses }
  abroad: { baseUrl: '${server.baseUrl}', location: cloud, dialect: anthropic }
models:
  chats: { upstream: near, model: a }
  messages: { upstream: abroad, model: b }
  responses: { upstream: far, model: c }
`,
    );
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    gateway = await createGateway({ config, environment: {}, log: silent });
    base = `http://127.0.0.1:${(await gateway.listen()).port}`;
  });
  after(async () => {
    await gateway.close();
    await server.close();
  });

  for (const [path, asked] of Object.entries(ASKED))
    for (const model of MODELS)
      for (const stream of [false, true])
        test(`${path} has the answer of '${model}'${stream ? ', streamed' : ''}`, async () => {
          const response = await fetch(base + path, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ ...asked, model, stream }),
          });
          const text = await response.text();
          assert.equal(response.status, 200, text.slice(0, 300));
          assert.match(text, /Rome/);
          assert.ok(!/"error":\{|event: error/.test(text), text.slice(-300));
        });

  test('a count that is no JSON is none, and an estimate is given', async () => {
    const response = await fetch(`${base}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'messages', messages: [{ role: 'user', content: 'x' }] }),
    });
    assert.equal(response.headers.get('x-weir-estimated'), 'yes');
    assert.deepEqual(await response.json(), { input_tokens: 1 });
  });
});
