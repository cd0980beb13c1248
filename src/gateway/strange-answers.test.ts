import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DONE } from '../wire/sse.ts';
import { answers, streams, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { played } from '../upstream/scripted/testing.ts';
import { errorOf, eventsOf, withGateway } from './testing.ts';

/** A sure answer's chunks, with what a server may put among them. */
const token = (text: string, more: object = {}) => ({
  index: 0,
  delta: { content: text },
  logprobs: { content: [{ token: text, logprob: -0.001, top_logprobs: [{ token: text, logprob: -0.001 }] }] },
  finish_reason: null,
  ...more,
});
const chunk = (choices: unknown, more: object = {}) =>
  JSON.stringify({ id: 'u', object: 'chat.completion.chunk', created: 1, model: 'tiny', choices, ...more });
const ROME = chunk([token('Rome')]);
const END = chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
const USAGE = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };

const LARGE = answers('LARGE');
/** What a client of a ladder gets from the small tier, and from it alone. */
async function asked(small: ScriptedStep, body: object, see: (seen: Seen) => void | Promise<void>) {
  for (const alone of [false, true])
    await withGateway({ small, large: alone ? small : LARGE }, async ({ chat }) => {
      const response = await chat(body, alone ? { 'x-weir-min-tier': 'large' } : {});
      const text = await response.text();
      await see({ alone, response, text, ...eventsOf(text) });
    });
}
async function forEach<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) await run(item);
}

interface Seen {
  alone: boolean;
  response: Response;
  text: string;
  data: string[];
  comments: string[];
}

/** The content that a stream's chunks bring, read as a client does: each is an object with a list of choices. */
function contentOf(data: readonly string[]): string {
  return data
    .filter((each) => each !== DONE)
    .flatMap((each) => (JSON.parse(each) as { choices: { delta: { content?: string } }[] }).choices)
    .map(({ delta }) => delta.content ?? '')
    .join('');
}

