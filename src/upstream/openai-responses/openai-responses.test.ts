import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { commonRequest, type ChatRequest, type ClientRequest } from '../../protocol/common/chat.ts';
import { createScriptedServer } from '../scripted/scripted-server.ts';
import type { Script } from '../scripted/scripted-reply.ts';
import { InvalidAnswer, UpstreamError, type Upstream } from '../upstream.ts';
import { openAiResponsesDialect } from './openai-responses.ts';

const { writeRequest, readWhole, openStream, probe } = openAiResponsesDialect;
const TIER = { name: 't', model: 'huge', upstream: 'far', dropParams: [], params: new Map<string, string>() };
const HOW = { stream: false, logprobs: false };
const own = (text: string, chat: Partial<ChatRequest> = {}): ClientRequest => ({
  ...commonRequest({ model: 'auto', messages: [], ...chat }),
  format: 'openai-responses',
  text,
});
const written = (request: ClientRequest, tier: object = {}, how: object = {}) =>
  writeRequest(request, { ...TIER, ...tier }, { ...HOW, ...how });
const invalid = (error: unknown): boolean => error instanceof InvalidAnswer;
const body = (more: object = {}): string =>
  JSON.stringify({
    id: 'r',
    status: 'completed',
    model: 'm',
    output: [
      { id: 'msg', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] },
    ],
    usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
    ...more,
  });

async function upstreamOf(context: TestContext, script: Script): Promise<Upstream> {
  const server = await createScriptedServer({ chat: script, posts: { '/v1/responses': script } });
  const upstream = openAiResponsesDialect.createUpstream({
    name: 'far',
    baseUrl: server.baseUrl,
    location: 'cloud',
  });
  context.after(async () => {
    await upstream.close();
    await server.close();
  });
  return upstream;
}

test("parameters of a tier are found under the names of chats and the API's own", () => {
  const text =
    '{"model":"auto","input":"x","temperature":1,"reasoning":{"effort":"high","summary":"auto"},"text":{"verbosity":"low"}}';
  const { body: sent, dropped } = written(own(text), {
    dropParams: ['temperature', 'verbosity', 'seed'],
    params: new Map([
      ['reasoning_effort', '"low"'],
      ['max_tokens', '5'],
      ['truncation', '"auto"'],
    ]),
  });
  assert.equal(
    sent,
    '{"model":"huge","input":"x","reasoning":{"effort":"low","summary":"auto"},"text":{},"store":false,"max_output_tokens":16,"truncation":"auto"}',
  );
  assert.deepEqual(dropped, ['temperature', 'verbosity']);
});

test('log-probabilities are asked for beside what the client includes, and left out where there are none', () => {
  const text = '{"model":"a","input":"x","include":["reasoning.encrypted_content"]}';
  const asked = JSON.parse(written(own(text), {}, { logprobs: true }).body) as Record<string, unknown>;
  assert.deepEqual(asked['include'], ['reasoning.encrypted_content', 'message.output_text.logprobs']);
  assert.equal(asked['top_logprobs'], 5);
  const wants = '{"model":"a","input":"x","include":["message.output_text.logprobs"],"top_logprobs":2}';
  const without = written(own(wants, { logprobs: true, top_logprobs: 2 }), { logprobs: 'none' });
  assert.equal(without.body, '{"model":"huge","input":"x","store":false}');
  assert.deepEqual(without.dropped, ['top_logprobs']);
});

test('nothing is ever stored at the server, whatever the client says', () => {
  const sent = written(own('{"model":"a","input":"x","store":true,"previous_response_id":"resp_1"}')).body;
  assert.equal(sent, '{"model":"huge","input":"x","store":false}');
});

test('what a chat says and the API cannot is dropped by its name', () => {
  const chat = {
    model: 'auto',
    messages: [
      { role: 'user', content: 'x', name: 'Ann' },
      { role: 'assistant', content: 'y', reasoning_content: 'hm' },
    ],
    stop: ['z'],
    seed: 4,
    n: 2,
    functions: [{ name: 'f', parameters: {} }],
    function_call: { name: 'f' },
  };
  const { body: sent, dropped } = written(commonRequest(chat));
  assert.deepEqual(dropped, ['messages.name', 'messages.reasoning_content', 'n', 'stop', 'seed']);
  const { tools, tool_choice: choice } = JSON.parse(sent) as Record<string, unknown>;
  assert.deepEqual(tools, [{ type: 'function', name: 'f', parameters: {}, strict: false }]);
  assert.deepEqual(choice, { type: 'function', name: 'f' });
});

test('schemas go on as they were written, digits and all', () => {
  const text =
    '{"model":"a","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"maximum":12345678901234567890}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"maximum":1.50}}}}';
  const sent = written(commonRequest(JSON.parse(text) as ChatRequest, text)).body;
  assert.ok(sent.includes('"parameters":{"maximum":12345678901234567890}'), sent);
  assert.ok(sent.includes('"schema":{"maximum":1.50}'), sent);
});

test('a response that failed, has not ended or is none is no answer', () => {
  const read = (text: string) => () => readWhole(text, { upstream: 'far' }, 'all');
  for (const text of [
    'x',
    '[]',
    '{"choices":[]}',
    body({ status: 'failed', error: { code: 'server_error', message: 'no' } }),
    body({ status: 'in_progress' }),
    body({ error: { message: 'no' } }),
  ])
    assert.throws(read(text), invalid, text);
  assert.equal(read(body({ status: undefined }))().completion.choices[0]?.finish_reason, 'stop');
});

