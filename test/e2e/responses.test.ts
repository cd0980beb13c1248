/** Clients of OpenAI's Responses before tiers that speak chats and tiers that speak Responses, over HTTP through the real gateway. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { answers, refuses, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { configIn, speak } from './scripted-gateway.ts';
import { messageItem, responds } from './scripted-responses.ts';

const tool = {
  type: 'function' as const,
  name: 'weather',
  parameters: {
    type: 'object',
    properties: { town: { type: 'string' } },
    required: ['town'],
    additionalProperties: false,
  },
  strict: true,
};
const WEATHER = { name: 'weather', arguments: '{"town":"Rome"}' };
const CALL = { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_far', ...WEATHER };
const REASONING = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'sealed==' };

describe('responses', () => {
  let small: ScriptedServer;
  let large: ScriptedServer;
  let gateway: Gateway;
  let client: OpenAI;
  let origin: string;
  let near: ScriptedStep;
  let far: ScriptedStep;

  const sure: ScriptedStep = (asked) => speak(asked, 'Rome', -0.01);
  const unsure: ScriptedStep = (asked) => speak(asked, 'Rome?', -2);
  const certain = responds([
    REASONING,
    messageItem([
      ['Par', -0.01],
      ['is', -0.01],
    ]),
  ]);

  before(async () => {
    small = await createScriptedServer({ chat: (asked) => played(near, asked) });
    large = await createScriptedServer({
      chat: answers('none'),
      posts: { '/v1/responses': (asked) => played(far, asked) },
    });
    const config = configIn(
      '/',
      `listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  near: { baseUrl: '${small.baseUrl}', location: on-premises, retries: 0 }
  far: { baseUrl: '${large.baseUrl}', location: cloud, dialect: openai-responses, apiKey: key-of-far, retries: 0 }
models:
  small: { upstream: near, model: tiny, logprobs: stream, price: { input: 0.1, output: 0.1 } }
  large: { upstream: far, model: huge, logprobs: stream, price: { input: 1, output: 1 } }
routes:
  auto: { serves: [gpt-4o], tiers: [small, large], objective: { thresholds: [0.6] } }
  up: { tiers: [large, small], objective: { thresholds: [0.6] } }
`,
    );
    gateway = await createGateway({
      config,
      environment: {},
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    origin = `http://127.0.0.1:${(await gateway.listen()).port}`;
    client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  after(async () => {
    await gateway.close();
    await Promise.all([small.close(), large.close()]);
  });

  const plays = (first: ScriptedStep, second: ScriptedStep = certain): void => {
    [near, far] = [first, second];
  };
  const post = (body: object): Promise<Response> =>
    fetch(`${origin}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const marks = ({ headers }: Response): unknown[] =>
    ['decision', 'tier', 'cost-usd', 'dropped-params'].map((name) => headers.get(`x-weir-${name}`));
  const codeOf = async (response: Response): Promise<unknown> => {
    const { error } = (await response.json()) as { error: { code: string; param: string | null } };
    return [response.status, error.code, error.param];
  };

  test('a tier of chats answers a client of responses, whole and streamed', async () => {
    plays(sure);
    const { data, response } = await client.responses
      .create({ model: 'gpt-4o', instructions: 'Be short.', input: 'Which town?' })
      .withResponse();
    assert.equal(data.output_text, 'Rome');
    assert.match(data.id, /^resp_/);
    assert.equal(data.id, response.headers.get('x-weir-id'));
    assert.deepEqual(
      [data.status, data.usage?.output_tokens, data.instructions],
      ['completed', 10, 'Be short.'],
    );
    assert.deepEqual(marks(response).slice(0, 2), ['accepted', 'small']);
    assert.deepEqual(small.asked.at(-1)?.body['messages'], [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Which town?' },
    ]);
    const stream = client.responses.stream({ model: 'gpt-4o', input: 'Which town?' });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    assert.equal((await stream.finalResponse()).output_text, 'Rome');
    assert.deepEqual(types, [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  test('a tier of responses answers it byte for byte but for the id and what the gateway asked for', async () => {
    plays(unsure);
    const body = {
      model: 'auto',
      input: [{ role: 'user', content: 'Which town?' }],
      include: ['reasoning.encrypted_content'],
      future: 1.5,
    };
    const response = await post(body);
    const text = await response.text();
    const id = response.headers.get('x-weir-id');
    assert.deepEqual(marks(response), ['escalated', 'large', '0.000022', null]);
    const { logprobs: _, ...part } =
      (messageItem([['Paris', 0]])['content'] as Record<string, unknown>[])[0] ?? {};
    assert.deepEqual(JSON.parse(text).output[1].content, [{ ...part, logprobs: [] }]);
    assert.ok(text.startsWith(`{"id":"${id}","object":"response","created_at":1700000000,`));
    assert.ok(text.includes(JSON.stringify(REASONING)) && text.includes('"unknown_member":1.5'));
    const sent = large.asked.at(-1);
    assert.equal(sent?.headers['authorization'], 'Bearer key-of-far');
    assert.equal(
      sent?.text,
      '{"model":"huge","input":[{"role":"user","content":"Which town?"}],"include":["reasoning.encrypted_content"],"future":1.5,"store":false}',
    );
  });

  test('an escalated stream holds the events of its server in their order, and what is shown live too', async () => {
    plays(unsure);
    for (const model of ['auto', 'large']) {
      const stream = client.responses.stream({ model, input: 'Which town?' });
      const types: string[] = [];
      for await (const { type } of stream) types.push(type);
      const final = await stream.finalResponse();
      assert.equal(final.output_text, 'Paris');
      assert.match(final.id, /^resp_[0-9a-f-]{36}$/);
      assert.equal(types.filter((type) => type === 'response.output_text.delta').length, 2);
      assert.deepEqual([types[0], types.at(-1)], ['response.created', 'response.completed']);
    }
  });

  test('log-probabilities that the gateway asks for do not reach the client', async () => {
    plays(unsure, responds([messageItem([['Paris', -0.01]])]));
    const response = await post({ model: 'up', input: 'Which town?' });
    const text = await response.text();
    assert.deepEqual(marks(response).slice(0, 2), ['accepted', 'large']);
    assert.deepEqual(large.asked.at(-1)?.body['include'], ['message.output_text.logprobs']);
    assert.deepEqual(JSON.parse(text).output[0].content[0].logprobs, []);
    const streamed = await post({ model: 'up', input: 'Which town?', stream: true });
    assert.doesNotMatch(await streamed.text(), /"logprob"/);
    const wanted = await post({
      model: 'up',
      input: 'Which town?',
      include: ['message.output_text.logprobs'],
      top_logprobs: 1,
    });
    assert.match(await wanted.text(), /"logprob":-0.01/);
  });

  test('the same question gives the same decision, cost and record through chats and responses', async () => {
    plays(unsure);
    const chat = await fetch(`${origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Which town?' }] }),
    });
    const completion = (await chat.json()) as OpenAI.Chat.Completions.ChatCompletion;
    assert.equal(completion.choices[0]?.message.content, 'Paris');
    assert.equal(completion.usage?.prompt_tokens_details?.cached_tokens, 4);
    const response = await post({ model: 'auto', input: 'Which town?' });
    assert.deepEqual(marks(response), marks(chat));
    const recordOf = async (answer: Response): Promise<unknown> => {
      const found = await fetch(`${origin}/v1/decisions/${answer.headers.get('x-weir-id')}`);
      const { decision, tier, model, confidence, explanation, attempts, policy, group } =
        (await found.json()) as Record<string, never> & {
          attempts: Record<string, unknown>[];
          explanation: { request: Record<string, unknown>; judgements: Record<string, unknown>[] };
        };
      const { u: _, ...request } = explanation.request;
      const rows = attempts.map(({ latencyMs: _l, ttftMs: _t, ...row }) => row);
      return {
        decision,
        tier,
        model,
        confidence,
        policy,
        group,
        request,
        judgements: explanation.judgements,
        rows,
      };
    };
    assert.deepEqual(await recordOf(response), await recordOf(chat));
  });

  test('tools run in a loop through a tier of chats, and stay there', async () => {
    const calls: ScriptedStep = (asked) =>
      JSON.stringify(asked.body).includes('"tool"')
        ? played(sure, asked)
        : played(answers({ toolCalls: [{ id: 'call_near', ...WEATHER }] }), asked);
    plays(calls);
    const ask = { model: 'small', tools: [tool], input: [{ role: 'user' as const, content: 'Weather?' }] };
    const first = await client.responses.create(ask);
    const [call] = first.output;
    assert.ok(call?.type === 'function_call');
    assert.deepEqual([call.call_id, call.name, call.arguments], ['call_near', 'weather', WEATHER.arguments]);
    const second = await client.responses.create({
      ...ask,
      input: [
        ...ask.input,
        ...first.output,
        { type: 'function_call_output', call_id: call.call_id, output: '21' },
      ] as OpenAI.Responses.ResponseInput,
    });
    assert.equal(second.output_text, 'Rome');
    assert.deepEqual(
      (small.asked.at(-1)?.body['messages'] as { role: string }[] | undefined)?.map(({ role }) => role),
      ['user', 'assistant', 'tool'],
    );
    const stream = client.responses.stream(ask);
    const types = (await Array.fromAsync(stream)).map(({ type }) => type);
    assert.deepEqual(types.slice(2, -1), [
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
    ]);
  });

  test('a client of chats gets the calls of a tier of responses, whole and streamed', async () => {
    plays(sure, responds([REASONING, CALL]));
    const ask = {
      model: 'large',
      messages: [{ role: 'user' as const, content: 'Weather?' }],
      tools: [{ type: 'function' as const, function: { name: 'weather', parameters: tool.parameters } }],
      stop: ['x'],
    };
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    assert.equal(response.headers.get('x-weir-dropped-params'), 'stop');
    const [choice] = data.choices;
    assert.deepEqual(
      [choice?.finish_reason, choice?.message.tool_calls],
      ['tool_calls', [{ id: 'call_far', type: 'function', function: WEATHER }]],
    );
    assert.deepEqual(large.asked.at(-1)?.body['tools'], [
      { type: 'function', name: 'weather', parameters: tool.parameters, strict: false },
    ]);
    const stream = client.chat.completions.stream(ask);
    const final = await stream.finalChatCompletion();
    assert.deepEqual(final.choices[0]?.message.tool_calls?.[0]?.type, 'function');
    assert.equal(final.choices[0]?.finish_reason, 'tool_calls');
  });

  test('an answer that does not fit the schema is not accepted', async () => {
    plays(sure, responds([messageItem([['{"town":"Rome"}', -0.01]])]));
    const answer = await client.responses.parse({
      model: 'auto',
      input: 'Which town?',
      text: { format: { type: 'json_schema', name: 'town', schema: tool.parameters, strict: true } },
    });
    assert.deepEqual(JSON.parse(answer.output_text), { town: 'Rome' });
    assert.deepEqual(small.asked.at(-1)?.body['response_format'], {
      type: 'json_schema',
      json_schema: { name: 'town', schema: tool.parameters, strict: true },
    });
  });

  test("the provider's own tools go to a tier that has them, or are a clear error", async () => {
    plays(
      sure,
      responds([
        { id: 'ws_1', type: 'web_search_call', status: 'completed' },
        messageItem([['Paris', -0.01]]),
      ]),
    );
    const search = await post({ model: 'auto', input: 'Search.', tools: [{ type: 'web_search' }] });
    assert.deepEqual(marks(search).slice(0, 2), ['direct', 'large']);
    const none = await post({ model: 'small', input: 'Search.', tools: [{ type: 'web_search' }] });
    const { error } = (await none.json()) as { error: { code: string; message: string } };
    assert.deepEqual([none.status, error.code], [400, 'no_tier_allowed']);
    assert.match(error.message, /small cannot be asked for the tool 'web_search'/);
  });

  test('what the common form cannot say is named', async () => {
    plays(sure);
    const response = await post({
      model: 'small',
      input: [REASONING, { role: 'user', content: 'Hello' }],
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'low', summary: 'auto' },
      truncation: 'auto',
    });
    assert.equal(
      response.headers.get('x-weir-dropped-params'),
      'input.reasoning, include, reasoning.summary, truncation',
    );
    assert.equal(small.asked.at(-1)?.body['reasoning_effort'], 'low');
  });

  test('what was thought by a tier of chats does not go back to a tier of responses', async () => {
    plays(answers({ content: 'Rome', extra: {} }), certain);
    const made = { ...REASONING, id: 'rs_weir_0190' };
    await post({ model: 'large', input: [made, REASONING, { role: 'user', content: 'x' }] });
    assert.deepEqual(large.asked.at(-1)?.body['input'], [REASONING, { role: 'user', content: 'x' }]);
  });

  test('what would need a kept response is refused, and says how to do without', async () => {
    assert.deepEqual(await codeOf(await post({ model: 'auto', input: 'x', store: true })), [
      400,
      'unsupported_parameter',
      'store',
    ]);
    const again = await post({ model: 'auto', input: 'x', previous_response_id: 'resp_1' });
    assert.match(await again.clone().text(), /store: false/);
    assert.deepEqual(await codeOf(again), [400, 'unsupported_parameter', 'previous_response_id']);
    assert.deepEqual(
      await codeOf(await post({ model: 'auto', input: [{ type: 'item_reference', id: 'msg_1' }] })),
      [400, 'unsupported_parameter', 'input'],
    );
    assert.deepEqual(await codeOf(await post({ model: 'auto', input: 'x', background: true })), [
      400,
      'unsupported_parameter',
      'background',
    ]);
    assert.deepEqual(await codeOf(await post({ model: 'auto' })), [400, 'invalid_request', 'input']);
    assert.deepEqual(await codeOf(await post({ model: 'auto', input: [{ content: 'x' }] })), [
      400,
      'invalid_request',
      'input[0].type',
    ]);
  });

  test('a response that was cut off is incomplete, and one that failed is an error', async () => {
    const cut: ScriptedStep = answers({ content: 'Ro', finish: 'length' });
    plays(cut);
    const answer = await client.responses.create({ model: 'small', input: 'x', max_output_tokens: 20 });
    assert.deepEqual(
      [answer.status, answer.incomplete_details],
      ['incomplete', { reason: 'max_output_tokens' }],
    );
    assert.equal(small.asked.at(-1)?.body['max_tokens'], 20);
    plays(sure, responds([], { status: 'failed', error: { code: 'server_error', message: 'no' } }));
    assert.equal((await post({ model: 'large', input: 'x' })).status, 502);
    const stream = await post({ model: 'large', input: 'x', stream: true });
    assert.equal(stream.status, 502);
    plays(sure, refuses(400, { message: 'bad thing', code: 'bad' }));
    assert.deepEqual(await codeOf(await post({ model: 'large', input: 'x' })), [400, 'bad', null]);
  });

  test('a stream that breaks after it was shown ends with an error event that the client throws', async () => {
    const whole = responds([
      messageItem([
        ['Par', -0.01],
        ['is', -0.01],
      ]),
    ]);
    const broken: ScriptedStep = async (asked) => {
      const reply = await played(whole, asked);
      return { ...reply, body: reply.body?.slice(0, 5) ?? [], then: 'cut' };
    };
    plays(sure, broken);
    const stream = await client.responses.create({ model: 'large', input: 'x', stream: true });
    const types: string[] = [];
    await assert.rejects(async () => {
      for await (const { type } of stream) types.push(type);
    });
    assert.ok(
      types.includes('response.output_text.delta') && !types.includes('response.completed'),
      types.join(),
    );
  });
});
