/** Endpoints that are no chats, over HTTP through the real gateway, with a scripted server and the official client. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { parseConfig } from '../config/load/load.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { answers, refuses, streams, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../upstream/scripted/scripted-server.ts';

const NUMBERS =
  '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,0.20]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}';
const json = (text: string): ScriptedStep => ({
  headers: { 'content-type': 'application/json' },
  body: [text],
});
const SOUND = Buffer.from([0, 255, 13, 10, 7]);

describe('what is passed through', () => {
  let server: ScriptedServer;
  let gateway: Gateway;
  let client: OpenAI;
  let origin: string;
  let embeddings: ScriptedStep = json(NUMBERS);

  before(async () => {
    server = await createScriptedServer({
      chat: answers('hi'),
      posts: {
        '/v1/embeddings': (asked) => (typeof embeddings === 'function' ? embeddings(asked) : embeddings),
        '/v1/rerank': json('{"results":[{"index":0,"relevance_score":0.9}],"usage":{"total_tokens":5}}'),
        '/v1/completions': streams([
          '{"id":"c","choices":[{"index":0,"text":"a"}]}',
          '{"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
          '[DONE]',
        ]),
        '/v1/audio/speech': {
          headers: { 'content-type': 'audio/mpeg' },
          body: [SOUND.subarray(0, 2), SOUND.subarray(2)],
        },
        '/v1/audio/transcriptions': json(
          '{"text":"hello","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"audio_tokens":10},"output_tokens":4,"total_tokens":18}}',
        ),
        '/v1/moderations': json('{"id":"m","results":[]}'),
      },
    });
    const text = `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  near: { baseUrl: '${server.baseUrl}', location: on-premises, retries: 0 }
  far: { baseUrl: '${server.baseUrl}', location: cloud, apiKey: key-of-far, retries: 0 }
models:
  tiny: { upstream: near, model: tiny-1 }
  numbers: { upstream: far, model: text-embedding-x, price: { input: 0.02, output: 0 }, dropParams: [user], params: { dimensions: 2 } }
  voice: { upstream: far, model: whisper-x, price: { input: 1, output: 2, audioInput: 3 } }
routes:
  auto: { tiers: [tiny, numbers], objective: { thresholds: [0.5] }, data: { private: on-premises } }
  alias: { serves: ['text-embedding-3-small'], tiers: [numbers] }
`;
    const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/', environment: {} });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    gateway = await createGateway({ config: loaded.config, environment: {}, log: silent });
    origin = `http://127.0.0.1:${(await gateway.listen()).port}`;
    client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  after(async () => {
    await gateway.close();
    await server.close();
  });

  const post = (
    path: string,
    body: object | string,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const decisionOf = async (response: Response): Promise<Record<string, unknown>> => {
    const found = await fetch(`${origin}/v1/decisions/${response.headers.get('x-weir-id')}`);
    return (await found.json()) as Record<string, unknown>;
  };
  const asked = () => server.asked.at(-1);

  test('numbers come back byte for byte, under the name of the model or an alias, with the key of its upstream', async () => {
    const body = '{"model":"text-embedding-3-small", "input":[1e2], "user":"u","x":1.50}';
    const response = await post('/v1/embeddings', body);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), NUMBERS);
    assert.equal(asked()?.text, '{"model":"text-embedding-x", "input":[1e2],"x":1.50,"dimensions":2}');
    assert.equal(asked()?.headers['authorization'], 'Bearer key-of-far');
    const shown = ['route', 'decision', 'tier', 'model', 'cost-usd', 'dropped-params'].map((name) =>
      response.headers.get(`x-weir-${name}`),
    );
    assert.deepEqual(shown, ['alias', 'passed', 'numbers', 'text-embedding-x', '0.00000016', 'user']);
  });

  test('it is recorded with tokens and cost, and without a baseline', async () => {
    const { decision, group, tier, costUsd, attempts, baselineUsdEstimate, explanation } = await decisionOf(
      await post('/v1/embeddings', { model: 'numbers', input: 'x' }),
    );
    assert.deepEqual(
      [decision, group, tier, costUsd, explanation],
      ['passed', 'embeddings', 'numbers', '0.00000016', { endpoint: 'embeddings' }],
    );
    assert.equal(baselineUsdEstimate, undefined);
    const [attempt] = attempts as Record<string, unknown>[];
    assert.deepEqual(
      [attempt?.['inputTokens'], attempt?.['outputTokens'], attempt?.['served']],
      [8, 0, true],
    );
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    assert.match(metrics, /weir_requests_total\{route="numbers",decision="passed",status="200"\} \d/);
    assert.doesNotMatch(metrics, /weir_baseline_usd_total\{route="(numbers|alias)"/);
  });

  test('official clients can embed, moderate, complete, speak and listen', async () => {
    const numbers = await client.embeddings.create({
      model: 'numbers',
      input: 'x',
      encoding_format: 'float',
    });
    assert.deepEqual(numbers.data[0]?.embedding, [0.1, 0.2]);
    assert.equal((await client.moderations.create({ model: 'tiny', input: 'x' })).id, 'm');
    const texts: string[] = [];
    for await (const { choices } of await client.completions.create({
      model: 'tiny',
      prompt: 'x',
      stream: true,
    }))
      texts.push(...choices.map(({ text }) => text));
    assert.deepEqual(texts, ['a']);
    const spoken = await client.audio.speech.create({ model: 'voice', input: 'x', voice: 'alloy' });
    assert.equal(spoken.headers.get('content-type'), 'audio/mpeg');
    assert.deepEqual(Buffer.from(await spoken.arrayBuffer()), SOUND);
    const { text } = await client.audio.transcriptions.create({
      model: 'voice',
      file: await toFile(SOUND, 'a.wav'),
      response_format: 'json',
    });
    assert.equal(text, 'hello');
    const sent = asked()?.bytes.toString('latin1') ?? '';
    assert.match(sent, /name="model"\r\n\r\nwhisper-x\r\n/);
    assert.ok(sent.includes(SOUND.toString('latin1')));
  });

  test('tokens of a stream and of sounds are counted', async () => {
    const streamed = await post('/v1/completions', { model: 'numbers', prompt: 'x', stream: true });
    await streamed.text();
    const { attempts, stream } = await decisionOf(streamed);
    assert.equal(stream, true);
    assert.equal((attempts as { outputTokens: number }[])[0]?.outputTokens, 2);
    const form = new FormData();
    form.set('model', 'voice');
    form.set('file', new Blob([SOUND]), 'a.wav');
    const heard = await fetch(`${origin}/v1/audio/transcriptions`, { method: 'POST', body: form });
    assert.equal(heard.headers.get('x-weir-cost-usd'), '0.000042');
  });

  test('both addresses of rerankers lead to one', async () => {
    for (const path of ['/v1/rerank', '/v2/rerank']) {
      const response = await post(path, { model: 'tiny', query: 'q', documents: ['d'] });
      assert.equal(response.status, 200, await response.text());
      assert.equal(asked()?.path, '/v1/rerank');
    }
  });

  test('a ladder, an unknown model and data that may not go there are refused before any call', async () => {
    const askedBefore = server.asked.length;
    const codeOf = async (response: Response): Promise<unknown> => [
      response.status,
      ((await response.json()) as { error: { code: string } }).error.code,
    ];
    assert.deepEqual(await codeOf(await post('/v1/embeddings', { model: 'auto', input: 'x' })), [
      400,
      'unsupported_parameter',
    ]);
    assert.deepEqual(await codeOf(await post('/v1/embeddings', { model: 'nobody', input: 'x' })), [
      404,
      'model_not_found',
    ]);
    const secret = { 'x-weir-data-class': 'private' };
    assert.deepEqual(await codeOf(await post('/v1/embeddings', { model: 'numbers' }, secret)), [
      400,
      'no_tier_allowed',
    ]);
    assert.deepEqual(await codeOf(await post('/v1/embeddings', '{"model":')), [400, 'invalid_json']);
    assert.deepEqual(await codeOf(await post('/v1/audio/translations', {})), [415, 'unsupported_media_type']);
    assert.deepEqual(await codeOf(await fetch(`${origin}/v1/embeddings`)), [405, 'method_not_allowed']);
    assert.equal(server.asked.length, askedBefore);
  });

  test('a key that stands twice means its last place to the server too', async () => {
    await post('/v1/embeddings', '{"model":"tiny","input":"a","input":"b"}');
    assert.equal(asked()?.text, '{"model":"tiny-1","input":"b"}');
  });

  test('what servers refuse, break or say of their keys reaches the client as in a chat', async (t) => {
    t.after(() => (embeddings = json(NUMBERS)));
    const told = async (): Promise<{ status: number; message: string; code: string }> => {
      const response = await post('/v1/embeddings', { model: 'numbers', input: 'secretword' });
      const { error } = (await response.json()) as { error: { message: string; code: string } };
      return { status: response.status, ...error };
    };
    embeddings = refuses(400, { message: 'input is too strange', code: 'strange' });
    assert.deepEqual((({ status, code, message }) => [status, code, message])(await told()), [
      400,
      'strange',
      'input is too strange',
    ]);
    embeddings = refuses(401, { message: 'key-of-far is no key' });
    const refused = await told();
    assert.deepEqual([refused.status, refused.code], [502, 'upstream_credentials']);
    assert.doesNotMatch(refused.message, /key-of-far/);
    embeddings = { headers: { 'content-type': 'text/html' }, body: ['<html>'] };
    assert.equal((await told()).code, 'upstream_invalid_response');
    embeddings = json('{"error":{"message":"no"}}');
    assert.equal((await told()).status, 502);
  });

  test('a stream that breaks ends with an error, and is recorded as one', async (t) => {
    t.after(() => (embeddings = json(NUMBERS)));
    embeddings = streams(['{"a":1}'], 'cut');
    const response = await post('/v1/embeddings', { model: 'tiny', input: 'x', stream: true });
    assert.match(await response.text(), /^data: \{"a":1\}\n\ndata: \{"error":\{"message":"/);
    const { attempts } = await decisionOf(response);
    assert.equal((attempts as { errorCode?: string }[])[0]?.errorCode, 'upstream_error');
  });

  test('a client that leaves ends the call', async (t) => {
    t.after(() => (embeddings = json(NUMBERS)));
    embeddings = streams(['{"a":1}'], 'hang');
    const leaving = new AbortController();
    const response = await fetch(`${origin}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny', input: 'x', stream: true }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    await asked()?.closed;
    let decision: Record<string, unknown> = {};
    while (decision['status'] === undefined) decision = await decisionOf(response);
    assert.deepEqual([decision['status'], decision['errorCode']], [499, 'client_closed_request']);
  });

  test('several answers at once come from the last tier', async () => {
    const response = await post('/v1/chat/completions', {
      model: 'auto',
      n: 2,
      messages: [{ role: 'user', content: 'x' }],
    });
    assert.deepEqual(
      [response.status, response.headers.get('x-weir-tier'), asked()?.body['n']],
      [200, 'numbers', 2],
    );
  });
});
