/** Whatever both OpenAI's chat completions and Anthropic's Messages can say of a request survives the way there and back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anthropicMessages } from '../../src/protocol/anthropic-messages/anthropic-messages.ts';
import { chatRequestSchema, commonRequest, type ClientRequest } from '../../src/protocol/common/chat.ts';
import { anthropic } from '../../src/upstream/anthropic/anthropic.ts';
import { between } from '../numbers.ts';

/** Without the sign that marks a number. */
const unmarked = (maxLength: number) =>
  fc.string({ minLength: 1, maxLength }).map((said) => said.replaceAll('@', 'a'));
const words = unmarked(12);
const id = fc.stringMatching(/^[\w-]{1,12}$/);
/** As text, so that no digit is lost on the way into the test. */
const number = fc.constantFrom('1', '1.50', '12345678901234567890', '-0.0', '1e400');
const picture = fc.constantFrom(
  { type: 'base64', media_type: 'image/png', data: 'aGk=' },
  { type: 'url', url: 'https://example.org/a.png' },
);
const text = words.map((value) => ({ type: 'text', text: value }));
const content = fc.oneof(
  words,
  fc.array(
    fc.oneof(
      text,
      picture.map((source) => ({ type: 'image', source })),
    ),
    { minLength: 1, maxLength: 3 },
  ),
);
/** The number is a member whose text has to stay. */
const call = fc.record({
  type: fc.constant('tool_use'),
  id,
  name: id,
  input: number.map((n) => ({ n: `@${n}@`, town: 'Rome' })),
});
const turns = fc.array(
  fc.record({
    question: content,
    said: fc.option(fc.oneof(words, fc.array(text, { minLength: 2, maxLength: 3 })), { nil: undefined }),
    calls: fc.array(call, { maxLength: 2 }),
    results: fc.array(fc.oneof(words, fc.array(text, { minLength: 2, maxLength: 2 })), {
      minLength: 2,
      maxLength: 2,
    }),
  }),
  { minLength: 1, maxLength: 3 },
);
const choice = fc.oneof(
  fc.constantFrom('auto', 'any').map((type) => ({ type })),
  id.map((name) => ({ type: 'tool', name })),
  fc.constant({ type: 'none' }),
);
const schema = number.map((maximum) => ({ type: 'object', properties: { n: { maximum: `@${maximum}@` } } }));

