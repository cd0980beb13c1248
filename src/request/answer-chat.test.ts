import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { withGateway } from '../gateway/testing.ts';
import { played, sure, tokens, unsure } from '../upstream/scripted/testing.ts';

test('a confident answer of the small model is served, with the decision in the headers', () =>
  withGateway({ small: sure, large: answers('Rome.') }, async ({ chat, small, large }) => {
    const response = await chat({});
    assert.equal(response.status, 200);
    const body = (await response.json()) as {
      id: string;
      choices: { message: { content: string }; logprobs: unknown }[];
    };
    assert.equal(body.choices[0]?.message.content, 'Rome of course');
    assert.match(body.id, /^chatcmpl-[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const header = (name: string) => response.headers.get(name);
    assert.equal(header('x-weir-id'), body.id);
    assert.equal(header('x-weir-decision'), 'accepted');
    assert.equal(header('x-weir-tier'), 'small');
    assert.equal(header('x-weir-model'), 'tiny');
    assert.equal(header('x-weir-certified'), 'no');
    assert.equal(header('x-weir-confidence'), '0.9700');
    assert.equal(header('x-weir-attempts'), '1');
    // 10 tokens in and 3 out at 100 and 200 nano-dollars; ten times that at the large one.
    assert.equal(header('x-weir-cost-usd'), '0.0000016');
    assert.equal(header('x-weir-baseline-usd-estimate'), '0.000016');
    assert.equal(header('x-weir-gain'), null);
    assert.equal(small.asked.length, 1);
    assert.equal(large.asked.length, 0);
  }));

test('a doubtful answer goes on to the large model, and both are paid', () =>
  withGateway({ small: unsure, large: answers('Rome.') }, async ({ chat, large }) => {
    const response = await chat({});
    assert.equal(response.headers.get('x-weir-decision'), 'escalated');
    assert.equal(response.headers.get('x-weir-attempts'), '2');
    assert.equal(response.headers.get('x-weir-cost-usd'), '0.0000134');
    assert.equal(response.headers.get('x-weir-confidence'), null);
    assert.equal(
      large.asked[0]?.body['logprobs'],
      undefined,
      'the last tier is not asked for log-probabilities',
    );
  }));

test('what the gateway asked for on its own is taken out again, and nothing else is touched', async () => {
  const odd =
    '{ "id":"x","object":"chat.completion", "created":1.0, "choices":[{"index":0,"message":{"role":"assistant","content":"Rome","odd":[1e2]},"logprobs":{"content":[{"token":"Rome","logprob":-0.010,"bytes":null,"top_logprobs":[]}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"odd":null},"unknown_field":{"a":1.50}}';
  await withGateway(
    { small: { headers: { 'content-type': 'application/json' }, body: [odd] } },
    async ({ chat }) => {
      const response = await chat({});
      const id = response.headers.get('x-weir-id') ?? '';
      const expected = odd
        .replace('"id":"x"', `"id":"${id}"`)
        .replace(/"logprobs":\{.*?\]\}\]\}/, '"logprobs":null');
      assert.equal(await response.text(), expected);
    },
  );
});

test('log-probabilities that the client asked for come as many as it asked for', () =>
  withGateway({ small: sure }, async ({ chat, small }) => {
    const response = await chat({ logprobs: true, top_logprobs: 1 });
    const body = (await response.json()) as {
      choices: { logprobs: { content: { top_logprobs: unknown[] }[] } }[];
    };
    assert.equal(small.asked[0]?.body['top_logprobs'], 5);
    assert.deepEqual(
      body.choices[0]?.logprobs.content.map((token) => token.top_logprobs.length),
      [1, 1, 1],
    );
  }));

