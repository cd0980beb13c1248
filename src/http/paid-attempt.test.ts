import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAID_QUESTIONS } from '../routing/paid-signals.ts';
import type { Tier } from '../routing/policy.ts';
import { handMade, type HandMadeOptions } from '../routing/testing.ts';
import { answers, refuses, type AskedChat, type ScriptedStep } from '../upstream/scripted-reply.ts';
import { createTestGateway, eventsOf, tokens, type TestGateway, type TestGatewayOptions } from './testing.ts';

/** A reply to the question about an answer: the first token, with what else it could have been. */
const says = (probabilityOfTrue: number): ScriptedStep =>
  answers({
    tokens: [
      {
        text: 'True',
        logprob: Math.log(probabilityOfTrue),
        top: [
          ['True', Math.log(probabilityOfTrue)],
          ['False', Math.log(1 - probabilityOfTrue)],
        ],
      },
    ],
    usage: { inputTokens: 40, outputTokens: 1 },
  });

const doubtful = answers({ tokens: tokens('Perhaps Oslo', 0.7) });

function lastText({ body }: AskedChat): unknown {
  return (body['messages'] as { content: unknown }[]).at(-1)?.content;
}

const played = (step: ScriptedStep, asked: AskedChat) => (typeof step === 'function' ? step(asked) : step);

/** Answers questions doubtfully, and questions about its answers as it is told. */
function smallModel(
  replies: { pTrue?: ScriptedStep; verbalized?: ScriptedStep },
  answer = doubtful,
): ScriptedStep {
  return (asked) => {
    const text = lastText(asked);
    if (text === PAID_QUESTIONS.pTrue.text)
      return played(replies.pTrue ?? refuses(500, { message: 'no' }), asked);
    if (text === PAID_QUESTIONS.verbalized.text)
      return played(replies.verbalized ?? refuses(500, { message: 'no' }), asked);
    return played(answer, asked);
  };
}

interface SolvedOptions extends Partial<HandMadeOptions> {
  paidSignals?: readonly string[];
}

/** A gateway whose small model's answers are judged by their mean probability, and by what it thinks of them for money. */
async function withSolved(
  { paidSignals = ['pTrue'], ...hand }: SolvedOptions,
  options: TestGatewayOptions,
  run: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const { rule, model } = handMade({
    tiers: { small: 1_000, large: 200_000 },
    signal: 'meanLogprob',
    transform: 'logit-exp',
    paid: { small: 10_000 },
    ...hand,
  });
  const tiers: Tier[] = [
    {
      name: 'small',
      model: 'tiny',
      upstream: 'local',
      location: 'on-premises',
      price: { input: 100, output: 200 },
      paidSignals,
    },
    {
      name: 'large',
      model: 'huge',
      upstream: 'far',
      location: 'cloud',
      price: { input: 1_000, output: 2_000 },
    },
  ];
  const gateway = await createTestGateway({
    ...options,
    policy: { rule, tiers },
    confidenceModel: model,
  });
  try {
    await run(gateway);
  } finally {
    await gateway.close();
  }
}

interface Described {
  costUsd: string;
  decision: string;
  reason: string;
  attempts: {
    about?: number;
    signals: Record<string, number>;
    costUsd?: string;
    errorCode?: string;
    cut: boolean;
  }[];
  explanation: {
    judgements: {
      action: string;
      confidence?: number;
      gain?: number;
      disagreement?: number;
      actions?: { action: string; expectedCostUsd: number }[];
      contributions?: { signal: string }[];
    }[];
  };
}

async function decisionOf({ get }: TestGateway, response: Response): Promise<Described> {
  return (await (await get(`/v1/decisions/${response.headers.get('x-weir-id')}`)).json()) as Described;
}

test('a doubtful answer whose model finds it right is served; its question is paid for and recorded', () =>
  withSolved({}, { small: smallModel({ pTrue: says(0.95) }), large: answers('Rome.') }, async (gateway) => {
    const response = await gateway.chat({ temperature: 0.3 }, {});
    const body = (await response.json()) as { choices: { message: { content: string } }[] };
    assert.equal(body.choices[0]?.message.content, 'Perhaps Oslo');
    assert.equal(response.headers.get('x-weir-decision'), 'accepted');
    assert.equal(response.headers.get('x-weir-attempts'), '2');
    // 10 in and 2 out for the answer, 40 in and 1 out for the question, at 100 and 200 nano-dollars.
    assert.equal(response.headers.get('x-weir-cost-usd'), '0.0000056');
    assert.ok(Number(response.headers.get('x-weir-confidence')) > 0.95);
    const { attempts, costUsd, explanation } = await decisionOf(gateway, response);
    assert.equal(costUsd, '0.0000056');
    assert.deepEqual(
      attempts.map(({ about, costUsd: each }) => [about, each]),
      [
        [undefined, '0.0000014'],
        [0, '0.0000042'],
      ],
    );
    assert.ok(Math.abs((attempts[1]?.signals['pTrue'] ?? 0) - 0.95) < 1e-9);
    const [entered, bought, accepted] = explanation.judgements;
    assert.deepEqual([entered?.action, bought?.action, accepted?.action], ['enter', 'paid', 'accept']);
    assert.deepEqual(
      bought?.actions?.map(({ action }) => action),
      ['accept', 'buy the paid signals', 'ask large'],
    );
    for (const { gain, disagreement, contributions } of [bought ?? {}, accepted ?? {}]) {
      assert.equal(typeof gain, 'number');
      assert.equal(typeof disagreement, 'number');
      assert.ok((contributions?.length ?? 0) > 0);
    }
  }));

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
        { role: 'user', content: PAID_QUESTIONS.pTrue.text },
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
      const stated = gateway.small.asked.find((asked) => lastText(asked) === PAID_QUESTIONS.verbalized.text);
      assert.deepEqual([stated?.body['logprobs'], stated?.body['max_tokens']], [undefined, 16]);
    },
  ));

