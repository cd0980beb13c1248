import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../upstream/manual-clock.ts';
import { withResilience } from '../upstream/resilience/resilience.ts';
import { createScriptedUpstream } from '../upstream/scripted/scripted.ts';
import { answers, failures, refuses, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { played, sure, unsure } from '../upstream/scripted/testing.ts';
import { errorOf, withGateway } from './testing.ts';

/** 10 tokens in and 10 out cost 30,000 nano-dollars at large, and would have cost 3,000 at small. */
const large = answers({ content: 'Rome.', usage: { inputTokens: 10, outputTokens: 10 } });
const EXTRA = 27_000;
const HOUR_S = 3_600;

/** A small tier whose server has died, with everything that stands before a server; time stands still until it is moved. */
function deadSmall() {
  const clock = createManualClock();
  const server = createScriptedUpstream({ name: 'local', chat: failures.dropped });
  const options = { maxConcurrent: 32, maxQueue: 64, queueTimeoutMs: 10_000, retries: 2 };
  return { clock, server, upstream: withResilience(server, { ...options, clock }) };
}

test('all requests are answered while the small tier is dead for an hour, and somebody is told', async () => {
  const { clock, server, upstream } = deadSmall();
  await withGateway({ small: sure, upstream, large, monotonic: clock.now }, async ({ chat, alarms }) => {
    for (let minute = 0; minute < 60; minute += 1) {
      for (let request = 0; request < 4; request += 1) {
        const { status, headers } = await chat({});
        assert.deepEqual([status, headers.get('x-weir-tier')], [200, 'large']);
        assert.equal(headers.get('x-weir-failed-tiers'), 'small');
      }
      clock.advance(60_000);
    }
    assert.ok(server.asked.length < 100, 'its circuit breaker leaves it alone');
    assert.deepEqual([...new Set(alarms.map(({ kind }) => kind))], ['tier_failing']);
  });
});

test('a burst of 200 at once is answered, what the small tier has no room for by the next one', async () => {
  const released = Promise.withResolvers<ScriptedStep>();
  const server = createScriptedUpstream({
    name: 'local',
    chat: async (asked) => played(await released.promise, asked),
  });
  const options = { maxConcurrent: 32, maxQueue: 64, queueTimeoutMs: 10_000, retries: 2 };
  const upstream = withResilience(server, { ...options, clock: createManualClock() });
  await withGateway({ small: sure, upstream, large }, async ({ chat, large: next }) => {
    const burst = Array.from({ length: 200 }, () => chat({}));
    while (next.asked.length < 200 - 96) await new Promise(setImmediate);
    released.resolve(sure);
    const tiers = (await Promise.all(burst)).map(
      ({ status, headers }) => `${status} ${headers.get('x-weir-tier')}`,
    );
    assert.equal(tiers.filter((each) => each === '200 small').length, 96);
    assert.equal(tiers.filter((each) => each === '200 large').length, 104);
  });
});

test('what an outage costs stays within the limit to one request, and every 503 says when to come back', async () => {
  const { clock, upstream } = deadSmall();
  const limit = 10 * EXTRA;
  await withGateway(
    { small: sure, upstream, large, monotonic: clock.now, maxExtraNanoUsd: limit },
    async ({ chat, large: server, alarms }) => {
      const answeredAt: number[] = [];
      for (let second = 0; second < 2 * HOUR_S; second += 60) {
        const response = await chat({});
        if (response.status === 200) answeredAt.push(second);
        else {
          assert.equal(response.status, 503);
          assert.equal((await errorOf(response)).code, 'failure_allowance_exhausted');
          const wait = Number(response.headers.get('retry-after'));
          assert.ok(wait >= 1 && wait <= HOUR_S, `${wait} s`);
        }
        clock.advance(60_000);
      }
      assert.equal(server.asked.length, answeredAt.length);
      for (const from of answeredAt) {
        const within = answeredAt.filter((at) => at >= from && at < from + HOUR_S).length * EXTRA;
        assert.ok(within <= limit + EXTRA, `${within} nano-dollars within an hour`);
      }
      assert.equal(answeredAt.length, 20, 'ten in each hour');
      assert.ok(alarms.some(({ kind }) => kind === 'failure_budget_spent'));
    },
  );
});

test('many requests at once do not pass the limit together', async () => {
  const clock = createManualClock();
  await withGateway(
    { small: refuses(500, { message: 'ill' }), large, monotonic: clock.now, maxExtraNanoUsd: 5 * EXTRA },
    async ({ chat, large: server }) => {
      for (let burst = 0; burst < 5; burst += 1) {
        const responses = await Promise.all(Array.from({ length: 20 }, () => chat({})));
        for (const { status, headers } of responses)
          if (status !== 200) assert.ok(Number(headers.get('retry-after')) >= 1);
      }
      assert.ok(server.asked.length >= 5 && server.asked.length <= 6, `${server.asked.length} were paid`);
    },
  );
});

test('after a Retry-After of the limit the request is answered', async () => {
  const clock = createManualClock();
  await withGateway(
    {
      small: refuses(429, { message: 'come back later' }, { 'retry-after': '7200' }),
      large,
      monotonic: clock.now,
      maxExtraNanoUsd: EXTRA,
    },
    async ({ chat }) => {
      assert.equal((await chat({})).status, 200);
      clock.advance(600_000);
      const refused = await chat({});
      assert.equal(refused.status, 503);
      const wait = Number(refused.headers.get('retry-after'));
      assert.ok(wait > 2_900 && wait <= 3_001, `${wait} s`);
      clock.advance((wait - 2) * 1_000);
      assert.equal((await chat({})).status, 503);
      clock.advance(2_000);
      assert.equal((await chat({})).status, 200);
    },
  );
});

test('an answer that was not accepted is marked in the body and at the end of a stream too', () =>
  withGateway({ small: unsure, large: refuses(503, { message: 'no' }) }, async ({ chat, alarms }) => {
    const explained = (await (await chat({}, { 'x-weir-explain': '1' })).json()) as {
      weir: { decision: string; failedTiers: string[]; reason: string };
    };
    assert.deepEqual([explained.weir.decision, explained.weir.failedTiers], ['fallback', ['large']]);
    assert.match(explained.weir.reason, /though it was not accepted/);
    const stream = await (await chat({ stream: true })).text();
    assert.match(stream, /: weir .*"decision":"fallback".*"failedTiers":\["large"\]/);
    assert.deepEqual(
      alarms.map(({ kind, about }) => [kind, about]),
      [
        ['last_tier_failed', 'auto'],
        ['last_tier_failed', 'auto'],
      ],
    );
  }));

test('a stream whose last tier fails gets an error where the route says so', () =>
  withGateway(
    { small: unsure, large: refuses(503, { message: 'no' }), policy: { onLastTierFailure: 'error' } },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      assert.equal(response.status, 503);
      assert.equal((await errorOf(response)).code, 'upstream_unavailable');
    },
  ));

