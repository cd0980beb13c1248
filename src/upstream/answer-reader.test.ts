import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Completion } from '../protocol/common/chat.ts';
import { attemptSignals } from '../recordings/replay-attempt.ts';
import { whenOver } from '../wire/sse.ts';
import { createAnswerReader, readStream } from './answer-reader.ts';
import { DIALECTS } from './dialects.ts';
import { readCompletion } from './openai-compatible/read-answer.ts';

const read = (...parts: Completion[]) => {
  const reader = createAnswerReader();
  parts.forEach((part) => reader.add(part));
  return reader.finish();
};

const token = (text: string, logprob = -0.1) => ({ token: text, logprob });

test('a whole answer and the same answer in chunks are read alike', () => {
  const words = ['The', ' town', ' is', ' Rome', '.'];
  const usage = { prompt_tokens: 4, completion_tokens: 5 };
  const whole = read({
    id: 'a',
    model: 'm',
    choices: [
      {
        message: { content: words.join('') },
        logprobs: { content: words.map((word) => token(word)) },
        finish_reason: 'stop',
      },
    ],
    usage,
  });
  const chunks = words.map((word): Completion => ({
    id: 'a',
    model: 'm',
    choices: [{ delta: { content: word }, logprobs: { content: [token(word)] } }],
  }));
  assert.deepEqual(
    read(...chunks, { choices: [{ delta: {}, finish_reason: 'stop' }] }, { choices: [], usage }),
    whole,
  );
});

test('tool calls are put together from their pieces', () => {
  const { view, toolCallIds } = read(
    {
      choices: [
        { delta: { tool_calls: [{ index: 0, id: 'c1', function: { name: 'find', arguments: '{"a"' } }] } },
      ],
    },
    {
      choices: [
        {
          delta: {
            tool_calls: [
              { index: 0, function: { arguments: ':1}' } },
              { index: 1, id: 'c2', function: { name: 'stop' } },
            ],
          },
        },
      ],
    },
  );
  assert.deepEqual(view.toolCalls, [
    { name: 'find', arguments: '{"a":1}' },
    { name: 'stop', arguments: '' },
  ]);
  assert.deepEqual(toolCallIds, ['c1', 'c2']);
});

test('a custom tool takes text, and an old-style function is a call without an id', () => {
  const custom = read(
    {
      choices: [
        { delta: { tool_calls: [{ index: 0, id: 'c1', custom: { name: 'sql', input: 'select' } }] } },
      ],
    },
    { choices: [{ delta: { tool_calls: [{ index: 0, custom: { input: ' 1' } }] } }] },
  );
  assert.deepEqual(custom.view.toolCalls, [{ name: 'sql', arguments: '"select 1"' }], 'as JSON');
  assert.deepEqual(custom.toolCallIds, ['c1']);
  const old = read(
    { choices: [{ delta: { function_call: { name: 'find', arguments: '{"a"' } } }] },
    { choices: [{ delta: { function_call: { arguments: ':1}' } } }] },
  );
  assert.deepEqual(old.view.toolCalls, [{ name: 'find', arguments: '{"a":1}' }]);
  assert.deepEqual(old.toolCallIds, []);
});

test('parts of an answer are read as its text and its thinking, spoken words as text', () => {
  const parts = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'Ro' },
    { type: 'text', text: 'me' },
    7,
  ];
  const whole = read({ choices: [{ message: { content: parts } }] });
  assert.deepEqual([whole.view.text, whole.reasoning], ['Rome', 'Hm.']);
  const spoken = read({
    choices: [{ message: { content: null, audio: { transcript: 'Rome' } } }],
  });
  assert.equal(spoken.view.text, 'Rome');
});

test('only the first choice is read', () => {
  assert.equal(
    read({
      choices: [
        { index: 1, message: { content: 'no' } },
        { index: 0, message: { content: 'yes' } },
      ],
    }).view.text,
    'yes',
  );
});

test('of reasoning and answer together, the signals are the answer’s', () => {
  const logprobs = { content: [token('Hm', -9), token('Ro', -1), token('me', -3)] };
  const { signals, reasoning } = read({
    choices: [{ message: { reasoning: 'Hm', content: 'Rome' }, logprobs }],
  });
  assert.equal(signals['meanLogprob'], -2);
  assert.equal(reasoning, 'Hm');
  const mixed = read({
    choices: [{ message: { reasoning: 'Hm', content: 'Rome' }, logprobs: { content: [token('Hm', -9)] } }],
  });
  assert.equal(mixed.signals['meanLogprob'], undefined);
});

