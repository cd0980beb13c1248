import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, failures, refuses, type AskedChat, type ScriptedStep } from '../upstream/scripted-reply.ts';
import { createTestGateway, tokens, type TestGateway, type TestGatewayOptions } from './testing.ts';

const sure: ScriptedStep = answers({ tokens: tokens('Rome of course', 0.97) });
const unsure: ScriptedStep = answers({ tokens: tokens('Perhaps Oslo', 0.5) });

async function withGateway(
  options: TestGatewayOptions,
  run: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const gateway = await createTestGateway(options);
  try {
    await run(gateway);
  } finally {
    await gateway.close();
  }
}

const played = (step: ScriptedStep, asked: AskedChat) => (typeof step === 'function' ? step(asked) : step);

interface ErrorAnswer {
  error: { message: string; type: string; param: string | null; code: string };
}

const errorOf = async (response: Response): Promise<ErrorAnswer['error']> =>
  ((await response.json()) as ErrorAnswer).error;

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

test('an upstream that takes no log-probabilities is asked again without, and remembered', async () => {
  const picky: ScriptedStep = (asked) =>
    asked.body['logprobs'] === undefined
      ? played(answers('Rome'), asked)
      : refuses(400, { message: "'logprobs' is not supported with this model" });
  await withGateway({ small: picky, large: answers('Rome.') }, async ({ chat, small }) => {
    assert.equal((await chat({})).headers.get('x-weir-decision'), 'escalated');
    assert.equal(small.asked.length, 2);
    await chat({});
    assert.equal(small.asked.length, 3);
  });
});

