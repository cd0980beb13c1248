import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Completion } from '../openai/chat.ts';
import { createAnswerReader } from './answer-reader.ts';
import { createThinkFilter } from './think-filter.ts';

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

test('thinking in the text is passed by, however its tags are cut into tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 12 }), fc.constantFrom('', ' \n'), (cuts, lead) => {
      const text = `${lead}<think>is it <b>?</think>`;
      const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
      const passed: string[] = [];
      const filter = createThinkFilter(({ token: piece }) => passed.push(piece));
      places.slice(1).forEach((end, index) => filter.add(token(text.slice(places[index], end))));
      filter.add(token('Rome'));
      filter.end();
      assert.equal(passed.join(''), 'Rome');
    }),
  );
});

test('a text that only begins like a tag is an answer', () => {
  const passed: string[] = [];
  const filter = createThinkFilter(({ token: piece }) => passed.push(piece));
  for (const piece of ['<', 'th', 'ead>']) filter.add(token(piece));
  filter.end();
  assert.deepEqual(passed, ['<', 'th', 'ead>']);
  const short: string[] = [];
  const other = createThinkFilter(({ token: piece }) => short.push(piece));
  other.add(token('<'));
  other.end();
  assert.deepEqual(short, ['<']);
});
