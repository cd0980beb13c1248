/** Clients of OpenAI's chat completions before a last tier that speaks Anthropic's Messages. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { answersMessage, refusesMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { played, unsure } from '../../src/upstream/scripted/testing.ts';
import { openMessagesGateway, type MessagesGateway } from './messages-gateway.ts';

const THINKS = answersMessage({
  content: [
    { type: 'thinking', thinking: 'A town in Italy', signature: 'c2ln==' },
    { type: 'text', text: 'Rome' },
    { type: 'tool_use', id: 'toolu_1', name: 'find', input: { town: 'Rome' } },
    { type: 'tool_use', id: 'toolu_2', name: 'find', input: {} },
  ],
  usage: {
    input_tokens: 7,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 3,
    output_tokens: 9,
    output_tokens_details: { thinking_tokens: 4 },
  },
});

let large: ScriptedStep = THINKS;
let world: MessagesGateway;
let client: OpenAI;

before(async () => {
  world = await openMessagesGateway({ small: unsure, large: (asked) => played(large, asked) });
  client = new OpenAI({ baseURL: `${world.base}/v1`, apiKey: 'none', maxRetries: 0 });
});
after(() => world.close());
beforeEach(() => {
  large = THINKS;
});

const tools: OpenAI.Chat.Completions.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'find',
      description: 'Finds',
      parameters: { type: 'object', properties: { town: { type: 'string' } } },
    },
  },
];
const ask = { model: 'auto', messages: [{ role: 'user' as const, content: 'Where is Rome?' }], tools };

const USAGE = {
  prompt_tokens: 110,
  completion_tokens: 9,
  total_tokens: 119,
  prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 4 },
};
/** 7 at 10, 100 at 1, 3 at 12 and 9 at 20, and the small model's 10 at 1 and 2 at 2; in dollars per million. */
const COST_USD = (7 * 10 + 100 + 3 * 12 + 9 * 20 + 10 + 2 * 2) / 1e6;

test('its message is a completion: text, calls, thinking, usage with caches, and its cost', async () => {
  const { data, response } = await client.chat.completions.create(ask).withResponse();
  const [choice] = data.choices;
  assert.deepEqual(JSON.parse(JSON.stringify(choice?.message)), {
    role: 'assistant',
    content: 'Rome',
    reasoning_content: 'A town in Italy',
    tool_calls: [
      { id: 'toolu_1', type: 'function', function: { name: 'find', arguments: '{"town":"Rome"}' } },
      { id: 'toolu_2', type: 'function', function: { name: 'find', arguments: '{}' } },
    ],
  });
  assert.equal(choice?.finish_reason, 'tool_calls');
  assert.deepEqual(data.usage, USAGE);
  assert.equal(Number(response.headers.get('x-weir-cost-usd')), COST_USD);
});

test('streamed, the same comes in chunks, with the usage once and at the end', async () => {
  const stream = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
  const usages: unknown[] = [];
  let thought = '';
  stream.on('chunk', (chunk) => {
    if (chunk.usage != null) usages.push(chunk.usage);
    const delta = chunk.choices[0]?.delta as { reasoning_content?: string } | undefined;
    thought += delta?.reasoning_content ?? '';
  });
  const { choices } = await stream.finalChatCompletion();
  assert.equal(choices[0]?.message.content, 'Rome');
  assert.equal(thought, 'A town in Italy');
  assert.deepEqual(
    choices[0]?.message.tool_calls?.map(
      (call) => call.type === 'function' && [call.id, call.function.arguments],
    ),
    [
      ['toolu_1', '{"town":"Rome"}'],
      ['toolu_2', '{}'],
    ],
  );
  assert.equal(choices[0]?.finish_reason, 'tool_calls');
  assert.deepEqual(usages, [USAGE]);
});