for (const [what, replies, why] of [
  ['the server fails', { pTrue: refuses(503, { message: 'busy' }) }, /local/],
  [
    'the reply is something else',
    { pTrue: answers({ tokens: tokens('Maybe', 0.9) }) },
    /something else than/,
  ],
  ['it has no log-probabilities', { pTrue: answers('True') }, /without log-probabilities/],
] as const)
  test(`where ${what}, the decision is made without: no error, no fallback, no allowance taken`, () =>
    withSolved(
      {},
      { small: smallModel(replies), large: answers('Rome.'), allowancePerHour: 0 },
      async (gateway) => {
        const response = await gateway.chat({});
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('x-weir-decision'), 'escalated');
        assert.equal(response.headers.get('x-weir-tier'), 'large');
        const { attempts, reason } = await decisionOf(gateway, response);
        assert.deepEqual(
          attempts.map(({ about, cut }) => [about, cut]),
          [
            [undefined, false],
            [0, true],
            [undefined, false],
          ],
        );
        assert.match(reason, /The paid signals of small's answer could not be had/);
        assert.match(reason, why);
      },
    ));

test('a reply that says nothing is paid for all the same', () =>
  withSolved(
    {},
    { small: smallModel({ pTrue: answers('Hm') }), large: answers('Rome.') },
    async (gateway) => {
      const { attempts } = await decisionOf(gateway, await gateway.chat({}));
      assert.equal(attempts[1]?.errorCode, 'upstream_invalid_response');
      assert.equal(attempts[1]?.costUsd, '0.0000012');
    },
  ));

test('without the one that the confidence model requires, the others are no use', () =>
  withSolved(
    { paidSignals: ['pTrue', 'verbalized'] },
    { small: smallModel({ pTrue: answers('Hm'), verbalized: answers('99') }), large: answers('Rome.') },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      const { attempts } = await decisionOf(gateway, response);
      assert.deepEqual([attempts[1]?.signals, attempts[1]?.cut], [{ verbalized: 0.99 }, true]);
    },
  ));

test('of two paid signals one may fail that it does not require', () =>
  withSolved(
    { paidSignals: ['verbalized', 'pTrue'] },
    { small: smallModel({ pTrue: says(0.95), verbalized: answers('no idea') }) },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-decision'), 'accepted');
      const { attempts } = await decisionOf(gateway, response);
      assert.deepEqual(Object.keys(attempts[1]?.signals ?? {}), ['pTrue']);
      assert.equal(attempts[1]?.cut, false);
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

test('a client that goes while the model is asked about its answer ends the request', async () => {
  const asked = Promise.withResolvers<void>();
  const hanging: ScriptedStep = () => {
    asked.resolve();
    return { then: 'never' };
  };
  await withSolved({}, { small: smallModel({ pTrue: hanging }) }, async ({ chat, large, small }) => {
    const client = new AbortController();
    const response = chat({}, {}, client.signal);
    await asked.promise;
    client.abort();
    assert.equal((await response).status, 499);
    assert.equal(large.asked.length, 0);
    assert.equal(small.asked[1]?.signal.aborted, true);
  });
});

test('a stream is kept alive while the model is asked about its answer', async () => {
  const release = Promise.withResolvers<void>();
  const slow: ScriptedStep = async (asked) => {
    await release.promise;
    return played(says(0.95), asked);
  };
  await withSolved(
    {},
    { small: smallModel({ pTrue: slow }), headerWaitMs: 0, keepAliveMs: 5 },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      assert.match((await reader?.read())?.value ?? '', /^: keep-alive/);
      release.resolve();
      let text = '';
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
        text += part.value;
      const { data, comments } = eventsOf(text);
      assert.equal(data.at(-1), '[DONE]');
      assert.match(comments.find((comment) => comment.startsWith('weir')) ?? '', /"decision":"accepted"/);
    },
  );
});

test('a late live stream says of itself what it is: escalated, not a fallback', () =>
  withSolved(
    {},
    {
      small: smallModel({ pTrue: refuses(503, { message: 'busy' }) }),
      large: answers({ tokens: tokens('Rome it is', 0.9) }),
    },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      assert.equal(response.headers.get('x-weir-decision'), 'escalated');
      assert.equal(response.headers.get('x-weir-attempts'), '3');
      await response.text();
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
      // The small model is the last that this request may use: nothing is judged.
      await chat({}, { 'x-weir-max-tier': 'small' });
      assert.equal(small.asked[1]?.body['logprobs'], undefined);
    },
  ));

test('what was weighed stands in the body where it is asked for', () =>
  withSolved({}, { small: smallModel({ pTrue: says(0.95) }) }, async ({ chat }) => {
    const { weir } = (await (await chat({}, { 'x-weir-explain': '1' })).json()) as {
      weir: { judgements: { actions?: { action: string; expectedCostUsd: number }[] }[]; gain?: number };
    };
    assert.equal(typeof weir.gain, 'number');
    assert.ok(weir.judgements.every(({ actions }) => (actions?.length ?? 0) > 0));
  }));
