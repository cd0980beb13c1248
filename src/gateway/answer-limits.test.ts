import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tier } from '../routing/policy.ts';
import { answers, refuses } from '../upstream/scripted/scripted-reply.ts';
import { sure, tokens } from '../upstream/scripted/testing.ts';
import { withGateway } from './testing.ts';

const LIMIT = { defaultMaxTokens: 64, maxOutputTokens: 64 };
/** A model that talks on, however sure it is of every word, until it is cut. */
const rambling = answers({ tokens: tokens('Rome and then Rome and then', 0.99), finish: 'length' });

const limitsOf = (asked: readonly { body: Record<string, unknown> }[]): unknown[] =>
  asked.map(({ body }) => body['max_tokens'] ?? body['max_completion_tokens']);

test('an answer that the model’s own limit cuts is truncated, and the request goes on', async () => {
  await withGateway({ small: rambling, large: sure, asking: LIMIT }, async ({ chat, small, large }) => {
    const response = await chat({ max_completion_tokens: 4000 });
    assert.equal(response.headers.get('x-weir-decision'), 'escalated');
    assert.equal(response.headers.get('x-weir-tier'), 'large');
    assert.deepEqual([limitsOf(small.asked), limitsOf(large.asked)], [[64], [4000]]);
  });
});

test('the last tier that a request may use keeps the client’s limit, and sends its own where there is none', async () => {
  await withGateway({ small: sure, large: sure, asking: LIMIT }, async ({ chat, small, large }) => {
    await chat({ max_tokens: 4000 }, { 'x-weir-max-tier': 'small' });
    await chat({}, { 'x-weir-max-tier': 'small' });
    await chat({}, { 'x-weir-min-tier': 'large' });
    assert.deepEqual([limitsOf(small.asked), limitsOf(large.asked)], [[4000, 64], [64]]);
  });
});

test('a failed call counts at its worst for an answer no longer than the model’s own limit', async () => {
  const small: Tier = {
    name: 'small',
    model: 'tiny',
    upstream: 'local',
    location: 'on-premises',
    price: { input: 0, output: 1_000_000_000 },
    asking: { params: {}, dropParams: [], maxOutputTokens: 64 },
  };
  const large: Tier = { name: 'large', model: 'huge', upstream: 'far', location: 'cloud' };
  const script = { small: refuses(500, { message: 'no' }), large: sure, policy: { tiers: [small, large] } };
  await withGateway(script, async ({ chat, get }) => {
    for (const body of [{}, { max_tokens: 4000 }, { max_tokens: 9 }]) {
      const id = (await chat(body)).headers.get('x-weir-id') ?? '';
      const decision = (await (await get(`/v1/decisions/${id}`)).json()) as {
        attempts: { worstUsd?: string }[];
      };
      assert.equal(Number(decision.attempts[0]?.worstUsd), Math.min(64, body.max_tokens ?? 64));
    }
  });
});
