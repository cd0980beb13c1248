/** An answer says the same in both APIs, whole and in events, however it is cut into pieces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createChunkEvents } from '../../src/protocol/anthropic-messages/chunk-events.ts';
import { messageOfCompletion, type ShownTo } from '../../src/protocol/anthropic-messages/message-blocks.ts';
import { eventsOfMessage } from '../../src/protocol/anthropic-messages/message-events.ts';
import type { Completion } from '../../src/protocol/common/chat.ts';
import { createAnswerReader } from '../../src/upstream/answer-reader.ts';
import { anthropic } from '../../src/upstream/anthropic/anthropic.ts';
import { readSse, type SseEvent } from '../../src/wire/sse.ts';

const SHOWN: ShownTo = { id: 'msg_1', model: 'auto', thinking: true, stops: ['END'] };
const FROM = { upstream: 'u' };

const words = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
const call = fc.record({
  id: fc.stringMatching(/^[\w-]{1,9}$/),
  name: fc.stringMatching(/^[a-z_]{1,9}$/),
  given: fc.constantFrom('{}', '{"town":"Rome"}', '{ "n" : 12345678901234567890, "x":[1.0,"}"] }'),
});
const answer = fc
  .record({
    said: fc.option(words, { nil: '' }),
    thought: fc.option(words, { nil: '' }),
    calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
    reason: fc.constantFrom('stop', 'length', 'content_filter'),
    input: fc.integer({ min: 1, max: 999 }),
    output: fc.integer({ min: 1, max: 999 }),
    cached: fc.integer({ min: 0, max: 999 }),
    wrote: fc.integer({ min: 0, max: 999 }),
  })
  .filter(({ said, calls }) => said !== '' || calls.length > 0);

type Made = typeof answer extends fc.Arbitrary<infer Value> ? Value : never;

const usageOfMade = ({ input, output, cached, wrote }: Made): object => ({
  prompt_tokens: input + cached + wrote,
  completion_tokens: output,
  total_tokens: input + cached + wrote + output,
  prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: wrote },
});

const reasonOf = ({ reason, calls }: Made): string =>
  reason === 'stop' && calls.length > 0 ? 'tool_calls' : reason;

function completionOf(made: Made): Completion {
  const { said, thought, calls } = made;
  return {
    id: 'c1',
    model: 'tiny',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: said === '' ? null : said,
          ...(thought === '' ? {} : { reasoning_content: thought }),
          ...(calls.length === 0
            ? {}
            : {
                tool_calls: calls.map(({ id, name, given }) => ({
                  id,
                  type: 'function',
                  function: { name, arguments: given },
                })),
              }),
        },
        finish_reason: reasonOf(made),
      },
    ],
    usage: usageOfMade(made),
  };
}

/** What a completion says, without what only one API has. */
function saying(completion: Completion): unknown {
  const reader = createAnswerReader();
  reader.add(completion);
  const { view, usage, reasoning, toolCallIds } = reader.finish();
  return { view, usage, reasoning, toolCallIds };
}

test('a completion is the same after it was a message', () => {
  fc.assert(
    fc.property(answer, (made) => {
      const message = messageOfCompletion(completionOf(made), SHOWN);
      const { completion } = anthropic.readWhole(message, FROM, 'all');
      assert.deepEqual(saying(completion), saying(completionOf(made)));
    }),
  );
});

/** The chunks of a completion, cut at the given places. */
function chunksOf(made: Made, cuts: readonly number[], interleaved: boolean): Completion[] {
  const chunk = (delta: object, more: object = {}): Completion => ({
    model: 'tiny',
    choices: [{ index: 0, delta, ...more }],
  });
  const pieces = (text: string): string[] => {
    const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((a, b) => a - b);
    const ends = [...places, text.length];
    return ends.map((end, at) => text.slice(at === 0 ? 0 : ends[at - 1], end));
  };
  const perCall = made.calls.map(({ id, name, given }, index) => [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...pieces(given).map((part) => chunk({ tool_calls: [{ index, function: { arguments: part } }] })),
  ]);
  const longest = Math.max(0, ...perCall.map(({ length }) => length));
  const ofCalls = interleaved
    ? Array.from({ length: longest }, (_, at) => perCall.flatMap((list) => list[at] ?? [])).flat()
    : perCall.flat();
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(made.thought === '' ? [] : pieces(made.thought).map((part) => chunk({ reasoning_content: part }))),
    ...(made.said === '' ? [] : pieces(made.said).map((part) => chunk({ content: part }))),
    ...ofCalls,
    chunk({}, { finish_reason: reasonOf(made) }),
    { model: 'tiny', choices: [], usage: usageOfMade(made) },
  ];
}