const request = fc
  .record(
    {
      model: fc.constant('auto'),
      max_tokens: fc.integer({ min: 1, max: 9_999 }),
      turns,
      system: fc.oneof(words, fc.array(text, { minLength: 2, maxLength: 3 })),
      tools: fc.array(
        fc.record(
          { name: id, description: words, input_schema: schema, strict: fc.boolean() },
          { requiredKeys: ['name', 'input_schema'] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      choice,
      single: fc.boolean(),
      stop_sequences: fc.array(words, { minLength: 1, maxLength: 2 }),
      temperature: between(0, 1),
      top_p: between(0, 1),
      user: unmarked(64),
      effort: fc.constantFrom('low', 'medium', 'high'),
      format: schema,
      service_tier: fc.constantFrom('auto', 'standard_only'),
    },
    { requiredKeys: ['model', 'max_tokens', 'turns', 'single'] },
  )
  .map(({ turns: made, choice: chosen, single, user, effort, format, ...rest }) => ({
    ...rest,
    messages: made.flatMap(({ question, said, calls, results }) => {
      const asked = { role: 'user', content: question };
      const blocks = [
        ...(said === undefined ? [] : typeof said === 'string' ? [{ type: 'text', text: said }] : said),
        ...calls,
      ];
      if (blocks.length === 0) return [asked];
      return [
        asked,
        { role: 'assistant', content: blocks },
        ...(calls.length === 0
          ? []
          : [
              {
                role: 'user',
                content: calls.map((each, place) => ({
                  type: 'tool_result',
                  tool_use_id: each.id,
                  content: results[place],
                })),
              },
            ]),
      ];
    }),
    ...(rest.tools === undefined || chosen === undefined
      ? {}
      : {
          tool_choice:
            chosen.type !== 'none' && single ? { ...chosen, disable_parallel_tool_use: true } : chosen,
        }),
    ...(user === undefined ? {} : { metadata: { user_id: user } }),
    ...(effort === undefined && format === undefined
      ? {}
      : {
          output_config: {
            ...(effort === undefined ? {} : { effort }),
            ...(format === undefined ? {} : { format: { type: 'json_schema', schema: format } }),
          },
        }),
  }));

/** A value's text, with the numbers as they were made. */
const written = (value: object): string => JSON.stringify(value).replaceAll(/"@([^@"]*)@"/g, '$1');

const TIER = { name: 't', model: 'auto', upstream: 'u', dropParams: [], params: new Map<string, string>() };
const how = { stream: false, logprobs: false };

/** The same for what means the same: a text alone is the same as a list of it, and turns of one side that follow are one. */
function plain(body: { system?: unknown; messages: { role: string; content: unknown }[] }): unknown {
  const messages: { role: string; content: unknown[] }[] = [];
  for (const { role, content: said } of body.messages) {
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...blocksOf(said));
    else messages.push({ role, content: blocksOf(said) });
  }
  return { ...body, system: blocksOf(body.system ?? []), messages };
}

function blocksOf(said: unknown): unknown[] {
  const blocks = Array.isArray(said) ? (said as unknown[]) : [{ type: 'text', text: said }];
  return blocks.map((block) =>
    typeof block === 'object' && block !== null && 'content' in block
      ? { ...block, content: blocksOf(block.content) }
      : block,
  );
}

/** With every number as text, as it is written. */
function exact(json: string): Parameters<typeof plain>[0] {
  return JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? `@${context?.source ?? value}@` : value,
  ) as Parameters<typeof plain>[0];
}

const asMessages = (body: string): ClientRequest => anthropicMessages.readRequest(body, {});
const asChat = (chatText: string): ClientRequest =>
  commonRequest(chatRequestSchema.parse(JSON.parse(chatText)), chatText);

test('a request of Messages survives as a chat, to the last digit', () => {
  fc.assert(
    fc.property(request, (made) => {
      const body = written(made);
      const read = asMessages(body);
      assert.equal(read.unsaid, undefined);
      assert.equal(read.onlyInFormat, undefined);
      const { body: back, dropped } = anthropic.writeRequest(asChat(read.chatText()), TIER, how);
      assert.deepEqual(dropped, []);
      assert.deepEqual(plain(exact(back)), plain(exact(body)));
    }),
  );
});

test('and the chat that it was survives as a request of Messages', () => {
  fc.assert(
    fc.property(request, (made) => {
      const chatText = asMessages(written(made)).chatText();
      const there = anthropic.writeRequest(asChat(chatText), TIER, how).body;
      assert.deepEqual(chatOf(asMessages(there).chatText()), chatOf(chatText));
    }),
  );
});

/** Messages of the user that follow each other are one. */
function chatOf(chatText: string): unknown {
  const chat = exact(chatText);
  const messages: { role: string; content: unknown }[] = [];
  for (const message of chat.messages) {
    const last = messages.at(-1);
    if (last?.role === 'user' && message.role === 'user')
      last.content = [...blocksOf(last.content), ...blocksOf(message.content)];
    else messages.push({ ...message, content: message.content === null ? null : blocksOf(message.content) });
  }
  return { ...chat, messages };
}

test('a tier of the same kind gets the client’s own bytes, whatever they are', () => {
  fc.assert(
    fc.property(request, fc.boolean(), (made, stream) => {
      const body = written({ ...made, stream, unknown: { n: '@1.0@' } });
      assert.equal(
        anthropic.writeRequest(asMessages(body), TIER, { stream: true, logprobs: false }).body,
        body.replace('"stream":false', '"stream":true'),
      );
    }),
  );
});
