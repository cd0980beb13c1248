import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answers,
  failures,
  refuses,
  streams,
  type ScriptedStep,
} from '../upstream/scripted/scripted-reply.ts';
import { errorOf, eventsOf, withGateway } from '../gateway/testing.ts';
import { played, sure, tokens, unsure } from '../upstream/scripted/testing.ts';

interface Chunk {
  id: string;
  choices: {
    delta: { content?: string; tool_calls?: { index: number; function: { name: string } }[] };
    logprobs?: unknown;
    finish_reason: string | null;
  }[];
  usage?: { total_tokens: number } | null;
}

const chunksOf = (data: readonly string[]): Chunk[] =>
  data.filter((text) => text !== '[DONE]').map((text) => JSON.parse(text) as Chunk);
const textOf = (chunks: readonly Chunk[]): string =>
  chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

/** Chunks of a stream by hand. */
const piece = (content: string, finish: string | null = null): string =>
  JSON.stringify({
    id: 'up',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'huge-2',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  });

test('a held answer becomes a well-formed stream, with the decision in the headers', () =>
  withGateway({ small: sure }, async ({ chat, small }) => {
    const response = await chat({ stream: true });
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('x-weir-decision'), 'accepted');
    const { data, comments } = eventsOf(await response.text());
    assert.equal(data.at(-1), '[DONE]');
    const chunks = chunksOf(data);
    assert.equal(textOf(chunks), 'Rome of course');
    assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, 'stop');
    assert.deepEqual([...new Set(chunks.map(({ id }) => id))], [response.headers.get('x-weir-id')]);
    assert.ok(
      chunks.every(({ usage }) => usage === undefined),
      'the usage was not asked for',
    );
    assert.ok(
      chunks.every(({ choices }) => choices[0]?.logprobs === null),
      'nor were log-probabilities',
    );
    assert.match(comments[0] ?? '', /^weir \{.*"costUsd":"0\.0000016"/);
    assert.deepEqual(small.asked[0]?.body['stream_options'], { include_usage: true });
  }));

test('the usage comes as a last chunk to a client that asked for it', () =>
  withGateway({ small: sure }, async ({ chat }) => {
    const { data } = eventsOf(
      await (await chat({ stream: true, stream_options: { include_usage: true } })).text(),
    );
    const last = chunksOf(data).at(-1);
    assert.deepEqual([last?.choices.length, last?.usage?.total_tokens], [0, 13]);
  }));

test('an answer that is replaced never reaches the client', () =>
  withGateway({ small: unsure, large: answers('Rome.') }, async ({ chat }) => {
    const response = await chat({ stream: true });
    assert.equal(response.headers.get('x-weir-decision'), 'escalated');
    const text = await response.text();
    assert.ok(!text.includes('Oslo'));
    assert.equal(textOf(chunksOf(eventsOf(text).data)), 'Rome.');
  }));

test('a final tier streams live: its first characters are out before its last are there', async () => {
  const rest = Promise.withResolvers<void>();
  const live: ScriptedStep = {
    headers: { 'content-type': 'text/event-stream' },
    body: [
      `data: ${piece('Ro')}\n\n`,
      { until: rest.promise },
      `data: ${piece('me', 'stop')}\n\n`,
      'data: [DONE]\n\n',
    ],
  };
  await withGateway({ small: unsure, large: live }, async ({ chat }) => {
    const response = await chat({ stream: true });
    assert.equal(response.headers.get('x-weir-tier'), 'large');
    assert.equal(response.headers.get('x-weir-decision'), 'escalated');
    assert.equal(
      response.headers.get('x-weir-model'),
      'huge-2',
      'what the upstream calls it, as in the decision',
    );
    assert.equal(response.headers.get('x-weir-cost-usd'), null, 'not known yet');
    const reader = response.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    assert.match(first, /"content":"Ro"/);
    rest.resolve();
    let text = first;
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    const { data, comments } = eventsOf(text);
    assert.equal(textOf(chunksOf(data)), 'Rome');
    assert.equal(data.at(-1), '[DONE]');
    assert.match(comments.at(-1) ?? '', /"decision":"escalated"/);
  });
});

test('an upstream that dies in mid-stream is one error event and no [DONE]', () =>
  withGateway({ small: unsure, large: streams([piece('Ro')], 'cut') }, async ({ chat, get }) => {
    const response = await chat({ stream: true });
    assert.equal(response.status, 200);
    const { data } = eventsOf(await response.text());
    assert.ok(!data.includes('[DONE]'));
    const last = JSON.parse(data.at(-1) ?? '') as { error: { code: string; type: string } };
    assert.deepEqual([last.error.code, last.error.type], ['upstream_error', 'server_error']);
    const decision = (await (
      await get(`/v1/decisions/${response.headers.get('x-weir-id') ?? ''}`)
    ).json()) as { decision: string; errorCode: string; costUsd?: string };
    assert.deepEqual([decision.decision, decision.errorCode], ['failed', 'upstream_error']);
    assert.equal(decision.costUsd, undefined, 'nobody said what the words that came have cost');
  }));

test('a stream that ends without [DONE] and without a finish_reason is broken', () =>
  withGateway({ small: unsure, large: streams([piece('Ro'), piece('me')]) }, async ({ chat }) => {
    const { data } = eventsOf(await (await chat({ stream: true })).text());
    assert.ok(!data.includes('[DONE]'));
    assert.match(data.at(-1) ?? '', /"code":"upstream_error"/);
  }));

