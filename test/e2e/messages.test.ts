/** Clients of Anthropic's Messages before a small model behind OpenAI's API and a last tier behind Anthropic's. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { answersMessage, refusesMessage, replays } from '../../src/upstream/scripted/anthropic-reply.ts';
import { answers, refuses, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { played, sure, tokens, unsure } from '../../src/upstream/scripted/testing.ts';
import { createJsonEdit } from '../../src/wire/json-edit.ts';
import { formatEvent } from '../../src/wire/sse.ts';
import { eventsIn, openMessagesGateway, type MessagesGateway } from './messages-gateway.ts';

let small: ScriptedStep = unsure;
let large: ScriptedStep = answersMessage('Rome');
let world: MessagesGateway;

before(async () => {
  world = await openMessagesGateway(
    { small: (asked) => played(small, asked), large: (asked) => played(large, asked) },
    `  near: { tiers: [small], objective: { thresholds: [] }, keepAlive: 20ms, headerWait: 0s }
  strict: { tiers: [small, large], objective: { thresholds: [0.8] }, keepAlive: 20ms, headerWait: 0s }`,
    { '/v1/messages/count_tokens': { input_tokens: 42 } },
  );
});
after(() => world.close());
beforeEach(() => {
  small = unsure;
  large = answersMessage('Rome');
});

const ask = (content: unknown, more: object = {}): object => ({
  model: 'auto',
  max_tokens: 100,
  messages: [{ role: 'user', content }],
  ...more,
});
const FIND = { name: 'find', input_schema: { type: 'object', properties: { town: { type: 'string' } } } };

/** With spacing, spelling, numbers and members that no writer of JSON would keep. */
const OWN_TEXT = `{ "max_tokens" : 1e2,"model":"auto", "future" : {"a":[1.0,12345678901234567890]},
  "system":[{"type":"text","text":"Be \\u0062rief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
  "messages":[{"role":"user","content":[{"type":"text","text":"Where?","cache_control" : {"type":"ephemeral"}}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"c2ln=="},{"type":"redacted_thinking","data":"eHh4"},
      {"type":"tool_use","id":"toolu_9","name":"find","input":{"n":12345678901234567890, "x":1.50}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_9","is_error":true,"content":[{"type":"text","text":"none"}]}]}],
  "thinking":{"type":"enabled","budget_tokens":1024},
  "tools":[{"name":"find","input_schema":{"type":"object","properties":{"n":{"maximum":9223372036854775807}}},"input_examples":[{"n":1}]}] }`;

test('what a client writes reaches an Anthropic tier byte for byte, but for the model’s name', async () => {
  await world.post('/v1/messages', OWN_TEXT, {
    'anthropic-beta': 'feature-1, feature-2',
    'anthropic-version': '2024-01-01',
  });
  const asked = world.large.asked.at(-1);
  assert.equal(asked?.text, OWN_TEXT.replace('"auto"', '"claude"'));
  assert.equal(asked?.headers['anthropic-beta'], 'feature-1, feature-2');
  assert.equal(asked?.headers['anthropic-version'], '2024-01-01');
  assert.equal(asked?.headers['x-api-key'], 'sk-far');
});

test('and its answer comes back so, but for the id', async () => {
  const body = `{ "id":"msg_theirs", "type":"message","role" : "assistant","model":"claude-x","future":12345678901234567890,
 "content":[{"type":"thinking","thinking":"Hm","signature":"c2ln=="},{"type":"text","text":"R\\u006fme","new":1.0}],
 "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":3,"new_tokens":1} }`;
  large = { headers: { 'content-type': 'application/json' }, body: [body] };
  const response = await world.post('/v1/messages', ask('Where?'));
  const id = response.headers.get('x-weir-id') ?? '';
  assert.match(id, /^msg_[0-9a-f-]{36}$/);
  assert.equal(await response.text(), body.replace('msg_theirs', id));
});