const FAILED: readonly (readonly [string, string])[] = [
  [
    'an error beside choices',
    chunk([{ index: 0, delta: { content: '' } }], { error: { code: 502, message: 'x' } }),
  ],
  ['an error that is text', chunk([], { error: 'x' })],
  ['an error inside a choice', chunk([{ index: 0, delta: {}, error: { message: 'x' } }])],
  ['the reason `error`', chunk([{ index: 0, delta: { content: '' }, finish_reason: 'error' }])],
  ['an error alone', '{"error":{"message":"x","code":502}}'],
  ['an error in the shape of older vLLM', '{"object":"error","message":"x","code":400}'],
  ['FastAPI’s detail', '{"detail":"Internal Server Error"}'],
  ['text that is no JSON', 'Internal Server Error'],
];
for (const [what, event] of FAILED)
  test(`a stream with ${what} has failed: a later tier is asked; alone it ends with an error, without [DONE]`, () =>
    asked(streams([ROME, event, END, DONE]), { stream: true }, ({ alone, data }) => {
      if (!alone) {
        assert.equal(contentOf(data), 'LARGE');
        return;
      }
      assert.match(data.at(-1) ?? '', /^\{"error":\{"message":"The stream of upstream 'far'/);
      assert.doesNotMatch(data.join(''), /"error":\{"code":502|Internal Server/);
    }));

test('a whole answer that is marked as failed is never accepted', () => {
  const choice = { index: 0, message: { role: 'assistant', content: 'Rome' } };
  const bodies = [
    { choices: [{ ...choice, finish_reason: 'stop' }], error: { message: 'x', code: 502 } },
    { choices: [{ ...choice, finish_reason: 'error' }] },
    { choices: [{ ...choice, finish_reason: 'stop', error: { message: 'x' } }] },
  ];
  return forEach(bodies, (body) =>
    asked({ body: [JSON.stringify(body)] }, {}, async ({ alone, response, text }) => {
      assert.equal(response.status, alone ? 502 : 200);
      assert.match(text, alone ? /"code":"upstream_error"/ : /LARGE/);
      await Promise.resolve();
    }),
  );
});

test('an `error` that says nothing beside choices is none', () =>
  forEach([null, false, '', {}], (error) =>
    asked(streams([chunk([token('Rome')], { error }), END, DONE]), { stream: true }, ({ data }) =>
      assert.equal(contentOf(data), 'Rome'),
    ),
  ));

for (const reason of ['', ' ', null])
  test(`a stream whose finish_reason is ${JSON.stringify(reason)} has not ended: it is broken off`, () => {
    const cut = streams([chunk([token('Rome', { finish_reason: reason })])]);
    return asked(cut, { stream: true }, ({ alone, data }) => {
      if (alone) assert.match(data.at(-1) ?? '', /ended in the middle/);
      else assert.equal(contentOf(data), 'LARGE');
      assert.ok(data.every((each) => !/"finish_reason":"\s*"/.test(each)));
    });
  });

const SIGNS: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['an empty object', '{}'],
  ['empty data', ''],
  ['a type of its own', '{"type":"ping"}'],
  ['choices that are null', chunk(null)],
  ['usage whose choices are null', chunk(null, { usage: USAGE })],
  ['usage whose choices are an object', chunk({}, { usage: USAGE })],
  ['usage without choices', JSON.stringify({ id: 'u', usage: USAGE })],
  ['a null delta', chunk([{ index: 0, delta: null, finish_reason: null }])],
  ['no delta', chunk([{ index: 0, content_filter_offsets: { start: 0 }, finish_reason: null }])],
];
for (const [what, event] of SIGNS)
  for (const usage of [false, true])
    test(`a stream with ${what} is good, and every chunk can be read${usage ? ', where usage is wanted too' : ''}`, () =>
      asked(
        streams([event, ROME, event, END, DONE]),
        { stream: true, ...(usage ? { stream_options: { include_usage: true } } : {}) },
        ({ data, comments }) => {
          assert.equal(contentOf(data), 'Rome');
          assert.equal(data.at(-1), DONE);
          assert.match(comments.join(''), /"decision":"(?:accepted|direct)"/);
        },
      ));

test('events of other names pass by, as do comments', () =>
  asked(
    {
      headers: { 'content-type': 'text/event-stream' },
      body: [
        `: hi\n\nevent: ping\ndata: x\n\ndata: ${ROME}\n\nevent: message\ndata: ${END}\n\ndata: ${DONE}\n\n`,
      ],
    },
    { stream: true },
    ({ data }) => assert.equal(contentOf(data), 'Rome'),
  ));

test('alternatives that are null or junk leave the token’s own probability, whole and in a stream', () =>
  forEach([null, 'x', 7, {}, [null], [{ token: 'a' }], [{ logprob: 'x' }]], (junk) => {
    const logprobs = { content: [{ token: 'Rome', logprob: -0.001, top_logprobs: junk }] };
    const whole = JSON.stringify({
      choices: [{ index: 0, message: { content: 'Rome' }, logprobs, finish_reason: 'stop' }],
      usage: USAGE,
    });
    const step: ScriptedStep = ({ stream }) =>
      stream ? streams([chunk([token('Rome', { logprobs })]), END, DONE]) : { body: [whole] };
    return forEach([true, false], (stream) =>
      asked(step, { stream }, ({ alone, response }) => {
        assert.equal(response.headers.get('x-weir-decision'), alone ? 'direct' : 'accepted');
      }),
    );
  }));

test('numbers that JSON does not have become null, for the gateway and for the client', () => {
  const logprobs = `{"content":[{"token":"NaN \\"Infinity","logprob":-0.001,"top_logprobs":[{"token":"a","logprob":-Infinity}]}]}`;
  const head = `{"id":"u","x":NaN,"choices":[{"index":0,"logprobs":${logprobs},`;
  const step: ScriptedStep = ({ stream }) =>
    stream
      ? streams([`${head}"delta":{"content":"say NaN"}}]}`, END, DONE])
      : {
          body: [
            `${head}"message":{"content":"say NaN"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`,
          ],
        };
  const wanted = { logprobs: true, top_logprobs: 5 };
  return forEach([true, false], (stream) =>
    asked(step, { stream, ...wanted }, ({ text, data }) => {
      const [first = ''] = stream ? data : [text];
      assert.equal((JSON.parse(first) as { x: unknown }).x, null);
      assert.match(first, /say NaN/);
      assert.match(first, /"token":"NaN \\"Infinity"/);
    }),
  );
});

test('tool calls reach the client under integer indices, one for each call, streamed and put together from a whole answer', () => {
  const call = (id: string, path: string, index?: unknown) => ({
    index,
    id,
    type: 'function',
    function: { name: 'read', arguments: JSON.stringify({ path }) },
  });
  const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }];
  const calls = (index: unknown) => [call('a', '1', index), call('b', '2', index)];
  return forEach([0, null, undefined, -1, '0'], (index) => {
    const [one, two] = calls(index);
    const part = (tool_calls: unknown) => chunk([{ index: 0, delta: { tool_calls }, finish_reason: null }]);
    const end = chunk([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]);
    const message = { role: 'assistant', content: null, tool_calls: calls(index) };
    const whole = JSON.stringify({
      choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
      usage: USAGE,
    });
    const step: ScriptedStep = (ask) =>
      ask.stream ? streams([part([one]), part([two]), end, DONE]) : played({ body: [whole] }, ask);
    return asked(step, { stream: true, tools }, ({ alone, data }) => {
      if (!alone) return;
      const got = data
        .filter((each) => each !== DONE)
        .flatMap(
          (each) =>
            (JSON.parse(each) as { choices: { delta: { tool_calls?: { index: number; id: string }[] } }[] })
              .choices,
        )
        .flatMap(({ delta }) => delta.tool_calls ?? [])
        .map((each) => [each.index, each.id]);
      assert.deepEqual(got, [
        [0, 'a'],
        [1, 'b'],
      ]);
    });
  });
});

test('limits that OpenAI does not have pass as they were written; nonsense is still told', () =>
  withGateway({ small: answers('Rome'), large: answers('Rome') }, async ({ chat, small }) => {
    for (const limit of [-1, 0, null, 0.5, 100.5, 1e9]) {
      assert.equal((await chat({ max_tokens: limit, max_completion_tokens: limit })).status, 200);
      assert.equal(small.asked.at(-1)?.body['max_tokens'], limit);
    }
    assert.equal((await errorOf(await chat({ max_tokens: 'many' }))).param, 'max_tokens');
  }));

const DEPTH = 100_000;
const deepList = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
const deepObject = '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH);
/** Where a server can put something nested into an answer; `PART` is the message of a whole answer, the delta of a stream. */
const PLACES: readonly (readonly [string, (deep: string) => string])[] = [
  [
    'beside the choices',
    (deep) => `{"choices":[{"index":0,"PART":{"content":"Rome"},"finish_reason":"stop"}],"x":${deep}}`,
  ],
  ['as the choices', (deep) => `{"choices":${deep}}`],
  [
    'in a choice',
    (deep) => `{"choices":[{"index":0,"x":${deep},"PART":{"content":"Rome"},"finish_reason":"stop"}]}`,
  ],
  ['as the content', (deep) => `{"choices":[{"index":0,"PART":{"content":${deep}},"finish_reason":"stop"}]}`],
  [
    'as a tool’s arguments',
    (deep) =>
      `{"choices":[{"index":0,"PART":{"content":"Rome","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":${deep}}}]},"finish_reason":"stop"}]}`,
  ],
  [
    'as log-probabilities',
    (deep) =>
      `{"choices":[{"index":0,"PART":{"content":"Rome"},"logprobs":{"content":${deep}},"finish_reason":"stop"}]}`,
  ],
  [
    'as alternatives',
    (deep) =>
      `{"choices":[{"index":0,"PART":{"content":"Rome"},"logprobs":{"content":[{"token":"Rome","logprob":-0.1,"top_logprobs":${deep}}]},"finish_reason":"stop"}]}`,
  ],
  [
    'as usage',
    (deep) => `{"choices":[{"index":0,"PART":{"content":"Rome"},"finish_reason":"stop"}],"usage":${deep}}`,
  ],
  [
    'as an error',
    (deep) => `{"choices":[{"index":0,"PART":{"content":"Rome"},"finish_reason":"stop"}],"error":${deep}}`,
  ],
  ['as the whole answer', (deep) => deep],
];
for (const [place, write] of PLACES)
  for (const [kind, deep] of [
    ['lists', deepList],
    ['objects', deepObject],
  ] as const)
    for (const stream of [false, true])
      test(`${DEPTH} nested ${kind} ${place} of ${stream ? 'a stream' : 'a whole answer'} are an answer or a failure, never a fault of the gateway`, () => {
        const text = write(deep).replaceAll('PART', stream ? 'delta' : 'message');
        const small: ScriptedStep = stream ? streams([text, END, DONE]) : { body: [text] };
        return asked(
          small,
          {
            stream,
            ...(place.includes('tool') ? { tools: [{ type: 'function', function: { name: 'f' } }] } : {}),
          },
          ({ alone, response, text: got }) => {
            assert.notEqual(response.status, 500);
            assert.doesNotMatch(got, /internal_error/);
            if (!alone) assert.match(got, /LARGE|Rome|\[\[\[\[|"a":\{/);
          },
        );
      });

for (const status of [400, 429, 500])
  test(`${DEPTH} nested values in the error of a ${status} are the server's trouble`, () =>
    forEach([deepList, deepObject, `{"error":${deepObject}}`, `{"error":{"message":${deepList}}}`], (body) =>
      asked({ status, body: [body] }, {}, ({ alone, response, text }) => {
        assert.notEqual(response.status, 500);
        assert.match(text, alone ? /"code":"upstream_/ : /LARGE/);
      }),
    ));

for (const stream of [false, true])
  test(`an answer with thousands of calls is none, ${stream ? 'streamed' : 'whole'}: it would keep the gateway busy for seconds`, () => {
    const calls = Array.from({ length: 2_000 }, (_, index) => ({
      index,
      id: `c${index}`,
      type: 'function',
      function: { name: 'f', arguments: '{}' },
    }));
    const part = { role: 'assistant', content: null, tool_calls: calls };
    const choice = { index: 0, [stream ? 'delta' : 'message']: part, finish_reason: 'tool_calls' };
    const small: ScriptedStep = stream
      ? streams([chunk([choice]), END, DONE])
      : { body: [JSON.stringify({ choices: [choice] })] };
    const tools = [{ type: 'function', function: { name: 'f' } }];
    return asked(small, { stream, tools }, ({ alone, text }) =>
      assert.match(text, alone ? /"code":"upstream_invalid_response"/ : /LARGE/),
    );
  });
