import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAiUpstream } from '../upstream/openai-compatible/openai-compatible.ts';
import {
  answers,
  failures,
  refuses,
  streams,
  type ScriptedStep,
} from '../upstream/scripted/scripted-reply.ts';
import { errorOf, withGateway, withSolved, type TestGateway } from './testing.ts';
import { smallModel, unsure } from '../upstream/scripted/testing.ts';

/** 10 tokens in and 1 out of the large tier, in dollars. */
const LARGE_USD = '0.000012';

interface Costs {
  /** Of the request, as its record has it. */
  costUsd?: string;
  attempts: { tier: string; errorCode?: string; errorMessage?: string; costUsd?: string }[];
}

async function costsOf({ get }: TestGateway, response: Response): Promise<Costs> {
  await response.text();
  const id = response.headers.get('x-weir-id') ?? '';
  return (await (await get(`/v1/decisions/${id}`)).json()) as Costs;
}

const metric = async ({ get }: TestGateway, name: string): Promise<string | undefined> =>
  new RegExp(`^${name}\\{.*\\} (.+)$`, 'm').exec(await (await get('/metrics')).text())?.[1];

const unbilled: [what: string, step: ScriptedStep][] = [400, 401, 402, 404, 413, 429, 503, 529].map(
  (status) => [`is turned away with a ${status}`, refuses(status, { message: 'no' })],
);

for (const [what, step] of unbilled)
  test(`a call that ${what} cost nothing, and the request what its other calls did`, () =>
    withGateway({ small: step, large: answers('Rome') }, async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-cost-usd'), LARGE_USD);
      const { costUsd, attempts } = await costsOf(gateway, response);
      assert.deepEqual([costUsd, ...attempts.map((each) => each.costUsd)], [LARGE_USD, '0', LARGE_USD]);
    }));

const unknown: [what: string, step: ScriptedStep][] = [
  ...[408, 500, 502, 504].map((status): [string, ScriptedStep] => [
    `answers ${status}`,
    refuses(status, { message: 'no' }),
  ]),
  ['breaks off before it answers', failures.dropped],
  ['breaks off in its answer', failures.cut],
  ['answers with an error in a stream', streams(['{"error":{"message":"no","code":500}}'])],
  ['answers with something else', failures.garbage],
  ['answers with half an answer', failures.halfJson],
];

for (const [what, step] of unknown)
  test(`where a server ${what}, nobody knows what the request cost, and the metrics count what is known`, () =>
    withGateway({ small: step, large: answers('Rome') }, async (gateway) => {
      const response = await gateway.chat({ stream: what.includes('stream') });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-weir-cost-usd'), null);
      const { costUsd, attempts } = await costsOf(gateway, response);
      assert.deepEqual([costUsd, ...attempts.map((each) => each.costUsd)], [undefined, undefined, LARGE_USD]);
      assert.equal(await metric(gateway, 'weir_cost_usd_total'), String(Number(LARGE_USD)));
      assert.equal(await metric(gateway, 'weir_baseline_usd_total'), undefined);
    }));

test('a request that could not be sent anywhere cost nothing; its baseline is not known', () =>
  withGateway(
    { small: refuses(503, { message: 'no' }), large: refuses(429, { message: 'no' }) },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-cost-usd'), '0');
      assert.equal(response.headers.get('x-weir-baseline-usd-estimate'), null);
      assert.equal((await costsOf(gateway, response)).costUsd, '0');
    },
  ));

test('a call that the allowance forbids costs nothing', () =>
  withGateway(
    { small: refuses(503, { message: 'no' }), large: answers('Rome'), maxExtraNanoUsd: 0 },
    async (gateway) => {
      const response = await gateway.chat({});
      assert.equal(response.headers.get('x-weir-attempts'), '1');
      const { costUsd, attempts } = await costsOf(gateway, response);
      assert.deepEqual([costUsd, attempts.map((each) => each.costUsd)], ['0', ['0', '0']]);
      const text = await gateway.metrics.text();
      assert.doesNotMatch(
        text,
        /weir_attempts_total\{tier="large"/,
        'a tier that was not asked did not fail',
      );
      assert.match(text, /weir_calls_not_made_total\{tier="large",code="failure_allowance_exhausted"\} 1/);
    },
  ));

test('what a failed call can have cost at most is in the record, beside a cost that is not known', () =>
  withGateway({ small: refuses(500, { message: 'no' }), large: answers('Rome') }, async (gateway) => {
    const response = await gateway.chat({ max_tokens: 50 });
    const [failed, good] = (await costsOf(gateway, response)).attempts as { worstUsd?: string }[];
    // 200 nano-dollars for each of 50 tokens, and 100 for each of the prompt, some 3.
    assert.ok(Number(failed?.worstUsd) > 0.00001 && Number(failed?.worstUsd) < 0.000012, failed?.worstUsd);
    assert.equal(good?.worstUsd, undefined);
  }));

for (const [status, known] of [
  [429, true],
  [500, false],
] as const)
  test(`a paid signal that is refused with a ${status} leaves the cost of its request ${known ? 'known' : 'unknown'}`, () =>
    withSolved(
      {},
      { small: smallModel({ pTrue: refuses(status, { message: 'no' }) }), large: answers('Rome') },
      async (gateway) => {
        const response = await gateway.chat({});
        assert.equal(response.headers.get('x-weir-cost-usd') !== null, known);
      },
    ));

test('a server that does not run costs nothing; its address is in the log, and in nothing that clients can read', async (t) => {
  const upstream = createOpenAiUpstream({
    name: 'local',
    baseUrl: 'http://127.0.0.1:1/secret/v1',
    location: 'on-premises',
  });
  t.after(() => upstream.close());
  for (const large of [answers('Rome'), refuses(503, { message: 'no' })])
    await withGateway({ small: unsure, large, upstream }, async (gateway) => {
      const response = await gateway.chat({}, { 'x-weir-explain': '1' });
      const text = await response.clone().text();
      const costs = await costsOf(gateway, response);
      assert.equal(costs.attempts[0]?.errorCode, 'upstream_unavailable');
      assert.equal(costs.attempts[0]?.costUsd, '0');
      for (const read of [text, JSON.stringify(costs), JSON.stringify([...response.headers])])
        assert.doesNotMatch(read, /127\.0\.0\.1|secret/);
      assert.match(gateway.logged.join('\n'), /cannot be reached .*http:\/\/127\.0\.0\.1:1\/secret\/v1/);
    });
});

test('the error of a ladder whose only server does not run names the upstream, and what happened', async (t) => {
  const baseUrl = 'http://127.0.0.1:1/v1';
  const upstream = createOpenAiUpstream({ name: 'local', baseUrl, location: 'on-premises' });
  t.after(() => upstream.close());
  const small = { name: 'small', model: 'tiny', upstream: 'local', location: 'on-premises' as const };
  await withGateway(
    {
      small: unsure,
      upstream,
      policy: { tiers: [small], rule: { kind: 'last', objective: { valueOfGoodAnswerUsd: 1 } } },
    },
    async ({ chat }) => {
      const error = await errorOf(await chat({}));
      assert.equal(error.code, 'upstream_unavailable');
      assert.equal(error.message, "Upstream 'local' cannot be reached (ECONNREFUSED); is it running?");
    },
  );
});