test('streamed, every event keeps its name, order and bytes, those of unknown kinds too', async () => {
  const data: [string, string][] = [
    [
      'message_start',
      '{"type":"message_start", "message":{"id":"msg_theirs","type":"message","role":"assistant","content":[],"model":"claude-x","usage":{"input_tokens":7,"output_tokens":1}}}',
    ],
    [
      'content_block_start',
      '{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"eHh4"}}',
    ],
    ['content_block_stop', '{"type":"content_block_stop","index":0}'],
    [
      'content_block_start',
      '{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","new":1.0}}',
    ],
    ['ping', '{"type": "ping"}'],
    [
      'content_block_delta',
      '{"type":"content_block_delta", "index":1,"delta":{"type":"text_delta","text":"R\\u006fme"}}',
    ],
    ['brand_new', '{"type":"brand_new","n":12345678901234567890}'],
    ['content_block_stop', '{"type":"content_block_stop","index":1}'],
    [
      'message_delta',
      '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}',
    ],
    ['message_stop', '{"type":"message_stop", "metrics":{"a":1.0}}'],
  ];
  large = {
    headers: { 'content-type': 'text/event-stream' },
    body: data.map(([name, text]) => formatEvent(text, name)),
  };
  for (const model of ['auto', 'large']) {
    const response = await world.post('/v1/messages', { ...ask('Where?'), model, stream: true });
    const id = response.headers.get('x-weir-id') ?? '';
    assert.deepEqual(
      await eventsIn(response),
      data
        .filter(([name]) => name !== 'ping')
        .map(([name, text]) => ({ name, data: text.replace('msg_theirs', id) })),
    );
  }
});

test('a key that stands twice is read and sent once', async () => {
  await world.post(
    '/v1/messages',
    '{"model":"nobody","model":"auto","max_tokens":5,"messages":[{"role":"user","content":"a","content":"b"}]}',
  );
  assert.equal(
    world.large.asked.at(-1)?.text,
    '{"model":"claude","max_tokens":5,"messages":[{"role":"user","content":"b"}]}',
  );
});

test('a tier behind OpenAI’s API is asked in its own words, and what those cannot say is named', async () => {
  small = sure;
  const response = await world.post('/v1/messages', OWN_TEXT);
  assert.equal(response.headers.get('x-weir-tier'), 'small');
  assert.equal(
    response.headers.get('x-weir-dropped-params'),
    'cache_control, thinking, tool_result.is_error, tools.input_examples, future',
  );
  const asked = world.small.asked.at(-1);
  assert.deepEqual(asked?.body['messages'], [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Where?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: 'toolu_9',
          type: 'function',
          function: { name: 'find', arguments: '{"n":12345678901234567890, "x":1.50}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'toolu_9', content: 'none' },
  ]);
  assert.match(
    asked?.text ?? '',
    /"parameters":\{"type":"object","properties":\{"n":\{"maximum":9223372036854775807\}\}\}/,
  );
  assert.equal(asked?.body['max_tokens'], 100);
});

test('what only Anthropic has is asked of no other tier', async () => {
  small = sure;
  const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
  const response = await world.post('/v1/messages', ask('Who won?', { tools }));
  assert.equal(response.headers.get('x-weir-decision'), 'direct');
  assert.equal(response.headers.get('x-weir-tier'), 'large');
  const none = await world.post('/v1/messages', { ...ask('Who won?', { tools }), model: 'near' });
  assert.equal(none.status, 400);
  const { error } = (await none.json()) as { error: { message: string; details: { error_code: string } } };
  assert.equal(error.details.error_code, 'no_tier_allowed');
  assert.match(error.message, /small cannot be asked for the tool 'web_search'/);
});

test('thinking that another server did is shown where it was asked for, and does not come to Anthropic', async () => {
  small = async (asked) => {
    const { body, ...reply } = await played(answers({ tokens: tokens('Rome', 0.97) }), asked);
    const [text] = body ?? [];
    assert.ok(typeof text === 'string');
    return { ...reply, body: [text.replace('"content":', '"reasoning_content":"Hm","content":')] };
  };
  const first = await world.post('/v1/messages', ask('Where?', { thinking: { type: 'adaptive' } }));
  const { content } = (await first.json()) as { content: { type: string }[] };
  assert.deepEqual(
    content.map(({ type }) => type),
    ['thinking', 'text'],
  );
  const plain = await world.post('/v1/messages', ask('Where?'));
  assert.deepEqual(
    ((await plain.json()) as { content: { type: string }[] }).content.map(({ type }) => type),
    ['text'],
  );

  small = unsure;
  const call = { type: 'tool_use', id: 'functions.find:0', name: 'find', input: {} };
  const messages = [
    { role: 'user', content: 'Where?' },
    { role: 'assistant', content: [...content, call] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'Italy' }] },
  ];
  const second = await world.post(
    '/v1/messages',
    ask('', { messages, tools: [FIND], thinking: { type: 'enabled', budget_tokens: 1024 } }),
  );
  assert.equal(second.headers.get('x-weir-dropped-params'), 'thinking');
  const { body } = world.large.asked.at(-1) ?? {};
  assert.equal(body?.['thinking'], undefined);
  assert.deepEqual((body?.['messages'] as unknown[] | undefined)?.slice(1), [
    { role: 'assistant', content: [content[1], { ...call, id: 'functions_find_0' }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'functions_find_0', content: 'Italy' }] },
  ]);
});

