import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenLogprob } from '../../protocol/common/chat.ts';
import { DONE } from '../../wire/sse.ts';
import { pTrue } from '../../routing/signals/p-true.ts';
import { traceSchema, type Trace } from '../../traces/trace.ts';
import { createRecordedUpstream } from './recorded.ts';
import { lastUserMessage } from '../../traces/question-text.ts';
import { indexTraces, type RecordedQuestions } from './recorded-questions.ts';
import { failureOf, SUM_LINE } from '../testing.ts';
import type { RecordedFacts, UpstreamRequest } from '../upstream.ts';

const tokens = [
  {
    t: ' Par',
    lp: -0.25,
    top: [
      [' Par', -0.25],
      ['Lyon', -1.5],
      ['Nice', -3],
    ],
  },
  { t: 'is 🦆', lp: -0.01 },
];
const lines = [
  {
    id: 'capital-1',
    group: 'capitals',
    system: 'Answer shortly.',
    prompt: 'What is the capital of France?',
    attempts: {
      small: { answer: ' Paris 🦆', tokens, finish: 'length', inputTokens: 20, outputTokens: 2 },
      large: { answer: 'Paris', tokens: [{ t: ' Paris', lp: -0.5 }] },
    },
  },
  SUM_LINE,
  {
    id: 'tool-1',
    group: 'tools',
    prompt: 'Weather in Bern?',
    attempts: { small: { answer: '', toolCalls: [{ name: 'weather', arguments: '{"city":"Bern"}' }] } },
  },
  {
    id: 'river-1',
    group: 'rivers',
    prompt: 'Which river runs through the capital of Austria?',
    attempts: {
      small: {
        answer: 'Danube',
        costUsd: 1.3e-5,
        signals: { answerProb: 0.93 },
        paidSignals: { pTrue: { value: 0.75, costUsd: 2.1e-5 }, verbalized: { value: 0.625 } },
      },
      large: { score: 1, vetoes: ['refusal'] },
    },
  },
  { id: 'open-1', group: 'open', prompt: 'Nobody has answered this yet', attempts: {} },
];
const traces: Trace[] = lines.map((line) => traceSchema.parse(line));

function start(questions: () => Promise<RecordedQuestions> = () => indexTraces(traces)) {
  return createRecordedUpstream({ name: 'demo', questions, models: ['small', 'large'] });
}

function ask(content: unknown, over: Record<string, unknown> = {}, model = 'small') {
  const body = {
    model,
    messages: [
      { role: 'system', content: 'anything' },
      { role: 'user', content },
    ],
    ...over,
  };
  return {
    model,
    body: JSON.stringify(body),
    stream: over['stream'] === true,
    requestId: 'r',
    signal: new AbortController().signal,
  };
}

async function complete(request: UpstreamRequest, upstream = start()) {
  const reply = await upstream.chat(request);
  assert.equal(reply.kind, 'whole');
  return JSON.parse(reply.kind === 'whole' ? reply.text : '') as Completion;
}

interface Completion {
  id: string;
  object: string;
  model: string;
  system_fingerprint: string;
  choices: {
    message?: { content: string | null; tool_calls?: unknown[] };
    delta?: { content?: string | null; role?: string; tool_calls?: unknown[] };
    finish_reason: string | null;
    logprobs: {
      content: { token: string; logprob: number; bytes: number[]; top_logprobs: TokenLogprob[] }[];
    } | null;
  }[];
  usage?: unknown;
}

async function chunks(request: ReturnType<typeof ask>): Promise<Completion[]> {
  const reply = await start().chat(request);
  assert.equal(reply.kind, 'stream');
  const data = reply.kind === 'stream' ? await Array.fromAsync(reply.events, (event) => event.data) : [];
  assert.equal(data.at(-1), DONE);
  return data.slice(0, -1).map((text) => JSON.parse(text) as Completion);
}

