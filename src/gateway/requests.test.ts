import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers } from '../upstream/scripted/scripted-reply.ts';
import { errorOf, withGateway } from './testing.ts';
import { sure, unsure } from '../upstream/scripted/testing.ts';

test('unknown request fields reach the upstream with their spelling', () =>
  withGateway({ small: sure }, async ({ post, small }) => {
    const body =
      '{"model":"gpt-4o","messages":[{"role":"user","content":"hi","x":1.50}],"user_field":{"a":[1e3]}}';
    assert.equal((await post('/v1/chat/completions', body)).status, 200);
    assert.deepEqual(small.asked[0]?.body['user_field'], { a: [1000] });
    assert.equal(small.asked[0]?.body['model'], 'tiny');
  }));

test('parameters are adapted to the model, and what was dropped is reported', () =>
  withGateway(
    {
      small: sure,
      asking: {
        maxTokensField: 'max_completion_tokens',
        dropParams: ['temperature', 'seed'],
        params: new Map([['reasoning_effort', '"low"']]),
      },
    },
    async ({ chat, small }) => {
      const response = await chat({ max_tokens: 7, temperature: 0 });
      assert.equal(response.headers.get('x-weir-dropped-params'), 'temperature');
      const {
        max_tokens: old,
        max_completion_tokens: limit,
        temperature,
        reasoning_effort: effort,
      } = small.asked[0]?.body ?? {};
      assert.deepEqual([old, limit, temperature, effort], [undefined, 7, undefined, 'low']);
    },
  ));

test('log-probabilities that a model does not have are reported as dropped, by both names', () =>
  withGateway({ small: sure, asking: { logprobs: 'none' } }, async ({ chat, small }) => {
    const dropped = async (body: object) =>
      (await chat(body, { 'x-weir-max-tier': 'small' })).headers.get('x-weir-dropped-params');
    assert.equal(await dropped({ logprobs: true, top_logprobs: 2 }), 'logprobs, top_logprobs');
    assert.equal(await dropped({ logprobs: true }), 'logprobs');
    assert.deepEqual(
      small.asked.map(({ body }) => ['logprobs' in body, 'top_logprobs' in body]),
      [
        [false, false],
        [false, false],
      ],
    );
  }));

test('headers tighten the policy', () =>
  withGateway({ small: unsure, large: answers('Rome.') }, async ({ chat }) => {
    assert.equal((await chat({}, { 'x-weir-max-tier': 'small' })).headers.get('x-weir-tier'), 'small');
    assert.equal((await chat({}, { 'x-weir-min-tier': 'large' })).headers.get('x-weir-decision'), 'direct');
    assert.equal((await chat({}, { 'x-weir-data-class': 'restricted' })).headers.get('x-weir-tier'), 'small');
    const none = await chat({}, { 'x-weir-data-class': 'restricted', 'x-weir-min-tier': 'large' });
    assert.equal(none.status, 400);
    assert.equal((await errorOf(none)).code, 'no_tier_allowed');
  }));

test('a header of ours that is unknown, unbuilt or malformed is refused: silence would leak', () =>
  withGateway({ small: sure }, async ({ chat, small }) => {
    const codes = await Promise.all(
      [
        { 'x-weir-dataclass': 'a' },
        { 'x-weir-max-cost-usd': '1' },
        { 'x-weir-max-tier': 'huge' },
        { 'x-weir-explain': 'yes' },
        { 'x-weir-topic': 'a\tb' },
      ].map(async (headers) => (await errorOf(await chat({}, headers))).code),
    );
    assert.deepEqual(codes, [
      'unknown_header',
      'unknown_header',
      'invalid_header',
      'invalid_header',
      'invalid_header',
    ]);
    assert.equal(small.asked.length, 0);
  }));

test('malformed requests are told what is wrong and where', () =>
  withGateway({ small: sure }, async ({ post, chat, small }) => {
    const cases: [unknown, string, string | null][] = [
      ['', 'invalid_json', null],
      ['{"model":', 'invalid_json', null],
      ['[]', 'invalid_json', null],
      [{}, 'invalid_request', 'model'],
      [{ model: 'auto' }, 'invalid_request', 'messages'],
      [{ model: 'auto', messages: [] }, 'invalid_request', 'messages'],
      [{ model: 'auto', messages: [{}] }, 'invalid_request', 'messages[0].role'],
      [{ model: 'auto', messages: 'hi' }, 'invalid_request', 'messages'],
      ...[5, true, {}].map((content): [unknown, string, string] => [
        { model: 'auto', messages: [{ role: 'user', content }] },
        'invalid_request',
        'messages[0].content',
      ]),
    ];
    for (const [body, code, param] of cases) {
      const response = await post('/v1/chat/completions', body);
      assert.equal(response.status, 400);
      const error = await errorOf(response);
      assert.deepEqual([error.code, error.param, error.type], [code, param, 'invalid_request_error']);
    }
    assert.equal((await errorOf(await chat({ top_logprobs: 2 }))).param, 'top_logprobs');
    const unknown = await chat({ model: 'nothing' });
    assert.equal(unknown.status, 404);
    assert.match((await errorOf(unknown)).message, /did you mean 'auto'\?$/);
    assert.equal(small.asked.length, 0);
  }));

test('a wrong field is told in words, not in those of the schema', () =>
  withGateway({ small: sure }, async ({ chat }) => {
    const says = async (body: object): Promise<string> => (await errorOf(await chat(body))).message;
    assert.equal(await says({ messages: [] }), "Invalid 'messages': it must have at least 1 entry.");
    assert.equal(await says({ messages: 'hi' }), "Invalid 'messages': it must be a list, and is a string.");
    assert.equal(
      await says({ messages: [{ content: 'hi' }] }),
      "Invalid 'messages[0].role': it is missing, and must be a string.",
    );
    assert.equal(await says({ n: 0 }), "Invalid 'n': it must be at least 1.");
    assert.equal(
      await says({ messages: [{ role: 'user', content: 5 }] }),
      "Invalid 'messages[0].content': it must be a string, a list or null, and is a number.",
    );
  }));

test('a message says something in text, in parts, or not at all', () =>
  withGateway({ small: sure }, async ({ chat, small }) => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Which town?' }] },
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'assistant', tool_calls: [] },
    ];
    assert.equal((await chat({ messages })).status, 200);
    assert.deepEqual(small.asked[0]?.body['messages'], messages);
  }));

test('a body over the limit is a 413, declared or not', () =>
  withGateway({ small: sure }, async ({ post, app }) => {
    const large = JSON.stringify({
      model: 'auto',
      messages: [{ role: 'user', content: 'x'.repeat(200_000) }],
    });
    assert.equal(
      (await post('/v1/chat/completions', large, { 'content-length': String(large.length) })).status,
      413,
    );
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(large));
        controller.close();
      },
    });
    const response = await app.request('/v1/chat/completions', {
      method: 'POST',
      headers: { host: '127.0.0.1:8787', 'content-type': 'application/json' },
      body,
      duplex: 'half',
    });
    assert.equal(response.status, 413);
  }));