test('a call that was forced and did not come goes on to the next tier', async () => {
  small = sure;
  large = answersMessage({
    content: [{ type: 'tool_use', id: 'toolu_1', name: 'find', input: { town: 'Rome' } }],
  });
  for (const choice of [{ type: 'any' }, { type: 'tool', name: 'find' }])
    for (const stream of [false, true]) {
      const body = ask('Where?', { tools: [FIND], tool_choice: choice, stream });
      const response = await world.post('/v1/messages', body);
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      await response.text();
    }
});

test('errors have Anthropic’s shape and types, and the request’s id', async () => {
  const shown = async (body: object | string, headers?: Record<string, string>): Promise<unknown> => {
    const response = await world.post('/v1/messages', body, headers);
    const told = (await response.json()) as { type: string; error: { type: string }; request_id: string };
    assert.equal(told.type, 'error');
    assert.equal(told.request_id, response.headers.get('request-id'));
    return [response.status, told.error.type, response.headers.get('retry-after')];
  };
  assert.deepEqual(await shown('{'), [400, 'invalid_request_error', null]);
  assert.deepEqual(await shown({ model: 'auto', messages: [] }), [400, 'invalid_request_error', null]);
  assert.deepEqual(await shown(ask([{ text: 'no type' }])), [400, 'invalid_request_error', null]);
  assert.deepEqual(await shown({ ...ask('Where?'), model: 'nobody' }), [404, 'not_found_error', null]);
  const error = { type: 'overloaded_error', message: 'Overloaded' };
  for (const stream of [false, true]) {
    const body = { ...ask('Where?'), model: 'large', stream };
    large = refusesMessage(529, error, { 'retry-after': '7' });
    assert.deepEqual(await shown(body), [503, 'overloaded_error', '7']);
    large = refusesMessage(429, { type: 'rate_limit_error', message: 'Slow down' }, { 'retry-after': '3' });
    assert.deepEqual(await shown(body), [429, 'rate_limit_error', '3']);
    large = refusesMessage(400, { type: 'invalid_request_error', message: 'Your credit balance is too low' });
    assert.deepEqual(await shown(body), [502, 'api_error', null]);
    large = {
      headers: { 'content-type': 'application/json' },
      body: [JSON.stringify({ type: 'error', error })],
    };
    assert.deepEqual(await shown(body), [503, 'overloaded_error', null]);
  }
  const wrongMethod = await fetch(`${world.base}/v1/messages`);
  assert.equal(
    ((await wrongMethod.json()) as { error: { type: string } }).error.type,
    'invalid_request_error',
  );
});