test('a recorded question has its recorded answer, of the model that was asked', async () => {
  const small = await complete(ask('What is the capital of France?'));
  assert.deepEqual(
    [
      small.object,
      small.model,
      small.choices[0]?.message,
      small.choices[0]?.finish_reason,
      small.choices[0]?.logprobs,
      small.usage,
    ],
    [
      'chat.completion',
      'small',
      { role: 'assistant', content: ' Paris 🦆' },
      'length',
      null,
      { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
    ],
  );
  const large = await complete(ask('What is the capital of France?', {}, 'large'));
  assert.deepEqual(
    [large.model, large.choices[0]?.message?.content, large.choices[0]?.finish_reason, large.usage],
    ['large', 'Paris', 'stop', undefined],
  );
});

test('everything that was recorded is marked as recorded', async () => {
  assert.equal((await complete(ask('Add 2 and 3.'))).system_fingerprint, 'recorded');
  const streamed = await chunks(ask('Add 2 and 3.', { stream: true }));
  assert.ok(streamed.length > 0 && streamed.every((chunk) => chunk.system_fingerprint === 'recorded'));
});

test('case, white space and the form of the message do not matter', async () => {
  for (const content of [
    '  what is\n the capital   of FRANCE?  ',
    [
      { type: 'text', text: 'What is the capital of' },
      { type: 'text', text: 'France?' },
    ],
  ]) {
    assert.equal((await complete(ask(content))).choices[0]?.message?.content, ' Paris 🦆');
  }
});

test('of a conversation the last user message is the question', async () => {
  assert.equal((await complete(ask('add 2 and 3.'))).choices[0]?.message?.content, '5');
  assert.equal(
    lastUserMessage([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]),
    'a',
  );
  for (const none of [
    undefined,
    [],
    'x',
    [{ role: 'assistant', content: 'b' }],
    [{ role: 'user' }],
    [{ role: 'user', content: [] }],
    [null],
  ]) {
    assert.equal(lastUserMessage(none), undefined);
  }
});

test('log-probabilities come where they are asked for, with as many alternatives as asked', async () => {
  const completion = await complete(
    ask('What is the capital of France?', { logprobs: true, top_logprobs: 2 }),
  );
  assert.deepEqual(completion.choices[0]?.logprobs?.content, [
    {
      token: ' Par',
      logprob: -0.25,
      bytes: [32, 80, 97, 114],
      top_logprobs: [
        { token: ' Par', logprob: -0.25, bytes: [32, 80, 97, 114] },
        { token: 'Lyon', logprob: -1.5, bytes: [76, 121, 111, 110] },
      ],
    },
    { token: 'is 🦆', logprob: -0.01, bytes: [105, 115, 32, 240, 159, 166, 134], top_logprobs: [] },
  ]);
  assert.deepEqual(
    (await complete(ask('What is the capital of France?', { logprobs: true }))).choices[0]?.logprobs
      ?.content[0]?.top_logprobs,
    [],
  );
  assert.equal((await complete(ask('Add 2 and 3.', { logprobs: true }))).choices[0]?.logprobs, null);
});

test('a stream gives the answer token by token, with usage last where it is asked for', async () => {
  const streamed = await chunks(
    ask('What is the capital of France?', {
      stream: true,
      logprobs: true,
      top_logprobs: 1,
      stream_options: { include_usage: true },
    }),
  );
  assert.ok(streamed.every(({ object, id }) => object === 'chat.completion.chunk' && id === streamed[0]?.id));
  assert.deepEqual(
    streamed.map(({ choices: [choice] }) => choice?.delta),
    [{ role: 'assistant', content: '' }, { content: ' Par' }, { content: 'is 🦆' }, {}, undefined],
  );
  assert.deepEqual(
    streamed.map(({ choices: [choice] }) => choice?.finish_reason),
    [null, null, null, 'length', undefined],
  );
  assert.deepEqual(
    streamed[1]?.choices[0]?.logprobs?.content.map(({ token, top_logprobs: top }) => [token, top.length]),
    [[' Par', 1]],
  );
  assert.deepEqual(
    [streamed.at(-1)?.choices, streamed.at(-1)?.usage],
    [[], { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 }],
  );
});

test('tokens that do not make up the text come in one piece with it', async () => {
  const streamed = await chunks(
    ask('What is the capital of France?', { stream: true, logprobs: true }, 'large'),
  );
  assert.deepEqual(
    streamed.map(({ choices: [choice] }) => choice?.delta?.content),
    ['', 'Paris', undefined],
  );
  assert.equal(streamed[1]?.choices[0]?.logprobs?.content[0]?.token, ' Paris');
});

test('tool calls come as tool calls, streamed or not', async () => {
  const [choice] = (await complete(ask('weather in bern?'))).choices;
  const call = {
    id: 'call_tool-1_0',
    type: 'function',
    function: { name: 'weather', arguments: '{"city":"Bern"}' },
  };
  assert.deepEqual(
    [choice?.message, choice?.finish_reason],
    [{ role: 'assistant', content: null, tool_calls: [call] }, 'tool_calls'],
  );
  const streamed = await chunks(ask('weather in bern?', { stream: true }));
  assert.deepEqual(
    streamed.map(({ choices: [piece] }) => piece?.delta),
    [{ role: 'assistant', content: null }, { tool_calls: [{ index: 0, ...call }] }, {}],
  );
});

const RIVER = 'Which river runs through the capital of Austria?';

async function factsOf(request: UpstreamRequest): Promise<RecordedFacts | undefined> {
  return (await start().chat(request)).recorded;
}

test('what the wire has no place for stands beside the reply, streamed or not', async () => {
  for (const stream of [false, true])
    assert.deepEqual(await factsOf(ask(RIVER, { stream })), {
      signals: { answerProb: 0.93 },
      paidSignals: ['pTrue', 'verbalized'],
      costNanoUsd: 13_000,
      hasText: true,
    });
  assert.deepEqual(await factsOf(ask('Add 2 and 3.')), { signals: {}, paidSignals: [], hasText: true });
});

test('an answer whose text was not recorded is empty, and says that it has none', async () => {
  assert.equal((await complete(ask(RIVER, {}, 'large'))).choices[0]?.message?.content, '');
  assert.deepEqual(await factsOf(ask(RIVER, {}, 'large')), {
    signals: {},
    paidSignals: [],
    hasText: false,
    vetoes: ['refusal'],
  });
  assert.equal((await factsOf(ask('Weather in Bern?')))?.hasText, true);
});

/** The question with an answer to it, and what is asked about that. */
function askPaid(paid: string, question = RIVER): UpstreamRequest {
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content: 'Danube' },
    { role: 'user', content: 'Is the answer above correct?' },
  ];
  const body = { model: 'small', messages, logprobs: true, top_logprobs: 5 };
  return { ...ask(''), body: JSON.stringify(body), paid };
}

