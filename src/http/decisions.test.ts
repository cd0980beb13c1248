import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers } from '../upstream/scripted-reply.ts';
import { errorOf, sure, unsure, withGateway } from './testing.ts';

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
