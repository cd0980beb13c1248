import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorBody } from '../../errors.ts';
import type { HeldAnswer } from '../../upstream/held-answer.ts';
import type { Completion } from '../common/chat.ts';
import { openAiResponses } from './openai-responses.ts';

const read = (body: object | string) =>
  openAiResponses.readRequest(typeof body === 'string' ? body : JSON.stringify(body), {});
const toldOf = (body: object | string): unknown[] => {
  try {
    read(body);
  } catch (error) {
    const { code, param } = errorBody(error).error;
    return [code, param];
  }
  return [];
};
const exchange = (body: object) => ({ id: 'resp_0190-2', request: read(body), requestId: 'r' });
const eventsIn = (text: string): Record<string, unknown>[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Record<string, unknown>);

test('items that are none are told by their place', () => {
  assert.deepEqual(toldOf({ model: 'm', input: [] }), ['invalid_request', 'input']);
  assert.deepEqual(toldOf({ model: 'm', input: 5 }), ['invalid_request', 'input']);
  assert.deepEqual(toldOf({ model: 'm', input: [{ role: 'user', content: 'x' }, 7] }), [
    'invalid_request',
    'input[1]',
  ]);
  assert.deepEqual(toldOf({ model: 'm', input: [{ type: 'message', content: 'x' }] }), [
    'invalid_request',
    'input[0].role',
  ]);
  assert.deepEqual(toldOf({ model: 'm', input: [{ role: 4 }] }), ['invalid_request', 'input[0].role']);
  assert.deepEqual(toldOf({ input: 'x' }), ['invalid_request', 'model']);
  assert.deepEqual(toldOf('{"model":'), ['invalid_json', null]);
});

test('of a member that stands twice the last place counts, for every reader', () => {
  const { text, chat } = read('{"model":"m","input":"a","input":"b"}');
  assert.deepEqual([chat.messages, text], [[{ role: 'user', content: 'b' }], '{"model":"m","input":"b"}']);
});

test('what only servers of Responses can do keeps a request to them, and says what it is', () => {
  const only = (more: object): string | undefined => read({ model: 'm', input: 'x', ...more }).onlyInFormat;
  const item = (...items: object[]): object => ({ input: items });
  assert.equal(only({}), undefined);
  assert.equal(only({ tools: [{ type: 'mcp' }] }), "the tool 'mcp'");
  assert.equal(
    only({ tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'mcp' } }),
    "the choice of the tool 'mcp'",
  );
  assert.equal(only({ prompt: { id: 'p' } }), 'a stored prompt');
  assert.equal(only(item({ type: 'computer_call' })), "input of the type 'computer_call'");
  const part = (given: object): object => item({ role: 'user', content: [given] });
  assert.equal(only(part({ type: 'input_image', file_id: 'f' })), 'a picture by the id of its file');
  assert.equal(only(part({ type: 'input_file', file_url: 'u' })), 'a file by its address');
  const output = [{ type: 'input_image', image_url: 'u' }];
  assert.equal(
    only(item({ type: 'function_call_output', call_id: 'c', output })),
    'a tool whose output is more than text',
  );
});

test('numbers of schemas keep their digits in the chat that they become', () => {
  const text =
    '{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{"maximum":12345678901234567890}}],"text":{"format":{"type":"json_schema","name":"n","schema":{"maximum":1.50}}}}';
  const chat = read(text).chatText();
  assert.ok(
    chat.includes('"parameters":{"maximum":12345678901234567890}') &&
      chat.includes('"schema":{"maximum":1.50}'),
    chat,
  );
});

test('a whole response becomes the events of a stream, with its items as they came', () => {
  const output = [
    { id: 'rs', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'x' },
    {
      id: 'msg',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hi', annotations: [{ a: 1 }] }],
    },
    { id: 'fc', type: 'function_call', status: 'completed', call_id: 'c', name: 'f', arguments: '{}' },
    { id: 'ws', type: 'web_search_call', status: 'completed', action: {} },
  ];
  const response = { id: 'up', object: 'response', status: 'completed', output, usage: { input_tokens: 1 } };
  const stream = openAiResponses.openStream(exchange({ model: 'm', input: 'x', stream: true }));
  const content = {
    kind: 'whole' as const,
    text: JSON.stringify(response),
    ends: undefined,
    completion: (): Completion => ({ choices: [] }),
  };
  const held: HeldAnswer = { format: 'openai-responses', addedLogprobs: false, content };
  const events = eventsIn(stream.answer(held) + stream.end('{}'));
  assert.deepEqual(
    events.map(({ type }) => String(type).replace('response.', '')),
    [
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'output_item.done',
      'completed',
    ],
  );
  assert.deepEqual(
    events.map((event) => event['sequence_number']),
    [...events.keys()],
  );
  const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  assert.deepEqual(done, output);
  assert.deepEqual(events.at(-1)?.['response'], { ...response, id: 'resp_0190-2' });
});