test('the reason and the judgements stand in the body where they are asked for', () =>
  withGateway({ small: sure }, async ({ chat }) => {
    const body = (await (await chat({}, { 'x-weir-explain': '1' })).json()) as {
      weir: { reason: string; judgements: unknown[] };
    };
    assert.match(body.weir.reason, /^Confidence 0\.970 in small's answer reaches the threshold 0\.800\.$/);
    assert.equal(body.weir.judgements.length, 1);
  }));

const tool = {
  type: 'function',
  function: {
    name: 'find',
    parameters: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
  },
};

test('a tool call whose arguments do not fit is a veto, whatever the confidence', () =>
  withGateway(
    {
      small: answers({ toolCalls: [{ name: 'find', arguments: '{"id":"x"}' }], tokens: tokens('', 0.99) }),
      large: answers({ toolCalls: [{ id: 'call_9', name: 'find', arguments: '{"id":1}' }] }),
    },
    async ({ chat }) => {
      const response = await chat({ tools: [tool] });
      assert.equal(response.headers.get('x-weir-tier'), 'large');
      // In the next turn the conversation stays where the call was issued.
      const followUp = [
        { role: 'user', content: 'q' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_9', type: 'function', function: { name: 'find', arguments: '{"id":1}' } }],
        },
        { role: 'tool', tool_call_id: 'call_9', content: '7' },
      ];
      const next = await chat({ tools: [tool], messages: followUp });
      assert.equal(next.headers.get('x-weir-decision'), 'direct');
    },
  ));

test('an answer that does not fit the asked JSON schema is a veto', () =>
  withGateway(
    { small: answers({ tokens: tokens('{"town":7}', 0.99) }), large: answers('{"town":"Rome"}') },
    async ({ chat }) => {
      const schema = {
        type: 'object',
        properties: { town: { type: 'string' } },
        required: ['town'],
        additionalProperties: false,
      };
      const response = await chat({
        response_format: { type: 'json_schema', json_schema: { name: 'town', schema } },
      });
      assert.equal(response.headers.get('x-weir-tier'), 'large');
      const explained = (await (
        await chat(
          { response_format: { type: 'json_schema', json_schema: { name: 'town', schema } } },
          { 'x-weir-explain': '1' },
        )
      ).json()) as { weir: { judgements: { vetoes: string[] }[] } };
      assert.deepEqual(explained.weir.judgements[0]?.vetoes, ['schema_mismatch']);
    },
  ));

test('reasoning passes through, and stays out of the signals', async () => {
  const body = JSON.stringify({
    choices: [
      {
        index: 0,
        message: { role: 'assistant', reasoning_content: 'Hm', content: 'Rome' },
        finish_reason: 'stop',
        logprobs: {
          content: [
            { token: 'Hm', logprob: -9 },
            { token: 'Rome', logprob: -0.01 },
          ],
        },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 1 } },
  });
  await withGateway(
    { small: { headers: { 'content-type': 'application/json' }, body: [body] } },
    async ({ chat, get }) => {
      const response = await chat({});
      assert.match(await response.text(), /"reasoning_content":"Hm"/);
      assert.equal(response.headers.get('x-weir-decision'), 'accepted');
      const decision = (await (
        await get(`/v1/decisions/${response.headers.get('x-weir-id') ?? ''}`)
      ).json()) as { attempts: { reasoningTokens: number }[] };
      assert.equal(decision.attempts[0]?.reasoningTokens, 1);
    },
  );
});

test('limits of the serving upstream and the request id pass through', async () => {
  const limited: ScriptedStep = async (asked) => {
    const reply = await played(sure, asked);
    return {
      ...reply,
      headers: {
        'content-type': 'application/json',
        'x-ratelimit-remaining-requests': '41',
        'set-cookie': 'a=b',
      },
    };
  };
  await withGateway({ small: limited }, async ({ chat }) => {
    const response = await chat({}, { 'x-request-id': 'abc-123' });
    assert.equal(response.headers.get('x-ratelimit-remaining-requests'), '41');
    assert.equal(response.headers.get('set-cookie'), null);
    assert.equal(response.headers.get('x-request-id'), 'abc-123');
    assert.notEqual(
      (await chat({}, { 'x-request-id': 'a b\u00e9' })).headers.get('x-request-id'),
      'a b\u00e9',
    );
  });
});
