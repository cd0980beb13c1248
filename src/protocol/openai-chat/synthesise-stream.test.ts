import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Completion, showsSomething } from '../common/chat.ts';
import { editAnswer } from './render-answer.ts';
import { synthesiseStream } from './synthesise-stream.ts';

const completion: Completion & { odd: number } = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 3,
  model: 'm',
  odd: 7,
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Rome',
        reasoning_content: 'Hm',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2 },
};

const synthesised = (usage: boolean) =>
  synthesiseStream(completion, { usage }).map((text) => JSON.parse(text) as Completion & { odd: number });

test('a whole answer becomes message, end and usage', () => {
  const [first, last, counted, ...rest] = synthesised(true);
  assert.deepEqual(rest, []);
  assert.equal(first?.object, 'chat.completion.chunk');
  assert.equal(first?.odd, 7);
  assert.deepEqual(first?.choices, [
    {
      logprobs: null,
      index: 0,
      delta: {
        role: 'assistant',
        content: 'Rome',
        reasoning_content: 'Hm',
        tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      finish_reason: null,
    },
  ]);
  assert.deepEqual(last?.choices, [{ index: 0, delta: {}, logprobs: null, finish_reason: 'tool_calls' }]);
  assert.deepEqual([counted?.choices, counted?.usage], [[], completion.usage]);
});

test('each further call is a chunk of its own, which repeats nothing that may be long', () => {
  const call = (name: string) => ({ id: name, type: 'function', function: { name, arguments: '{}' } });
  const message = { role: 'assistant', content: null, tool_calls: [call('f'), call('g'), call('h')] };
  const { usage: _, ...rest } = completion;
  const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
  const chunks = synthesiseStream({ ...rest, choices }, { usage: false }).map(
    (text) => JSON.parse(text) as Completion & { odd?: number },
  );
  const calls = chunks.map(({ choices: [choice] }) => choice?.delta?.tool_calls);
  assert.deepEqual(calls, [
    [{ ...call('f'), index: 0 }],
    [{ ...call('g'), index: 1 }],
    [{ ...call('h'), index: 2 }],
    undefined,
  ]);
  assert.deepEqual(
    chunks.map(({ id, model, odd }) => [id, model, odd]),
    [
      ['chatcmpl-1', 'm', 7],
      ['chatcmpl-1', 'm', undefined],
      ['chatcmpl-1', 'm', undefined],
      ['chatcmpl-1', 'm', 7],
    ],
  );
  const [, second] = synthesiseStream({ ...rest, model: 'm'.repeat(300), choices }, { usage: false });
  assert.equal((JSON.parse(second ?? '') as Completion).model, undefined);
});

test('the usage is left out where nobody asked for it', () => {
  assert.deepEqual(
    synthesised(false).map(({ usage }) => usage),
    [undefined, undefined],
  );
});

test('a chunk shows something when it has more than a role', () => {
  const shows = (choice: object) => showsSomething({ choices: [choice] });
  assert.equal(shows({ delta: { role: 'assistant', content: '' } }), false);
  assert.equal(shows({ delta: { role: 'assistant', content: null } }), false);
  assert.equal(shows({ delta: { role: 'assistant', content: '', tool_calls: [] } }), false);
  assert.equal(showsSomething({ choices: [] }), false);
  assert.equal(shows({ delta: { content: 'a' } }), true);
  assert.equal(shows({ delta: { reasoning: 'a' } }), true);
  assert.equal(shows({ delta: {}, finish_reason: 'stop' }), true);
});

test('of alternatives so many are kept as the client wants, those of a refusal too', () => {
  const edits = { id: 'new', logprobs: { alternatives: 1 }, removeUsage: false } as const;
  const tokens = (alternatives: string) => `[{"token":"a","top_logprobs":[${alternatives}]}]`;
  const text = (alternatives: string, id: string) =>
    `{"id":"${id}","choices":[{"logprobs":{"content":${tokens(alternatives)},"refusal":${tokens(alternatives)}}}]}`;
  assert.equal(editAnswer(text('{"a":1},{"b":2}', 'old'), edits).toString(), text('{"a":1}', 'new'));
});

test('what nobody asked for becomes null, as OpenAI writes it, and only where it stood', () => {
  const edits = { id: 'new', logprobs: 'remove', removeUsage: true } as const;
  const text = '{"choices":[{"logprobs":{"content":[]},"a":1.0},{"a":2}],"usage":{"x":1}}';
  assert.equal(
    editAnswer(text, edits).toString(),
    '{"choices":[{"logprobs":null,"a":1.0},{"a":2}],"id":"new"}',
  );
});