test('a request is translated, and what the API has no word for is named', async () => {
  const png = 'data:image/png;base64,aGk=';
  const body: OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming = {
    model: 'auto',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Be kind.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: png } },
          { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,cGRm' } },
        ],
      },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          {
            id: 'call.1',
            type: 'function',
            function: { name: 'find', arguments: '{"n":12345678901234567890}' },
          },
          { id: 'call_2', type: 'function', function: { name: 'find', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call.1', content: 'Italy' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'none' }] },
      { role: 'system', content: 'Be quick.' },
      { role: 'user', content: 'And?' },
    ],
    tools,
    tool_choice: 'required',
    parallel_tool_calls: false,
    max_completion_tokens: 50,
    temperature: 1.5,
    top_p: 0.5,
    stop: 'END',
    user: 'u1',
    seed: 4,
    frequency_penalty: 0.5,
    presence_penalty: 0,
    logprobs: true,
    top_logprobs: 2,
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } },
    reasoning_effort: 'low',
    service_tier: 'auto',
  };
  const { response } = await client.chat.completions.create(body).withResponse();
  assert.equal(response.headers.get('x-weir-tier'), 'large');
  assert.equal(
    response.headers.get('x-weir-dropped-params'),
    'temperature, logprobs, top_logprobs, seed, frequency_penalty',
  );
  const asked = world.large.asked.at(-1);
  assert.match(asked?.text ?? '', /"input":\{"n":12345678901234567890\}/);
  assert.deepEqual(JSON.parse(asked?.text.replace('12345678901234567890', '1') ?? ''), {
    model: 'claude',
    max_tokens: 50,
    system: [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'Be kind.' },
      { type: 'text', text: 'Be quick.' },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
          { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'cGRm' },
            title: 'a.pdf',
          },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'call_1', name: 'find', input: { n: 1 } },
          { type: 'tool_use', id: 'call_2', name: 'find', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: 'Italy' },
          { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: 'none' }] },
          { type: 'text', text: 'And?' },
        ],
      },
    ],
    tools: [
      {
        name: 'find',
        description: 'Finds',
        input_schema: { type: 'object', properties: { town: { type: 'string' } } },
      },
    ],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    temperature: 1,
    top_p: 0.5,
    stop_sequences: ['END'],
    metadata: { user_id: 'u1' },
    output_config: { format: { type: 'json_schema', schema: { type: 'object' } }, effort: 'low' },
    service_tier: 'auto',
  });
});

test('without a limit, the dialect’s own is sent', async () => {
  await client.chat.completions.create(ask);
  assert.equal(world.large.asked.at(-1)?.body['max_tokens'], 8_192);
});

test('sounds and tools that take text cannot be asked of it', async () => {
  const sound = [{ type: 'input_audio' as const, input_audio: { data: 'aGk=', format: 'wav' as const } }];
  await assert.rejects(
    client.chat.completions.create({ model: 'large', messages: [{ role: 'user', content: sound }] }),
    { status: 400, code: 'upstream_rejected', message: /content of type 'input_audio'/ },
  );
  await assert.rejects(
    client.chat.completions.create({
      ...ask,
      model: 'large',
      tools: [{ type: 'custom', custom: { name: 'say' } }],
    }),
    { status: 400, code: 'upstream_rejected', message: /a tool of type 'custom'/ },
  );
});

test('a refusal is a content filter’s, and a stop sequence is a stop', async () => {
  for (const [stop, reason] of [
    ['refusal', 'content_filter'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['pause_turn', 'stop'],
  ] as const) {
    large = answersMessage({ content: [{ type: 'text', text: 'Well' }], stop_reason: stop });
    const { choices } = await client.chat.completions.create({ ...ask, model: 'large' });
    assert.equal(choices[0]?.finish_reason, reason);
  }
});

test('its errors are told in OpenAI’s shape', async () => {
  large = refusesMessage(400, { type: 'invalid_request_error', message: 'max_tokens: too large' });
  await assert.rejects(client.chat.completions.create({ ...ask, model: 'large' }), {
    status: 400,
    message: /max_tokens: too large/,
  });
  large = refusesMessage(400, {
    type: 'invalid_request_error',
    message: 'prompt is too long: 210000 tokens > 200000 maximum',
  });
  await assert.rejects(client.chat.completions.create({ ...ask, model: 'large' }), {
    code: 'context_length_exceeded',
  });
  large = refusesMessage(401, { type: 'authentication_error', message: 'invalid x-api-key' });
  await assert.rejects(client.chat.completions.create({ ...ask, model: 'large' }), {
    status: 502,
    code: 'upstream_credentials',
  });
});
