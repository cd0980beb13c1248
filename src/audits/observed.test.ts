/** Requests that the last tier alone answers: the others are asked in audits, and nothing of that reaches the client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionOf, type TestGatewayOptions } from '../gateway/testing.ts';
import { answers, refuses } from '../upstream/scripted/scripted-reply.ts';
import { sure } from '../upstream/scripted/testing.ts';
import { withAudits, type AuditingGateway, type AuditOptions } from './testing.ts';

const observing = { share: 0, takes: () => false };
const ill = refuses(500, { message: 'out of memory' });

function observe(
  audits: AuditOptions,
  options: Partial<TestGatewayOptions>,
  run: (gateway: AuditingGateway) => Promise<void>,
): Promise<void> {
  return withAudits(
    audits,
    { small: sure, large: answers('Rome of course'), rollout: observing, ...options },
    run,
  );
}

test('the last tier answers, at its own cost, and the audit asks the others afterwards', () =>
  observe({ agreement: 'exact' }, { policy: { certified: true } }, async (gateway) => {
    const response = await gateway.chat({});
    const header = (name: string) => response.headers.get(`x-weir-${name}`);
    assert.deepEqual(['observed', 'certified', 'tier', 'decision', 'attempts'].map(header), [
      'yes',
      'no',
      'large',
      'direct',
      '1',
    ]);
    assert.equal(header('cost-usd'), header('baseline-usd-estimate'), 'nothing is saved');
    assert.equal(gateway.small.asked.length, 0);
    const { row, attempts, labels } = await gateway.auditOf(response);
    assert.deepEqual([row?.kind, row?.complete], ['certification', true]);
    assert.deepEqual(
      attempts.map(({ tier }) => tier),
      ['small'],
      'the last tier is not asked again',
    );
    assert.deepEqual(JSON.parse(row?.sameness ?? ''), { small: 'same' });
    assert.deepEqual(
      new Map(labels.map(({ tier, verdict }) => [tier, verdict])),
      new Map([
        ['large', 1],
        ['small', 1],
      ]),
    );
    const { explanation } = (await decisionOf(gateway, response)) as {
      explanation: { observed?: { share: number } };
    };
    assert.deepEqual(explanation.observed, { share: 0 });
  }));

test('where a small tier fails in its audit the client notices nothing, and the audit counts as lost', () =>
  observe({ agreement: 'exact' }, { small: ill }, async (gateway) => {
    const response = await gateway.chat({});
    assert.equal(response.status, 200);
    const { row } = await gateway.auditOf(response);
    assert.deepEqual([row?.complete, row?.sameness], [false, undefined]);
    assert.match(row?.problem ?? '', /^small failed/);
  }));

test('a last tier that fails is not asked again in the background, and leaves no audit: nothing was lost against it', () =>
  observe({ agreement: 'exact' }, { large: ill }, async (gateway) => {
    const response = await gateway.chat({});
    assert.equal(response.status, 502);
    const asked = gateway.large.asked.length;
    assert.equal((await gateway.auditOf(response)).row, undefined);
    assert.deepEqual([gateway.large.asked.length, gateway.small.asked.length], [asked, 0]);
    assert.equal(await gateway.counted('failed'), 1);
  }));

test('a request that the last tier turns away itself is left out, as on any route', () =>
  observe({ agreement: 'exact' }, { large: refuses(400, { message: 'odd' }) }, async (gateway) => {
    const response = await gateway.chat({});
    assert.equal(response.status, 400);
    assert.equal((await gateway.auditOf(response)).row, undefined);
    assert.equal(await gateway.counted('rejected'), 1);
  }));

test('where nobody can judge, whether the tiers say the same is seen all the same, and certifies nothing', () =>
  observe({ canGetVerdicts: () => false }, {}, async (gateway) => {
    const { row, labels } = await gateway.auditOf(await gateway.chat({}));
    assert.deepEqual([row?.kind, row?.complete, labels], ['learning', true, []]);
    assert.deepEqual(JSON.parse(row?.sameness ?? ''), { small: 'same' });
  }));

test('a request that may not use the last tier is decided by the policy', () =>
  observe({}, { policy: { data: { restricted: 'on-premises' } } }, async (gateway) => {
    for (const headers of [{ 'x-weir-data-class': 'restricted' }, { 'x-weir-max-tier': 'small' }]) {
      const response = await gateway.chat({}, headers);
      await response.text();
      assert.deepEqual(
        [response.headers.get('x-weir-tier'), response.headers.get('x-weir-observed')],
        ['small', null],
      );
    }
  }));

test('what a rollout takes is decided by the policy, and audited by the same coin as what it does not take', () => {
  const takes = (messages: readonly unknown[]) => JSON.stringify(messages).includes('town');
  return observe({ agreement: 'exact' }, { rollout: { share: 0.5, takes } }, async (gateway) => {
    for (const [question, tier] of [
      ['Which town?', 'small'],
      ['Which river?', 'large'],
    ] as const) {
      const response = await gateway.chat({ messages: [{ role: 'user', content: question }] });
      assert.equal(response.headers.get('x-weir-tier'), tier);
      const { row } = await gateway.auditOf(response);
      assert.deepEqual([row?.kind, row?.propensity, row?.complete], ['certification', 1, true]);
    }
  });
});
