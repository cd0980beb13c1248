/** A ladder whose last tier is at Amazon Bedrock, before clients of every protocol. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import OpenAI from 'openai';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { withoutPackage } from '../../src/upstream/ai-sdk/testing.ts';
import {
  bedrockRefuses,
  converse,
  converseStream,
  spoken,
} from '../../src/upstream/scripted/bedrock-reply.ts';
import type { ScriptedReply } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { unsure } from '../../src/upstream/scripted/testing.ts';
import { eventsIn } from './messages-gateway.ts';
import { configIn } from './scripted-gateway.ts';

const MODEL = 'eu.amazon.nova-pro-v1:0';
const PATH = `/model/${encodeURIComponent(MODEL)}`;
const WHOLE = converse([{ text: 'Rome' }]);
const STREAM = converseStream(spoken('Ro', 'me'));
/** 10 at 10 and 2 at 20, and the small model's 10 at 1 and 2 at 2; in dollars per million. */
const COST_USD = (10 * 10 + 2 * 20 + 10 + 2 * 2) / 1e6;

suite('a last tier at Bedrock', { skip: withoutPackage('bedrock') }, () => {
  let [whole, stream]: [ScriptedReply, ScriptedReply] = [WHOLE, STREAM];
  let small: ScriptedServer;
  let large: ScriptedServer;
  let gateway: Gateway;
  let base: string;
  let client: OpenAI;

  before(async () => {
    small = await createScriptedServer({ chat: unsure });
    const posts = { [`${PATH}/converse`]: () => whole, [`${PATH}/converse-stream`]: () => stream };
    large = await createScriptedServer({ chat: { status: 500 }, posts });
    const config = configIn(
      process.cwd(),
      `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  near: { baseUrl: '${small.baseUrl}', location: on-premises, retries: 0 }
  far: { preset: bedrock, baseUrl: '${large.origin}', apiKey: key-of-the-gateway, retries: 0 }
models:
  small: { upstream: near, model: tiny, logprobs: stream, price: { input: 1, output: 2 } }
  large: { upstream: far, model: '${MODEL}', price: { input: 10, output: 20 } }
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.8] } }
`,
    );
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    gateway = await createGateway({ config, environment: {}, log: silent });
    base = `http://127.0.0.1:${(await gateway.listen()).port}`;
    client = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  after(async () => {
    await gateway.close();
    await small.close();
    await large.close();
  });
  beforeEach(() => {
    [whole, stream] = [WHOLE, STREAM];
  });

  const ask = { model: 'auto', messages: [{ role: 'user' as const, content: 'Where is the pope?' }] };
  const post = (path: string, body: object): Promise<Response> =>
    fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    });

  test('a client of chat completions gets its answer, its cost, and the names of what was left out', async () => {
    const { data, response } = await client.chat.completions
      .create({ ...ask, seed: 3, user: 'u' })
      .withResponse();
    assert.equal(data.choices[0]?.message.content, 'Rome');
    assert.equal(response.headers.get('x-weir-decision'), 'escalated');
    assert.equal(Number(response.headers.get('x-weir-cost-usd')), COST_USD);
    assert.equal(response.headers.get('x-weir-dropped-params'), 'user, seed');
  });

  test('streamed, it gets the same, with the usage once', async () => {
    const streamed = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
    const usages: unknown[] = [];
    streamed.on('chunk', ({ usage }) => void (usage != null && usages.push(usage.total_tokens)));
    const { choices } = await streamed.finalChatCompletion();
    assert.equal(choices[0]?.message.content, 'Rome');
    assert.deepEqual(usages, [12]);
  });

  test('clients of Messages and of Responses get it in their own form', async () => {
    const asMessage = { ...ask, max_tokens: 50 };
    const message = (await (await post('/v1/messages', asMessage)).json()) as { content: unknown };
    assert.deepEqual(message.content, [{ type: 'text', text: 'Rome', citations: null }]);
    const events = await eventsIn(await post('/v1/messages', { ...asMessage, stream: true }));
    assert.equal(events.at(-1)?.name, 'message_stop');
    const response = await client.responses.create({
      model: 'auto',
      input: 'Where is the pope?',
      store: false,
    });
    assert.equal(response.output_text, 'Rome');
  });

  test('where Bedrock turns a request away, the earlier answer is served, and it is said why', async () => {
    whole = bedrockRefuses(429, 'ThrottlingException', 'Too many tokens, key-of-the-gateway');
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    assert.equal(data.choices[0]?.message.content, 'Perhaps Oslo');
    assert.equal(response.headers.get('x-weir-decision'), 'fallback');
    const id = response.headers.get('x-weir-id') ?? '';
    const decision = await (await fetch(`${base}/v1/decisions/${id}`)).text();
    assert.match(decision, /upstream_rate_limited/);
    assert.doesNotMatch(decision, /key-of/);
  });

  test('a stream that breaks off after its first words ends with an error', async () => {
    stream = converseStream(spoken('Ro').slice(0, 2));
    const events = await eventsIn(await post('/v1/chat/completions', { ...ask, stream: true }));
    const said = events.map(({ data }) => data).join('\n');
    assert.match(said, /"content":"Ro"/);
    assert.match(said, /"error":\{"message":"[^"]*ended in the middle/);
    assert.doesNotMatch(said, /"finish_reason":"/);
  });
});