async function parsed(stream: string): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(stream));
  }
  for await (const event of readSse(bytes())) events.push(event);
  return events;
}

interface Data {
  type: string;
  index: number;
  message: Record<string, unknown>;
  content_block: Record<string, unknown>;
  delta: Record<string, string>;
  usage: Record<string, unknown>;
}

/** The message that events make, as a client puts them together; every event has to be where the documents have it. */
function assembled(events: readonly SseEvent[]): Record<string, unknown> {
  let message: Record<string, unknown> = {};
  const content: Record<string, unknown>[] = [];
  let open = false;
  let ended: string | undefined;
  for (const [position, { name, data }] of events.entries()) {
    const value = JSON.parse(data) as Data;
    assert.equal(value.type, name);
    assert.equal(name === 'message_start', position === 0);
    assert.notEqual(ended, 'message_stop', 'nothing follows the end');
    if (name === 'message_start') message = value.message;
    else if (name === 'content_block_start') {
      assert.ok(!open && ended === undefined);
      assert.equal(value.index, content.length);
      content.push({ ...value.content_block, pieces: '' });
      open = true;
    } else if (name === 'content_block_delta') {
      assert.ok(open && value.index === content.length - 1);
      add(content.at(-1) ?? {}, value.delta);
    } else if (name === 'content_block_stop') {
      assert.ok(open && value.index === content.length - 1);
      open = false;
    } else if (name === 'message_delta') {
      assert.ok(!open && ended === undefined);
      Object.assign(message, value.delta, { usage: { ...(message['usage'] as object), ...value.usage } });
      ended = name;
    } else if (name === 'message_stop') {
      assert.equal(ended, 'message_delta');
      ended = name;
    } else assert.fail(`an unknown event ${name}`);
  }
  assert.equal(ended, 'message_stop');
  const blocks = content.map(({ pieces, ...block }) =>
    block['type'] === 'tool_use' && pieces !== ''
      ? { ...block, input: JSON.parse(String(pieces)) as unknown }
      : block,
  );
  return { ...message, content: blocks };
}

function add(block: Record<string, unknown>, delta: Record<string, string>): void {
  const grow = (name: string, text = ''): void => void (block[name] = `${String(block[name])}${text}`);
  if (delta['type'] === 'text_delta') grow('text', delta['text']);
  else if (delta['type'] === 'thinking_delta') grow('thinking', delta['thinking']);
  else if (delta['type'] === 'signature_delta') grow('signature', delta['signature']);
  else if (delta['type'] === 'input_json_delta') grow('pieces', delta['partial_json']);
  else assert.fail(`an unknown delta ${delta['type']}`);
}

test('chunks, cut anywhere and calls in any order, are the events of the same message', async () => {
  await fc.assert(
    fc.asyncProperty(
      answer,
      fc.array(fc.nat(60), { maxLength: 4 }),
      fc.boolean(),
      async (made, cuts, interleaved) => {
        const events = createChunkEvents(SHOWN);
        const shown = chunksOf(made, cuts, interleaved)
          .map((chunk) => events.add(chunk))
          .join('');
        const stream = shown + events.close() + events.end();
        assert.deepEqual(
          assembled(await parsed(stream)),
          JSON.parse(messageOfCompletion(completionOf(made), SHOWN)),
        );
      },
    ),
  );
});

test('a whole message is the events that make it, and those are the same completion', async () => {
  await fc.assert(
    fc.asyncProperty(answer, async (made) => {
      const message = messageOfCompletion(completionOf(made), SHOWN);
      const { body, end } = eventsOfMessage(message);
      const events = await parsed(body + end);
      assert.deepEqual(assembled(events), JSON.parse(message));
      const readEvent = anthropic.openStream(FROM);
      const reader = createAnswerReader();
      for (const event of events) {
        const chunk = readEvent(event);
        if (typeof chunk === 'object') reader.add(chunk);
      }
      const { view, usage, reasoning, toolCallIds } = reader.finish();
      assert.deepEqual({ view, usage, reasoning, toolCallIds }, saying(completionOf(made)));
    }),
  );
});
