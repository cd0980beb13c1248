import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pTrue } from '../routing/signals/p-true.ts';
import { verbalized } from '../routing/signals/verbalized.ts';
import { answers, refuses, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { decisionOf, withSolved } from '../gateway/testing.ts';
import { doubtful, lastText, played, says, smallModel, tokens } from '../upstream/scripted/testing.ts';

test('the question follows the conversation and the answer, and asks for one token with its log-probabilities', () =>
  withSolved({}, { small: smallModel({ pTrue: says(0.95) }) }, async ({ chat, small }) => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Which town?', x: 1.5 },
    ];
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
    await chat({ messages, tools, max_tokens: 99, response_format: { type: 'text' }, stop: ['T'] });
    const [, asked] = small.asked;
    assert.deepEqual(asked?.body, {
      model: 'tiny',
      messages: [
        ...messages,
        { role: 'assistant', content: 'Perhaps Oslo' },
        { role: 'user', content: pTrue.question },
      ],
      max_tokens: 1,
      logprobs: true,
      top_logprobs: 5,
    });
    assert.equal(asked?.stream, false);
  }));

test('it is asked as the model is configured, but for what would change so short a reply', () =>
  withSolved(
    {},
    {
      small: smallModel({ pTrue: says(0.95) }),
      asking: {
        maxTokensField: 'max_completion_tokens',
        params: new Map([
          ['reasoning_effort', '"none"'],
          ['max_completion_tokens', '500'],
          ['response_format', '{"type":"json_object"}'],
        ]),
      },
    },
    async ({ chat, small }) => {
      await chat({});
      const { messages: _, ...rest } = small.asked[1]?.body ?? {};
      assert.deepEqual(rest, {
        model: 'tiny',
        max_completion_tokens: 1,
        logprobs: true,
        top_logprobs: 5,
        reasoning_effort: 'none',
      });
    },
  ));

test('an answer that is a tool call is asked about in words', () =>
  withSolved(
    {},
    {
      small: smallModel(
        { pTrue: says(0.95) },
        answers({
          content: '',
          tokens: tokens('f x', 0.7),
          toolCalls: [{ name: 'f', arguments: '{"a":1}' }],
        }),
      ),
    },
    async ({ chat, small }) => {
      const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
      assert.equal((await chat({ tools })).status, 200);
      const messages = small.asked[1]?.body['messages'] as { role: string; content: string }[];
      assert.deepEqual(messages.at(-2), { role: 'assistant', content: 'f({"a":1})' });
    },
  ));

test('a stated confidence is asked for in words, beside P(True)', () =>
  withSolved(
    { paidSignals: ['pTrue', 'verbalized'] },
    { small: smallModel({ pTrue: says(0.95), verbalized: answers('88') }) },
    async (gateway) => {
      const response = await gateway.chat({});
      const { attempts } = await decisionOf(gateway, response);
      assert.equal(attempts.length, 2);
      assert.deepEqual(Object.keys(attempts[1]?.signals ?? {}), ['pTrue', 'verbalized']);
      assert.equal(attempts[1]?.signals['verbalized'], 0.88);
      // The answer 1,400; P(True) 4,200; ten tokens in and one out 1,200.
      assert.equal(response.headers.get('x-weir-cost-usd'), '0.0000068');
      const stated = gateway.small.asked.find((asked) => lastText(asked) === verbalized.question);
      assert.deepEqual([stated?.body['logprobs'], stated?.body['max_tokens']], [undefined, 16]);
    },
  ));

test('a model that is not configured for paid signals is never asked for them', () =>
  withSolved(
    { paidSignals: [] },
    { small: smallModel({ pTrue: says(0.95) }), large: answers('Rome.') },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      assert.equal(gateway.small.asked.length, 1);
    },
  ));

test('once a server refuses log-probabilities, P(True) is not tried again', () =>
  withSolved(
    {},
    {
      small: smallModel({ pTrue: refuses(400, { message: 'logprobs are not supported' }) }),
      large: answers('Rome.'),
    },
    async ({ chat, small }) => {
      assert.equal((await chat({})).status, 200);
      assert.equal(small.asked.length, 2);
      assert.equal((await chat({})).status, 200);
      assert.equal(small.asked.length, 3);
    },
  ));

test('a solved policy asks for log-probabilities of every answer it judges, and none of the last tier', () =>
  withSolved(
    { paidSignals: [] },
    { small: doubtful, large: answers('Rome.') },
    async ({ chat, small, large }) => {
      await chat({});
      assert.equal(small.asked[0]?.body['logprobs'], true);
      assert.equal(large.asked[0]?.body['logprobs'], undefined);
      // The small model is the last that this request may use, and not the last of the policy: it is judged all the same.
      await chat({}, { 'x-weir-max-tier': 'small' });
      assert.equal(small.asked[1]?.body['logprobs'], true);
    },
  ));

for (const status of [400, 404, 422, 500])
  test(`a limit that a server refuses with ${status} is written under its other name, once more and from then on`, () => {
    const refusing: ScriptedStep = (asked) =>
      played(
        asked.body['max_tokens'] === undefined
          ? says(0.95)
          : refuses(status, {
              message: "Unsupported parameter: 'max_tokens' is not supported with this model.",
            }),
        asked,
      );
    return withSolved(
      {},
      { small: smallModel({ pTrue: refusing }), large: answers('Rome.') },
      async ({ chat, small }) => {
        for (const calls of [3, 2]) {
          const before = small.asked.length;
          assert.equal((await chat({})).headers.get('x-weir-decision'), 'accepted');
          assert.equal(small.asked.length, before + calls);
          const { body } = small.asked.at(-1) ?? {};
          assert.deepEqual([body?.['max_tokens'], body?.['max_completion_tokens']], [undefined, 1]);
        }
        // What clients write stays theirs.
        await chat({ max_tokens: 7 });
        assert.equal(small.asked.at(-2)?.body['max_tokens'], 7);
      },
    );
  });

test('log-probabilities that a server refuses carelessly are asked for no more: without them there is no signal', () => {
  const refusing = refuses(500, { message: 'logprobs are not supported' });
  return withSolved(
    {},
    { small: smallModel({ pTrue: refusing }), large: answers('Rome.') },
    async ({ chat, small }) => {
      await chat({});
      const before = small.asked.length;
      await chat({});
      assert.equal(small.asked.length, before + 1, 'only the question itself');
    },
  );
});

test('what a server said of a question about an answer is for operators, without the words of either', () => {
  const refusing = refuses(500, { message: 'the worker crashed on Oslo near town' });
  return withSolved(
    {},
    { small: smallModel({ pTrue: refusing }), large: answers('Rome.') },
    async (gateway) => {
      const { attempts } = await decisionOf(gateway, await gateway.chat({}));
      const [, asked] = attempts as { errorMessage?: string }[];
      assert.match(asked?.errorMessage ?? '', /the worker crashed on \[…\] near \[…\]/);
    },
  );
});