test('the reason and the judgements stand in the body where they are asked for', () =>
  withGateway({ small: sure }, async ({ chat }) => {
    const body = (await (await chat({}, { 'x-weir-explain': '1' })).json()) as {
      weir: { reason: string; judgements: unknown[] };
    };
    assert.match(body.weir.reason, /^Confidence \.970 in small's answer reaches the threshold \.800\.$/);
    assert.equal(body.weir.judgements.length, 1);
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
    ];
    for (const [body, code, param] of cases) {
      const response = await post('/v1/chat/completions', body);
      assert.equal(response.status, 400);
      const error = await errorOf(response);
      assert.deepEqual([error.code, error.param, error.type], [code, param, 'invalid_request_error']);
    }
    assert.equal((await errorOf(await chat({ n: 2 }))).code, 'unsupported_parameter');
    assert.equal((await errorOf(await chat({ top_logprobs: 2 }))).param, 'top_logprobs');
    const unknown = await chat({ model: 'nothing' });
    assert.equal(unknown.status, 404);
    assert.match((await errorOf(unknown)).message, /did you mean 'auto'/);
    assert.equal(small.asked.length, 0);
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

test('a failing small model escalates; the large one failing too is an error of its own kind', () =>
  withGateway(
    {
      small: [failures.garbage, failures.halfJson, failures.empty, refuses(500, { message: 'broken' })],
      large: [
        answers('Rome.'),
        answers('Rome.'),
        answers('Rome.'),
        refuses(429, { message: 'slow down' }, { 'retry-after': '7' }),
      ],
    },
    async ({ chat }) => {
      for (let round = 0; round < 3; round += 1)
        assert.equal((await chat({})).headers.get('x-weir-decision'), 'fallback');
      const response = await chat({});
      assert.equal(response.status, 429);
      assert.equal(response.headers.get('retry-after'), '7');
      assert.equal((await errorOf(response)).code, 'upstream_rate_limited');
    },
  ));

test('a failing last model falls back to the answer already there, and says so', () =>
  withGateway({ small: unsure, large: refuses(500, { message: 'broken' }) }, async ({ chat }) => {
    const response = await chat({});
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-weir-decision'), 'fallback');
    assert.equal(response.headers.get('x-weir-tier'), 'small');
  }));

test("an upstream's own rejection reaches the client in its own words and status", () =>
  withGateway(
    {
      small: refuses(422, {
        message: 'temperature must be at most 1',
        type: 'invalid_request_error',
        code: 'bad_temperature',
      }),
    },
    async ({ chat }) => {
      const response = await chat({ temperature: 3 });
      assert.equal(response.status, 422);
      assert.deepEqual(await errorOf(response), {
        message: 'temperature must be at most 1',
        type: 'invalid_request_error',
        param: null,
        code: 'bad_temperature',
      });
    },
  ));

test('failures send work upward only within the hourly allowance', () =>
  withGateway(
    { small: refuses(500, { message: 'broken' }), large: answers('Rome.'), allowancePerHour: 1 },
    async ({ chat, large }) => {
      assert.equal((await chat({})).status, 200);
      const response = await chat({});
      assert.equal(response.status, 503);
      assert.equal((await errorOf(response)).code, 'failure_allowance_exhausted');
      assert.ok(Number(response.headers.get('retry-after')) > 3_000);
      assert.equal(large.asked.length, 1);
    },
  ));

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

test('the decision can be read and judged as soon as the answer is out', () =>
  withGateway({ small: unsure, large: answers('Rome.') }, async ({ chat, get, post }) => {
    const response = await chat({});
    const id = response.headers.get('x-weir-id') ?? '';
    interface Shown {
      decision: string;
      tier: string;
      costUsd: string;
      attempts: { tier: string; served: boolean; signals: Record<string, number> }[];
      labels: { source: string; verdict: number }[];
    }
    const decision = (await (await get(`/v1/decisions/${id}`)).json()) as Shown;
    assert.equal(decision.decision, 'escalated');
    assert.equal(decision.costUsd, response.headers.get('x-weir-cost-usd'));
    assert.deepEqual(
      decision.attempts.map(({ tier, served }) => [tier, served]),
      [
        ['small', false],
        ['large', true],
      ],
    );
    assert.ok(Number.isFinite(decision.attempts[0]?.signals['meanLogprob']));

    assert.equal((await post('/v1/feedback', { id, verdict: 'bad' })).status, 202);
    assert.equal((await post('/v1/feedback', { id, verdict: 0.75 })).status, 202);
    assert.equal(
      (await post('/v1/feedback', { id, verdict: 'good', source: 'reference', tier: 'small' })).status,
      202,
    );
    const judged = (await (await get(`/v1/decisions/${id}`)).json()) as Shown;
    assert.deepEqual(
      judged.labels
        .map(({ source, verdict }) => `${source} ${verdict}`)
        .toSorted((a, b) => a.localeCompare(b)),
      ['reference 1', 'user 0.75'],
    );
  }));

test('feedback on nothing, or on an answer that was not asked for, is refused', () =>
  withGateway({ small: sure }, async ({ chat, get, post }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    const unknown = 'chatcmpl-01900000-0000-7000-8000-000000000000';
    const codes = [
      await errorOf(await post('/v1/feedback', { id: unknown, verdict: 1 })),
      await errorOf(await post('/v1/feedback', { id, verdict: 2 })),
      await errorOf(await post('/v1/feedback', { id, verdict: 1, tier: 'large' })),
      await errorOf(await post('/v1/feedback', { id, verdict: 1, typo: 1 })),
      await errorOf(await get(`/v1/decisions/${unknown}`)),
      await errorOf(await get('/v1/decisions/x')),
    ].map(({ code, param }) => [code, param]);
    assert.deepEqual(codes, [
      ['unknown_id', 'id'],
      ['invalid_request', 'verdict'],
      ['invalid_request', 'tier'],
      ['invalid_request', 'typo'],
      ['unknown_id', 'id'],
      ['unknown_id', 'id'],
    ]);
  }));

test('texts are recorded only where the setting says so', () =>
  withGateway({ small: sure }, async ({ chat, get }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    const decision = await (await get(`/v1/decisions/${id}`)).text();
    assert.ok(!decision.includes('Which town?') && !decision.includes('Rome'));
  }));

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

test('a client that goes away ends the call, and the record says so', async () => {
  await withGateway({ small: failures.never }, async ({ chat, small, get, recorder }) => {
    const client = new AbortController();
    const response = chat({}, { 'x-request-id': 'gone-1' }, client.signal).catch(() => undefined);
    while (small.asked.length === 0) await new Promise(setImmediate);
    client.abort();
    await response;
    assert.equal(small.asked[0]?.signal.aborted, true);
    assert.equal(recorder.stats().pending, 1);
    assert.match(
      await (await get('/metrics')).text(),
      /weir_requests_total\{route="auto",decision="failed",status="499"\} 1/,
    );
  });
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