const TOOLS = {
  tools: [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
  ],
};
const noTools: ScriptedStep = (asked) =>
  asked.body['tools'] === undefined
    ? played(sure, asked)
    : refuses(500, { message: 'the template takes no tools' });

test('a small tier that rejects tools answers plain questions, and costs nothing of what failures may cost', async () => {
  const clock = createManualClock();
  const server = createScriptedUpstream({ name: 'local', chat: noTools });
  const options = { maxConcurrent: 32, maxQueue: 64, queueTimeoutMs: 10_000, retries: 2 };
  const upstream = withResilience(server, { ...options, clock });
  await withGateway({ small: sure, upstream, large, monotonic: clock.now }, async ({ chat, alarms }) => {
    for (let minute = 0; minute < 60; minute += 1) {
      const [withTools, plain] = [await chat(TOOLS), await chat({})];
      assert.deepEqual([withTools.status, withTools.headers.get('x-weir-tier')], [200, 'large']);
      assert.deepEqual([plain.status, plain.headers.get('x-weir-tier')], [200, 'small']);
      clock.advance(60_000);
    }
    assert.deepEqual(alarms, []);
    const refused = server.asked.filter(({ body }) => body['tools'] !== undefined);
    assert.ok(refused.length <= 4, `it was asked with tools ${refused.length} times in an hour`);
  });
});