test("an answer of the provider's own items alone is not empty", () => {
  const items = [{ type: 'reasoning' }, { id: 'i', type: 'image_generation_call', result: 'AA' }];
  const { completion } = readWhole(body({ output: items }), { upstream: 'far' }, 'all');
  assert.equal(completion.choices[0]?.message?.content, '[image_generation_call]');
});

test('events without names, signs of life and unknown events are told apart from errors', () => {
  const read = openStream({ upstream: 'far' });
  for (const data of ['', 'null', '{"type":"keepalive"}', '{}'])
    assert.equal(read({ data }), 'heartbeat', data);
  assert.equal(read({ data: '{"type":"response.web_search_call.searching"}' }), undefined);
  assert.equal(read({ data: '[DONE]' }), 'done');
  for (const data of [
    'x',
    '[]',
    '{"type":"error","message":"no"}',
    '{"error":{"message":"no"}}',
    '{"type":"response.failed","response":{"error":{"message":"no"}}}',
    '{"type":"response.completed"}',
  ])
    assert.throws(() => read({ data }), invalid, data);
});

test('an error inside a 200 and a refusal have the status that they stand for', async (context) => {
  const failureOf = async (text: string, status = 200): Promise<unknown> => {
    const upstream = await upstreamOf(context, {
      status,
      headers: { 'content-type': 'application/json' },
      body: [text],
    });
    const call = {
      model: 'm',
      body: '{}',
      stream: false,
      requestId: 'r',
      signal: new AbortController().signal,
    };
    try {
      return (await upstream.chat(call)).kind;
    } catch (error) {
      assert.ok(error instanceof UpstreamError, String(error));
      return error.failure.code;
    }
  };
  const failed = (code: string): string => body({ status: 'failed', error: { code, message: 'no' } });
  assert.equal(await failureOf(failed('rate_limit_exceeded')), 'upstream_rate_limited');
  assert.equal(await failureOf(failed('server_error')), 'upstream_error');
  assert.equal(await failureOf(body()), 'whole');
  // An error of one item is the item's own.
  assert.equal(await failureOf(body({ output: [{ type: 'mcp_call', error: 'no' }] })), 'whole');
  assert.equal(await failureOf('{"error":{"message":"no"}}', 401), 'upstream_credentials');
});

test('a probe finds out what a model can', async (context) => {
  const scored = { token: 'Hi', logprob: -0.1, top_logprobs: [{ token: 'Hi', logprob: -0.1 }] };
  const upstream = await upstreamOf(context, (asked) => {
    const wanted = JSON.stringify(asked.body).includes('logprobs') ? [scored] : [];
    const content = [{ type: 'output_text', text: '{"word":"yes"}', logprobs: wanted }];
    const call = { type: 'function_call', call_id: 'c', name: 'note', arguments: '{"word":"yes"}' };
    const output = [
      asked.body['tools'] === undefined ? { type: 'message', role: 'assistant', content } : call,
    ];
    if (!asked.stream) return { headers: { 'content-type': 'application/json' }, body: [body({ output })] };
    const response = JSON.parse(body({ output })) as object;
    const last = JSON.stringify({ type: 'response.completed', response });
    return {
      headers: { 'content-type': 'text/event-stream' },
      body: [`event: response.completed\ndata: ${last}\n\n`],
    };
  });
  const { logprobs, streaming, usageInStream, tools, schema } = await probe(
    upstream,
    'm',
    new AbortController().signal,
  );
  assert.deepEqual([logprobs, streaming, usageInStream, tools, schema], ['stream', true, true, 'yes', 'yes']);
});

test('a model’s own limit is sent where the client sets none, and lowers a higher one that a later tier can replace', () => {
  const tier = { defaultMaxTokens: 512, maxOutputTokens: 512 };
  const limit = (request: ClientRequest, how?: object): unknown =>
    (JSON.parse(written(request, tier, how).body) as { max_output_tokens?: unknown }).max_output_tokens;
  const chat = (more: Partial<ChatRequest>): ClientRequest =>
    commonRequest({ model: 'auto', messages: [], ...more });
  assert.equal(limit(chat({})), 512);
  assert.equal(limit(chat({ max_tokens: 9000 })), 9000);
  assert.equal(limit(chat({ max_tokens: 9000 }), { isReplaceable: true }), 512);
  const ownText = own('{"model":"a","input":"x","max_output_tokens":9000}', { max_completion_tokens: 9000 });
  assert.equal(limit(ownText), 9000);
  assert.equal(limit(ownText, { isReplaceable: true }), 512);
});

test('what a chat calls a function stays one, whatever its members are called', () => {
  const chat: ChatRequest = {
    model: 'a',
    messages: [{ role: 'user', content: 'x' }],
    tools: [
      { type: 'function', function: { name: 'f', type: 'web_search' } },
      { type: 'custom', custom: { name: 'c', type: 'mcp' } },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {}, type: 'text' } },
  };
  const { tools, text } = JSON.parse(written(commonRequest(chat)).body) as {
    tools: { type: string }[];
    text: { format: { type: string } };
  };
  assert.deepEqual(
    [...tools.map(({ type }) => type), text.format.type],
    ['function', 'custom', 'json_schema'],
  );
});

test('usage is told under the names of chats, whole and streamed', () => {
  const usage = {
    input_tokens: 9,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 11,
  };
  const told = {
    prompt_tokens: 9,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens: 2,
    completion_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 11,
  };
  const whole = body({ usage });
  assert.deepEqual(readWhole(whole, { upstream: 'far' }, 'all').completion.usage, told);
  const last = openStream({ upstream: 'far' })({ data: `{"type":"response.completed","response":${whole}}` });
  assert.deepEqual((last as { usage?: unknown }).usage, told);
});
