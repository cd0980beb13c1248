/** What chats and Responses can both say survives the way from one to the other and back, whole and in events cut anywhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Completion, MessagePart } from '../../src/protocol/common/chat.ts';
import { commonRequest } from '../../src/protocol/common/chat.ts';
import { openAiResponses } from '../../src/protocol/openai-responses/openai-responses.ts';
import { createAnswerReader, type ReadAnswer } from '../../src/upstream/answer-reader.ts';
import { openAiResponsesDialect } from '../../src/upstream/openai-responses/openai-responses.ts';
import { readSse } from '../../src/wire/sse.ts';
import { messageItem, responseBody, responseEvents } from '../e2e/scripted-responses.ts';

const words = fc.oneof(
  fc.constantFrom('Rome', 'Ünï \u2028', '"quoted" \\ {', '🦆', '<think>', ' '),
  fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.isWellFormed()),
);
const name = fc.constantFrom('weather', 'find_town');
const json = fc.constantFrom('{}', '{"town":"Rome"}', '{"a":[1,2.50]}', '');
const schema = fc.constantFrom({ type: 'object' }, { type: 'object', properties: { a: { type: 'string' } } });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const content = fc.oneof(
  words,
  fc.array(
    fc.oneof(
      words.map((text) => ({ type: 'text', text })),
      words.map((url) => ({ type: 'image_url', image_url: { url, detail: 'low' } })),
      words.map((data) => ({ type: 'file', file: { file_data: data, filename: 'a.pdf' } })),
      fc.constant({ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
);
const call = fc.oneof(
  fc.record({ id: fc.uuid(), type: fc.constant('function'), function: fc.record({ name, arguments: json }) }),
  fc.record({ id: fc.uuid(), type: fc.constant('custom'), custom: fc.record({ name, input: words }) }),
);
const said = words.map((text) => ({ role: 'assistant', content: [{ type: 'text', text }] }));
const called = fc
  .array(call, { minLength: 1, maxLength: 3 })
  .chain((calls) =>
    words.map((output) => [
      { role: 'assistant', content: null, tool_calls: calls },
      ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: output })),
    ]),
  );
const messages = fc
  .array(
    fc.oneof(
      fc
        .record({ role: fc.constantFrom('user', 'developer', 'system'), content })
        .map((message) => [message]),
      said.map((message) => [message, { role: 'user', content: 'And?' }]),
      called.map((turn) => [{ role: 'user', content: 'Call.' }, ...turn]),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((turns) => turns.flat());

const tool = fc.oneof(
  fc
    .record({ name, parameters: schema, strict: fc.boolean() })
    .map((described) => ({ type: 'function', function: described })),
  name.map((named) => ({
    type: 'custom',
    custom: {
      name: named,
      format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
    },
  })),
);
const choice = fc.oneof(
  fc.constantFrom('auto', 'none', 'required'),
  name.map((named) => ({ type: 'function', function: { name: named } })),
  name.map((named) => ({
    type: 'allowed_tools',
    allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: named } }] },
  })),
);

const chat = fc
  .record(
    {
      model: fc.constant('m'),
      messages,
      max_tokens: fc.integer({ min: 16, max: 999 }),
      temperature: fc.constantFrom(0, 0.7),
      top_p: fc.constantFrom(0.5, 1),
      user: words,
      service_tier: fc.constant('auto'),
      reasoning_effort: fc.constantFrom('low', 'high'),
      verbosity: fc.constantFrom('low', 'high'),
      response_format: fc.oneof(
        fc.constant({ type: 'json_object' }),
        schema.map((given) => ({
          type: 'json_schema',
          json_schema: { name: 'a', schema: given, strict: true },
        })),
      ),
      tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['model', 'messages'] },
  )
  .chain((request) =>
    request.tools === undefined
      ? fc.constant(request)
      : fc
          .record({ choice: optional(choice), parallel: optional(fc.boolean()) })
          .map(({ choice: chosen, parallel }) => ({
            ...request,
            ...(chosen === undefined ? {} : { tool_choice: chosen }),
            ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
          })),
  );

const tier = { name: 't', model: 'm', upstream: 'u', dropParams: [], params: new Map<string, string>() };
const HOW = { stream: false, logprobs: false };

test('a request of chats comes back from Responses as it was', () => {
  fc.assert(
    fc.property(chat, (request) => {
      const written = openAiResponsesDialect.writeRequest(commonRequest(request), tier, HOW);
      assert.deepEqual(written.dropped, []);
      const back = openAiResponses.readRequest(written.body, {});
      assert.deepEqual([back.unsaid, back.onlyInFormat], [undefined, undefined]);
      assert.deepEqual(JSON.parse(back.chatText()), JSON.parse(JSON.stringify(request)));
    }),
    { numRuns: 300 },
  );
});

test('a request of Responses that chats can say comes back as the same input', () => {
  fc.assert(
    fc.property(chat, (request) => {
      const first = openAiResponsesDialect.writeRequest(commonRequest(request), tier, HOW).body;
      const { chat: read, chatText } = openAiResponses.readRequest(first, {});
      const again = openAiResponsesDialect.writeRequest(commonRequest(read, chatText()), tier, HOW).body;
      assert.equal(again, first);
    }),
    { numRuns: 300 },
  );
});

const piece: fc.Arbitrary<MessagePart> = fc.oneof(
  words.map((text) => ({ content: text })),
  words.map((text) => ({ reasoning_content: text })),
  words.map((text) => ({ refusal: text })),
);
const answer = fc.record({
  pieces: fc.array(piece, { maxLength: 6 }),
  calls: fc.array(call, { maxLength: 3 }),
  finish: fc.constantFrom('stop', 'length', 'content_filter'),
  usage: optional(
    fc.record({
      prompt_tokens: fc.integer({ min: 1, max: 99 }),
      completion_tokens: fc.integer({ min: 1, max: 99 }),
    }),
  ),
});
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never;

function chunksOf({ pieces, calls, finish, usage }: Answer): Completion[] {
  const chunk = (delta: MessagePart): Completion => ({
    id: 'c',
    model: 'tiny',
    choices: [{ index: 0, delta }],
  });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces.map(chunk),
    ...calls.map((each, index) => chunk({ tool_calls: [{ index, ...each }] })),
    { id: 'c', model: 'tiny', choices: [{ index: 0, delta: {}, finish_reason: finish }] },
    ...(usage === undefined
      ? []
      : [{ choices: [], usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens } }]),
  ];
}

function readAll(parts: readonly Completion[]): ReadAnswer {
  const reader = createAnswerReader();
  for (const part of parts) reader.add(part);
  return reader.finish();
}

/** What both sides can say of an answer. */
function sayable({ view, reasoning, usage, model }: ReadAnswer): object {
  const { toolCalls, finishReason, ...rest } = view;
  const ends = toolCalls.length > 0 && finishReason === 'tool_calls' ? 'stop' : finishReason;
  return {
    ...rest,
    refusal: rest.refusal ?? '',
    toolCalls,
    ends,
    reasoning,
    input: usage?.inputTokens,
    output: usage?.outputTokens,
    model,
  };
}

