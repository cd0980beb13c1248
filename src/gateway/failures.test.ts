import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, failures, refuses, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { errorOf, withGateway } from './testing.ts';
import { played, unsure } from '../upstream/scripted/testing.ts';

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

test('what an upstream says of a request that it rejects is for the client, not for the record or the log', async () => {
  const rejects = refuses(400, { message: 'You sent: Which town?' });
  const steps = { small: rejects, large: rejects };
  await withGateway(steps, async ({ chat, recorder, logged }) => {
    const response = await chat({});
    const id = response.headers.get('x-weir-id')?.slice(9) ?? '';
    assert.match((await errorOf(response)).message, /You sent: Which town/);
    const decision = await recorder.decision(id, 'default');
    assert.equal(decision?.outcome.prompt, undefined);
    assert.match(decision?.outcome.reason ?? '', /rejected the request \(400\)/);
    assert.match(decision?.attempts[0]?.errorMessage ?? '', /rejected the request/);
    assert.doesNotMatch(JSON.stringify(decision) + logged.join(''), /Which town/);
  });
});

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

test('failures send work upward while it costs no more than it may', () =>
  withGateway(
    // 10 tokens in and 1 out cost 12,000 nano-dollars at large, and would have cost 1,200 at small.
    { small: refuses(500, { message: 'broken' }), large: answers('Rome.'), maxExtraNanoUsd: 10_800 },
    async ({ chat, large }) => {
      assert.equal((await chat({})).status, 200);
      const response = await chat({});
      assert.equal(response.status, 503);
      assert.equal((await errorOf(response)).code, 'failure_allowance_exhausted');
      assert.equal(response.headers.get('retry-after'), '5', 'the tier may have failed this once');
      assert.equal(large.asked.length, 1);
    },
  ));

test('a prompt too long for a model is no failure of its tier, and costs nothing that failures may cost', () =>
  withGateway(
    {
      small: refuses(400, { message: 'too long', code: 'context_length_exceeded' }),
      large: answers('Rome.'),
      maxExtraNanoUsd: 0,
    },
    async ({ chat }) => {
      for (let round = 0; round < 3; round += 1) {
        const { headers } = await chat({});
        assert.equal(headers.get('x-weir-tier'), 'large');
        assert.equal(headers.get('x-weir-decision'), 'direct');
        assert.equal(headers.get('x-weir-failed-tiers'), null);
      }
    },
  ));

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