test('a paid signal has its recorded value and cost, and an answer that a model could have given', async () => {
  assert.deepEqual(await factsOf(askPaid('pTrue')), {
    signals: { pTrue: 0.75 },
    paidSignals: [],
    costNanoUsd: 21_000,
    hasText: false,
  });
  assert.deepEqual((await factsOf(askPaid('verbalized')))?.signals, { verbalized: 0.625 });
  assert.equal((await factsOf(askPaid('verbalized')))?.costNanoUsd, undefined);

  const [said] = (await complete(askPaid('pTrue'))).choices;
  const first = said?.logprobs?.content[0];
  assert.ok(first !== undefined);
  const read = pTrue.read({ text: said?.message?.content ?? '', first });
  assert.ok(Math.abs((read ?? 0) - 0.75) < 1e-12, String(read));
  assert.equal((await complete(askPaid('verbalized'))).choices[0]?.message?.content, '63');
});

test('a paid signal that was not recorded is said to be none', async () => {
  for (const request of [askPaid('agreement'), askPaid('pTrue', 'Add 2 and 3.')]) {
    const failure = await failureOf(start().chat(request));
    assert.equal(failure.code, 'not_recorded');
    assert.match(failure.message, /^No '(?:agreement|pTrue)' was recorded of the answer of 'small'/);
  }
});

test('an unknown question is not recorded, and the nearest known ones are named', async () => {
  const failure = await failureOf(start().chat(ask('What is the capital of Austria?')));
  assert.deepEqual([failure.code, failure.safeToRepeat], ['not_recorded', false]);
  assert.match(
    failure.message,
    /“What is the capital of France\?” · “Which river runs through the capital of Austria\?” · “/,
  );
  assert.equal(failure.message.match(/“/g)?.length, 3);
});

test('a question unlike any other is answered with three all the same', async () => {
  for (const content of ['xyzzy', '', [], [{ type: 'image_url' }]]) {
    assert.equal((await failureOf(start().chat(ask(content)))).message.match(/“/g)?.length, 3);
  }
});

test('a question that this model was not asked is not recorded', async () => {
  assert.equal((await failureOf(start().chat(ask('Add 2 and 3.', {}, 'large')))).code, 'not_recorded');
  assert.equal((await failureOf(start().chat(ask('Nobody has answered this yet')))).code, 'not_recorded');
});

test('a model that was not recorded is named, with those that were', async () => {
  assert.match(
    (await failureOf(start().chat(ask('x', {}, 'huge')))).message,
    /'huge' was not recorded; 'demo' has small, large/,
  );
});

test('its models are those that were recorded', async () => {
  const upstream = start();
  assert.deepEqual(
    (await upstream.models(new AbortController().signal)).map(({ id }) => id),
    ['small', 'large'],
  );
  assert.equal(upstream.available('small'), true);
});

test('a body that is no JSON object, and a call that was aborted, are errors', async () => {
  assert.equal((await failureOf(start().chat({ ...ask('x'), body: '{' }))).code, 'upstream_rejected');
  assert.match(
    (await failureOf(start().chat({ ...ask('x'), signal: AbortSignal.abort() }))).message,
    /cancelled/,
  );
});

test('an abort ends a stream', async () => {
  const client = new AbortController();
  const reply = await start().chat({
    ...ask('What is the capital of France?', { stream: true }),
    signal: client.signal,
  });
  const read = async () => {
    if (reply.kind === 'stream') for await (const _ of reply.events) client.abort();
  };
  await assert.rejects(read(), /cancelled/);
});