test('what divides reasoning from answer in a stream is no token of the answer', () => {
  const chunk = (delta: object, ...scored: ReturnType<typeof token>[]): Completion => ({
    choices: [{ delta, logprobs: { content: scored } }],
  });
  const { signals } = read(
    chunk({ reasoning_content: 'Hm' }, token('Hm', -9)),
    chunk({}, token('</think>', -7)),
    chunk({ content: 'Ro' }, token('Ro', -1)),
    chunk({ content: 'me' }, token('me', -3)),
  );
  assert.deepEqual([signals['meanLogprob'], signals['scoredTokens']], [-2, 2]);
});

test('a positive log-probability says nothing, whether the answer is scanned, parsed, in chunks or recorded', () => {
  const scored = [
    {
      token: 'It is',
      logprob: -0.1,
      top_logprobs: [
        { token: 'It is', logprob: -0.1 },
        { token: 'x', logprob: 7 },
      ],
    },
    { token: ' 7', logprob: 2, top_logprobs: [] },
  ];
  const body = (content: unknown) => ({
    choices: [{ message: { content: 'It is 7' }, logprobs: { content } }],
  });
  const compact = JSON.stringify(body(scored));
  const signalsOf = (text: string) =>
    read(readCompletion(text, { upstream: 'u' }, 'signals').completion).signals;
  const scanned = signalsOf(compact);
  assert.deepEqual(
    [scanned['meanLogprob'], scanned['scoredTokens'], scanned['meanMargin']],
    [-0.1, 1, undefined],
  );
  assert.deepEqual(signalsOf(JSON.stringify(body(scored), null, 1)), scanned, 'parsed');
  const chunks = createAnswerReader();
  for (const one of scored)
    chunks.add({ choices: [{ delta: { content: one.token }, logprobs: { content: [one] } }] });
  assert.deepEqual(chunks.finish().signals, scanned, 'in chunks');
  const tokens = scored.map((scoredToken) => ({
    t: scoredToken.token,
    lp: scoredToken.logprob,
    top: scoredToken.top_logprobs.map((one): [string, number] => [one.token, one.logprob]),
  }));
  assert.deepEqual(attemptSignals({ answer: 'It is 7', tokens }), scanned, 'recorded');
});

test('what servers get wrong is left out, and never throws', () => {
  const odd = {
    choices: [
      {
        message: { content: 7, tool_calls: 'x' },
        logprobs: { content: [null, { token: 'a' }] },
        finish_reason: 3,
      },
    ],
    usage: { prompt_tokens: '4' },
    model: 5,
  };
  const { view, usage, model } = read(odd as unknown as Completion);
  assert.deepEqual(
    [view.text, view.toolCalls, view.finishReason, usage, model],
    ['', [], undefined, undefined, undefined],
  );
});

const EVENTS: Readonly<Record<string, readonly string[]>> = {
  openai: ['{"choices":[{"delta":{"content":"Rome"},"finish_reason":"stop"}]}', '[DONE]'],
  'openai, with blanks': ['{"choices":[{"delta":{"content":"Rome"},"finish_reason":"stop"}]}', ' [DONE] '],
  anthropic: [
    '{"type":"message_start","message":{"usage":{"input_tokens":1,"output_tokens":1}}}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Rome"}}',
    '{"type":"message_delta","delta":{"stop_reason":"end_turn"}}',
    '{"type":"message_stop"}',
  ],
  'openai-responses': [
    '{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Rome"}',
    '{"type":"response.completed","response":{"status":"completed","output":[]}}',
    '[DONE]',
  ],
};

for (const [name, texts] of Object.entries(EVENTS))
  test(`a stream of ${name} is read to its end: one that is left is no success of its server`, async () => {
    const dialect = DIALECTS.find((each) => each.name === name.split(',')[0]);
    assert.ok(dialect !== undefined);
    const events = texts.map((data) => ({ data }));
    let last: string | undefined;
    const { read: answer } = await readStream(
      whenOver(
        ReadableStream.from(events) as AsyncIterable<(typeof events)[number]>,
        ({ kind }) => (last = kind),
      ),
      {
        dialect,
        origin: { format: dialect.format, addedLogprobs: false },
        upstream: 'near',
        callId: 0,
        headers: {},
        live: undefined,
        onFirst: () => {},
        onBroken: () => {},
      },
    );
    assert.deepEqual([answer.view.text, last], ['Rome', 'ended']);
  });