const ORIGIN = { format: 'openai-chat', addedLogprobs: false };
const request = openAiResponses.readRequest('{"model":"m","input":"x"}', {});
const EXCHANGE = { id: 'resp_0190-1', request, requestId: 'r' };

test('an answer of chats is the same in the events of Responses, cut anywhere, and in the whole', async () => {
  await fc.assert(
    fc.asyncProperty(answer, fc.array(fc.nat(3_000), { maxLength: 8 }), async (given, cuts) => {
      const chunks = chunksOf(given);
      const expected = sayable(readAll(chunks));
      const stream = openAiResponses.openStream(EXCHANGE);
      const sent =
        chunks.map((chunk) => stream.event(ORIGIN, { data: '' }, chunk)).join('') + stream.end('{}');
      const bytes = Buffer.from(sent);
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const readEvent = openAiResponsesDialect.openStream({ upstream: 'u' });
      const read: Completion[] = [];
      const numbers: number[] = [];
      for await (const event of readSse(ReadableStream.from(pieces))) {
        const { sequence_number: number, type } = JSON.parse(event.data) as {
          sequence_number: number;
          type: string;
        };
        assert.equal(event.name, type);
        numbers.push(number);
        const chunk = readEvent(event);
        if (typeof chunk === 'object') read.push(chunk);
      }
      assert.deepEqual(numbers, [...numbers.keys()]);
      assert.deepEqual(sayable(readAll(read)), expected);
      const last = sent.slice(sent.lastIndexOf('data: ') + 'data: '.length).trim();
      const whole = JSON.stringify((JSON.parse(last) as { response: object }).response);
      const { completion } = openAiResponsesDialect.readWhole(whole, { upstream: 'u' }, 'all');
      const shown = sayable(readAll([completion])) as { text: string; refusal: string };
      assert.deepEqual(shown, expected);
    }),
    { numRuns: 300 },
  );
});

test('the events that the API documents are read as the whole is, cut anywhere', async () => {
  const body = responseBody([
    { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'x' },
    messageItem([
      ['Größe 東', -0.1],
      ['京 🦆', -0.2],
    ]),
    {
      id: 'fc_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'c1',
      name: 'f',
      arguments: '{"a":1}',
    },
    { id: 'fc_2', type: 'function_call', status: 'completed', call_id: 'c2', name: 'g', arguments: '{}' },
  ]);
  const bytes = Buffer.from(responseEvents(body).join(''));
  const { completion } = openAiResponsesDialect.readWhole(JSON.stringify(body), { upstream: 'u' }, 'all');
  const expected = readAll([completion]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const readEvent = openAiResponsesDialect.openStream({ upstream: 'u' });
      const read: Completion[] = [];
      for await (const event of readSse(ReadableStream.from(pieces))) {
        const chunk = readEvent(event);
        if (typeof chunk === 'object') read.push(chunk);
      }
      assert.deepEqual(readAll(read), expected);
    }),
  );
});