test('a stream with nothing in it is an invalid response of a named upstream, and not one that broke', () =>
  withGateway({ small: unsure, large: streams([]) }, async ({ chat, get }) => {
    const response = await chat({ stream: true });
    const decision = await (await get(`/v1/decisions/${response.headers.get('x-weir-id')}`)).text();
    assert.match(decision, /Upstream 'far' answered with a stream that has no chunk in it/);
    assert.match(decision, /"errorCode":"upstream_invalid_response"/);
  }));

test('a stream that ends with a finish_reason but no [DONE] is complete', () =>
  withGateway({ small: unsure, large: streams([piece('Rome', 'stop')]) }, async ({ chat }) => {
    const { data } = eventsOf(await (await chat({ stream: true })).text());
    assert.equal(data.at(-1), '[DONE]');
  }));

test('an upstream that dies before it showed anything leaves the place to the answer already there', () =>
  withGateway({ small: unsure, large: streams([piece('')], 'cut') }, async ({ chat }) => {
    const response = await chat({ stream: true });
    assert.equal(response.headers.get('x-weir-decision'), 'fallback');
    const { data } = eventsOf(await response.text());
    assert.equal(textOf(chunksOf(data)), 'Perhaps Oslo');
    assert.equal(data.at(-1), '[DONE]');
  }));

test('where no acceptable answer is an error, the last tier is held too: what was shown cannot be taken back', () =>
  withGateway(
    { small: unsure, large: streams([piece('Ro', 'length')]), policy: { onAbstain: 'error' } },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      assert.equal(response.status, 422);
      assert.equal((await errorOf(response)).code, 'no_acceptable_answer');
    },
  ));

test('such an answer that comes after the headers is an error event, and no [DONE]', async () => {
  const later = Promise.withResolvers<void>();
  const large: ScriptedStep = async () => {
    await later.promise;
    return streams([piece('Ro', 'length')]);
  };
  await withGateway(
    { small: unsure, large, policy: { onAbstain: 'error' }, headerWaitMs: 1 },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      later.resolve();
      const { data } = eventsOf(await response.text());
      assert.deepEqual(
        data.map((text) => (JSON.parse(text) as { error: { code: string } }).error.code),
        ['no_acceptable_answer'],
      );
    },
  );
});

test('errors before the headers are plain errors', () =>
  withGateway({ small: refuses(500, { message: 'broken' }), large: failures.garbage }, async ({ chat }) => {
    const response = await chat({ stream: true });
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(response.status, 502);
  }));

test('an error inside a stream of chunks is said as one', () =>
  withGateway(
    { small: unsure, large: streams([piece('Ro'), '{"error":{"message":"out of memory","code":500}}']) },
    async ({ chat }) => {
      const { data } = eventsOf(await (await chat({ stream: true })).text());
      assert.match(data.at(-1) ?? '', /ended with an error/);
      assert.doesNotMatch(data.join(''), /out of memory/);
    },
  ));

test('headers that have waited long enough go out with what is known, and comments keep the line alive', async () => {
  const later = Promise.withResolvers<void>();
  const slow: ScriptedStep = async (asked) => {
    await later.promise;
    return played(sure, asked);
  };
  await withGateway({ small: slow, headerWaitMs: 1, keepAliveMs: 1 }, async ({ chat }) => {
    const response = await chat({ stream: true });
    assert.equal(response.headers.get('x-weir-route'), 'auto');
    assert.equal(response.headers.get('x-weir-decision'), null);
    const reader = response.body?.getReader();
    assert.match(new TextDecoder().decode((await reader?.read())?.value), /^: keep-alive\n\n$/);
    later.resolve();
    let text = '';
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    const { data, comments } = eventsOf(text);
    assert.equal(textOf(chunksOf(data)), 'Rome of course');
    assert.match(comments.at(-1) ?? '', /"decision":"accepted"/);
    assert.equal(data.at(-1), '[DONE]');
  });
});

test('a tier that gives log-probabilities only without streaming is asked so, and its answer becomes a stream', () =>
  withGateway({ small: sure, asking: { logprobs: 'plain' } }, async ({ chat, small }) => {
    const response = await chat({ stream: true });
    assert.equal(small.asked[0]?.stream, false);
    assert.equal(small.asked[0]?.body['stream_options'], undefined);
    const { data } = eventsOf(await response.text());
    const chunks = chunksOf(data);
    assert.equal(textOf(chunks), 'Rome of course');
    assert.deepEqual(
      chunks.map(({ choices }) => choices[0]?.finish_reason),
      [null, 'stop'],
    );
    assert.equal(data.at(-1), '[DONE]');
  }));

test('tool calls of a synthesised stream carry their index', () =>
  withGateway(
    {
      small: answers({
        toolCalls: [
          { name: 'a', arguments: '{}' },
          { name: 'b', arguments: '{}' },
        ],
        tokens: tokens('', 0.99),
      }),
    },
    async ({ chat }) => {
      const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }));
      const { data } = eventsOf(await (await chat({ stream: true, tools })).text());
      const calls = chunksOf(data).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
      assert.deepEqual(
        calls.map(({ index, function: { name } }) => [index, name]),
        [
          [0, 'a'],
          [1, 'b'],
        ],
      );
    },
  ));

test('a reader that leaves a stream ends the call at once', async () => {
  const hanging: ScriptedStep = {
    headers: { 'content-type': 'text/event-stream' },
    body: [`data: ${piece('Ro')}\n\n`],
    then: 'hang',
  };
  await withGateway({ small: unsure, large: hanging }, async ({ chat, large, recorder }) => {
    const response = await chat({ stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    assert.equal(large.asked[0]?.signal.aborted, true);
    while (recorder.stats().pending === 0) await new Promise(setImmediate);
    const decision = await recorder.decision(
      (response.headers.get('x-weir-id') ?? '').slice('chatcmpl-'.length),
      'default',
    );
    assert.equal(decision?.outcome.status, 499);
  });
});