test('an error in the middle of a stream, and a stream that breaks off, end with an error event', async () => {
  const begun = [
    {
      type: 'message_start',
      message: {
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'c',
        content: [],
        usage: { input_tokens: 7, output_tokens: 1 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Ro' } },
  ];
  const ends: [ScriptedStep, string][] = [
    [
      replays([...begun, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }]),
      'overloaded_error',
    ],
    [replays(begun), 'api_error'],
    [replays(begun, 'cut'), 'api_error'],
  ];
  for (const [step, type] of ends) {
    large = step;
    const response = await world.post('/v1/messages', { ...ask('Where?'), model: 'large', stream: true });
    const events = await eventsIn(response);
    assert.deepEqual(
      events.map(({ name }) => name),
      [...begun.map((event) => event.type), 'error'],
    );
    const last = JSON.parse(events.at(-1)?.data ?? '') as { error: { type: string }; request_id: string };
    assert.equal(last.error.type, type);
    assert.equal(last.request_id, response.headers.get('request-id'));
    const id = response.headers.get('x-weir-id') ?? '';
    const decision = (await (await fetch(`${world.base}/v1/decisions/${id}`)).json()) as {
      attempts: { inputTokens: number; costUsd: string }[];
    };
    assert.equal(decision.attempts[0]?.inputTokens, 7);
  }
});

test('while an answer is held, pings keep the connection alive', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  small = async (asked) => {
    await promise;
    return played(sure, asked);
  };
  const response = await world.post('/v1/messages', { ...ask('Where?'), model: 'strict', stream: true });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  assert.equal(first, 'event: ping\ndata: {"type":"ping"}\n\n');
  resolve();
  let rest = '';
  for (let step = await reader.read(); !step.done; step = await reader.read())
    rest += new TextDecoder().decode(step.value);
  assert.match(rest, /event: message_start[^]*event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
});

test('the decision is where clients do not look: in the body where it is wanted, in a comment of a stream', async () => {
  small = sure;
  const whole = await world.post('/v1/messages', ask('Where?'), { 'x-weir-explain': '1' });
  const { weir } = (await whole.json()) as { weir: { decision: string; judgements: unknown[] } };
  assert.equal(weir.decision, 'accepted');
  assert.ok(weir.judgements.length > 0);
  const id = whole.headers.get('x-weir-id');
  assert.equal((await world.post('/v1/feedback', { id, verdict: 'good' })).status, 202);
  const streamed = await world.post('/v1/messages', ask('Where?', { stream: true }));
  assert.match(await streamed.text(), /^: weir \{.*"decision":"accepted"/m);
});

test('refusals, pauses and stop sequences reach the client as they are', async () => {
  const ends: [reason: string, sequence: string | null, decision: string][] = [
    ['refusal', null, 'abstained'],
    ['pause_turn', null, 'direct'],
    ['stop_sequence', 'END', 'direct'],
    ['max_tokens', null, 'abstained'],
    ['model_context_window_exceeded', null, 'abstained'],
  ];
  for (const [reason, sequence, decision] of ends) {
    const ending = sequence === null ? {} : { stop_sequence: sequence };
    large = answersMessage({ content: [{ type: 'text', text: 'Well' }], stop_reason: reason, ...ending });
    const response = await world.post('/v1/messages', { ...ask('Where?'), model: 'large' });
    const seen = (await response.json()) as { stop_reason: string; stop_sequence: string | null };
    assert.deepEqual([seen.stop_reason, seen.stop_sequence], [reason, sequence]);
    assert.equal(response.headers.get('x-weir-decision'), decision);
  }
});

test('tokens are counted by a last tier of the same kind, and are else an estimate that says so', async () => {
  const { max_tokens: _, ...counted } = ask('Where is Rome?') as { max_tokens: number };
  const seen = async (body: object, headers?: Record<string, string>): Promise<unknown> => {
    const response = await world.post('/v1/messages/count_tokens', body, headers);
    return [response.status, await response.json(), response.headers.get('x-weir-estimated')];
  };
  assert.deepEqual(await seen(counted), [200, { input_tokens: 42 }, null]);
  const asked = world.large.asked.at(-1);
  assert.equal(asked?.path, '/v1/messages/count_tokens');
  assert.equal(asked?.text, createEdited(counted));
  const asks = world.large.asked.length;
  assert.deepEqual(await seen({ ...counted, model: 'near' }), [200, { input_tokens: 4 }, 'yes']);
  assert.deepEqual(await seen(counted, { 'x-weir-data-class': 'private' }), [
    200,
    { input_tokens: 4 },
    'yes',
  ]);
  assert.equal(world.large.asked.length, asks);
});

function createEdited(body: object): string {
  const edit = createJsonEdit(JSON.stringify(body));
  edit.set('model', '"claude"');
  return edit.toString();
}

test('a base URL that ends in /v1 is told apart', async () => {
  const response = await world.post('/v1/v1/messages', ask('Where?'));
  const { error } = (await response.json()) as { error: { message: string } };
  assert.match(
    error.message,
    /did you mean \/v1\/messages\? The base URL of a client of Anthropic's API has no path/,
  );
});

test('the models are listed as the client lists them', async () => {
  const headers = { 'anthropic-version': '2023-06-01' };
  const list = (await (await fetch(`${world.base}/v1/models`, { headers })).json()) as {
    data: { type: string; id: string }[];
    has_more: boolean;
  };
  assert.deepEqual(
    list.data.map(({ type, id }) => `${type} ${id}`),
    ['model auto', 'model near', 'model strict', 'model small', 'model large'],
  );
  assert.equal(list.has_more, false);
  const one = (await (await fetch(`${world.base}/v1/models/auto`, { headers })).json()) as {
    display_name: string;
  };
  assert.equal(one.display_name, 'auto');
  const usual = (await (await fetch(`${world.base}/v1/models`)).json()) as { object: string };
  assert.equal(usual.object, 'list');
});

test('one question gets the same decision, cost and record through all protocols', async () => {
  for (const step of [sure, unsure]) {
    small = step;
    large = answersMessage({
      content: [{ type: 'text', text: 'Rome' }],
      usage: { input_tokens: 7, cache_read_input_tokens: 90, output_tokens: 3 },
    });
    const records = [];
    const input = [{ role: 'user', content: 'Which town?' }];
    const bodies = {
      '/v1/messages': ask('Which town?', { temperature: 0 }),
      '/v1/chat/completions': ask('Which town?', { temperature: 0 }),
      '/v1/responses': { model: 'auto', max_output_tokens: 100, input, temperature: 0 },
    };
    for (const [path, body] of Object.entries(bodies)) {
      const response = await world.post(path, body);
      await response.text();
      const id = response.headers.get('x-weir-id') ?? '';
      const decision = (await (await fetch(`${world.base}/v1/decisions/${id}`)).json()) as Record<
        string,
        unknown
      > & { attempts: Record<string, unknown>[]; explanation: { request: Record<string, unknown> } };
      const { id: _, requestId: __, createdAt: ___, latencyMs: ____, ttftMs: _____, ...rest } = decision;
      const { u: ______, ...request } = rest.explanation.request;
      records.push({
        ...rest,
        explanation: { ...rest.explanation, request },
        attempts: rest.attempts.map(({ latencyMs: _l, ttftMs: _t, ...attempt }) => attempt),
      });
    }
    assert.deepEqual(records[1], records[0]);
    assert.deepEqual(records[2], records[0]);
  }
});

test('a refusal of the small server’s is told in Anthropic’s shape', async () => {
  small = refuses(400, { message: 'No such thing.' });
  const response = await world.post('/v1/messages', { ...ask('Where?'), model: 'small' });
  assert.equal(response.status, 400);
  assert.equal(((await response.json()) as { error: { message: string } }).error.message, 'No such thing.');
});