test('an error after the headers is an event with a number of its own, and nothing follows', () => {
  const stream = openAiResponses.openStream(exchange({ model: 'm', input: 'x' }));
  const origin = { format: 'openai-chat', addedLogprobs: false };
  const sent = stream.event(origin, { data: '' }, { choices: [{ index: 0, delta: { content: 'Ro' } }] });
  const last = Number(eventsIn(sent).at(-1)?.['sequence_number']);
  const error = stream.error({
    status: 502,
    message: 'gone',
    type: 'server_error',
    code: 'upstream_error',
    param: null,
    headers: {},
  });
  assert.match(error, /^event: error\n/);
  assert.deepEqual(eventsIn(error), [
    {
      type: 'error',
      sequence_number: last + 1,
      code: 'upstream_error',
      message: 'gone',
      param: null,
      error: { message: 'gone', type: 'server_error', param: null, code: 'upstream_error' },
    },
  ]);
  assert.match(stream.keepAlive(), /^: /);
});

/** Where it were quadratic, these tests would not end. */
const MANY = 150_000;

test('an answer of very many calls is written in time proportional to their number', () => {
  const calls = Array.from({ length: MANY }, (_, index) => ({ id: `i${index}`, function: { name: 'f' } }));
  const stream = openAiResponses.openStream(exchange({ model: 'm', input: 'x' }));
  const chunk = (delta: object): Completion => ({ choices: [{ index: 0, delta }] });
  const origin = { format: 'openai-chat', addedLogprobs: false };
  for (const call of calls) stream.event(origin, { data: '' }, chunk({ tool_calls: [call] }));
  assert.match(stream.end('{}'), new RegExp(`"call_id":"i${MANY - 1}"`));
});

test('an input of very many calls is read in time proportional to their number', () => {
  const input = Array.from({ length: MANY }, () => ({ type: 'function_call' }));
  const { chat } = read({ model: 'm', input });
  assert.equal(Object.keys(chat.messages[0]?.['tool_calls'] ?? {}).length, MANY);
});

test('a time that is no number leaves the response valid', () => {
  for (const created of [Number.POSITIVE_INFINITY, 1.5, -1]) {
    const completion: Completion = { created, choices: [{ index: 0, message: { content: 'Rome' } }] };
    const content = { kind: 'whole', text: '', ends: new Map(), completion: () => completion } as const;
    const answer = { format: 'openai-chat', addedLogprobs: false, content };
    const { created_at: at } = JSON.parse(
      openAiResponses.renderWhole(answer, exchange({ model: 'm', input: 'x' })),
    ) as { created_at: number };
    assert.ok(Number.isSafeInteger(at) && at > 0);
  }
});

test('what a request goes on from is found however its letters are spelled', () => {
  const wanted = (text: string): unknown => openAiResponses.keeping?.wanted(text);
  assert.deepEqual(wanted(String.raw`{"model":"m","previous_response\u005fid":"resp_1"}`), {
    answer: 'resp_1',
    items: [],
  });
  const input = String.raw`[{"type":"item_\u0072eference","id":"msg_1"}]`;
  assert.deepEqual(wanted(`{"model":"m","input":${input}}`), { items: ['msg_1'] });
  const kept = { items: new Map([['msg_1', '{"type":"message","role":"assistant","content":"Rome"}']]) };
  const { chat } = openAiResponses.readRequest(`{"model":"m","input":${input}}`, {}, kept);
  assert.deepEqual(chat.messages, [{ role: 'assistant', content: 'Rome' }]);
});

test('what is kept is asked for once, and not in more pieces than a request may have', () => {
  const told = (items: ReadonlyMap<string, string>, ...ids: string[]): string => {
    const input = ids.map((id) => ({ type: 'item_reference', id }));
    try {
      openAiResponses.readRequest(JSON.stringify({ model: 'm', input }), {}, { items });
    } catch (error) {
      return errorBody(error).error.message;
    }
    return 'nothing';
  };
  const item = '{"type":"message","role":"assistant","content":"Rome"}';
  assert.equal(told(new Map([['a', item]]), 'a'), 'nothing');
  assert.match(told(new Map([['a', item]]), 'a', 'a'), /referred to twice/);
  const wide = `{"type":"message","role":"user","content":[${'{},'.repeat(40_000)}{}]}`;
  const several = new Map([1, 2, 3].map((each) => [String(each), wide]));
  assert.match(told(several, '1', '2', '3'), /more than 100000 values/);
});

test('an event whose type is more than one line has no name', () => {
  const stream = openAiResponses.openStream(exchange({ model: 'm', input: 'x' }));
  const data = String.raw`{"type":"response.x\n\n: weir {}\n\nevent: y"}`;
  const text = stream.event({ format: 'openai-responses', addedLogprobs: false }, { data }, undefined);
  assert.equal(text, `data: ${data}\n\n`);
});
