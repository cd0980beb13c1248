import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers } from '../../upstream/scripted/scripted-reply.ts';
import { withAudits } from '../../audits/testing.ts';
import { errorOf, withGateway } from '../../gateway/testing.ts';
import { sure, unsure } from '../../upstream/scripted/testing.ts';

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

interface Judged {
  labels: { tier: string; source: string; verdict: number; comment?: string }[];
  audit?: { kind: string; propensity: number; complete: boolean; attempts: { tier: string }[] };
}

const shown = ({ labels }: Judged): string[] =>
  labels
    .map(({ tier, source, verdict }) => `${tier} ${source} ${verdict}`)
    .toSorted((a, b) => a.localeCompare(b));

test('a later verdict of the same source replaces the first, whole, also once that is written', () =>
  withGateway({ small: sure }, async ({ chat, get, post, recorder }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    const now = async (): Promise<Judged> => (await (await get(`/v1/decisions/${id}`)).json()) as Judged;
    await post('/v1/feedback', { id, verdict: 'good', comment: 'Right.' });
    await recorder.flush();
    assert.deepEqual(shown(await now()), ['small user 1']);
    await post('/v1/feedback', { id, verdict: 'bad' });
    const unwritten = await now();
    assert.deepEqual(shown(unwritten), ['small user 0']);
    assert.equal(unwritten.labels[0]?.comment, undefined, 'nothing of the first is left');
    await recorder.flush();
    assert.deepEqual(await now(), unwritten);
  }));

test('verdicts of several sources that contradict one another are all kept', () =>
  withGateway({ small: sure }, async ({ chat, get, post, recorder }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    await post('/v1/feedback', { id, verdict: 'bad' });
    await recorder.flush();
    await post('/v1/feedback', { id, verdict: 'good', source: 'operator' });
    await post('/v1/feedback', { id, verdict: 0.25, source: 'reference' });
    const judged = (await (await get(`/v1/decisions/${id}`)).json()) as Judged;
    assert.deepEqual(shown(judged), ['small operator 1', 'small reference 0.25', 'small user 0']);
  }));

test('a decision tells of its audit, whose answers can be judged like the others', () =>
  withAudits({ agreement: 'exact' }, { small: sure, large: answers('Rome of course') }, async (gateway) => {
    const response = await gateway.chat({});
    const id = response.headers.get('x-weir-id') ?? '';
    assert.equal((await gateway.post('/v1/feedback', { id, verdict: 1, tier: 'large' })).status, 400);
    await gateway.auditOf(response);
    const verdict = { id, verdict: 0, tier: 'large', source: 'operator' };
    assert.equal((await gateway.post('/v1/feedback', verdict)).status, 202);
    const judged = (await (await gateway.get(`/v1/decisions/${id}`)).json()) as Judged;
    assert.deepEqual(shown(judged), ['large agreement 1', 'large operator 0', 'small agreement 1']);
    const { kind, propensity, complete, attempts = [] } = judged.audit ?? {};
    assert.deepEqual([kind, propensity, complete], ['certification', 1, true]);
    assert.deepEqual(
      attempts.map(({ tier }) => tier),
      ['large'],
    );
  }));

test('a thumb down asks no model and draws no audit: what it costs would be for everyone to spend', () =>
  withAudits(
    { rates: () => ({ certification: 0, close: 0 }) },
    { small: sure, context: { keepTexts: true } },
    async (gateway) => {
      const response = await gateway.chat({});
      const id = response.headers.get('x-weir-id') ?? '';
      // By the learning coin one in a hundred was.
      const drawn = (await gateway.auditOf(response)).row;
      const asked = gateway.large.asked.length;
      await gateway.post('/v1/feedback', { id, verdict: 'bad' });
      await gateway.auditor.idle();
      const { audit } = (await gateway.recorder.decision(id.slice(9), 'default')) ?? {};
      assert.deepEqual(audit, drawn);
      assert.equal(gateway.large.asked.length, asked);
    },
  ));

test('verdicts are counted by source', () =>
  withGateway({ small: sure }, async ({ chat, post, context }) => {
    const id = (await chat({})).headers.get('x-weir-id') ?? '';
    await post('/v1/feedback', { id, verdict: 'bad' });
    await post('/v1/feedback', { id, verdict: 'good', source: 'operator' });
    const text = await context.api.metrics.text();
    assert.match(text, /weir_labels_total\{route="auto",source="user"\} 1/);
    assert.match(text, /weir_labels_total\{route="auto",source="operator"\} 1/);
  }));
