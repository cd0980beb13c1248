/** What is never audited, though its coin fell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, refuses } from '../upstream/scripted/scripted-reply.ts';
import type { TestGatewayOptions } from '../gateway/testing.ts';
import { sure } from '../upstream/scripted/testing.ts';
import { judgeAt, withAudits, type AuditOptions } from './testing.ts';

const large = answers('Rome');
const data = { restricted: 'on-premises', open: 'cloud' } as const;

interface Case {
  body?: object;
  headers?: Record<string, string>;
  audits?: AuditOptions;
  options?: Partial<TestGatewayOptions>;
}

/** Sends one request, and says why it was not audited; fails where any model was asked for its audit. */
async function whyNot(
  reason: string,
  { body = {}, headers = {}, audits = {}, options = {} }: Case,
): Promise<void> {
  await withAudits(audits, { small: sure, large, ...options }, async (gateway) => {
    const response = await gateway.chat(body, headers);
    const asked = [gateway.small.asked.length, gateway.large.asked.length];
    assert.equal((await gateway.auditOf(response)).row, undefined, reason);
    assert.equal(await gateway.counted(reason), 1, reason);
    assert.deepEqual([gateway.small.asked.length, gateway.large.asked.length], asked, reason);
  });
}

test('a request that its own headers narrow is not audited', async () => {
  await whyNot('narrowed', { headers: { 'x-weir-max-tier': 'small' } });
  await whyNot('narrowed', { headers: { 'x-weir-min-tier': 'large' } });
});

test('a conversation in a tool loop is not audited', async () => {
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
  await whyNot('tool_loop', {
    body: {
      messages: [
        { role: 'user', content: 'Which town?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: 'Rome' },
      ],
    },
  });
});

test('a restricted request is never sent to a tier or a judge in the cloud', async () => {
  const restricted = { headers: { 'x-weir-data-class': 'restricted' }, options: { policy: { data } } };
  await whyNot('data_class', restricted);
  await whyNot('data_class', { ...restricted, audits: { judge: judgeAt('local') } });
  // Every tier is in the house, and only the judge is not.
  const home = (name: string, model: string) => ({
    name,
    model,
    upstream: 'local',
    location: 'on-premises' as const,
  });
  const tiers = [home('small', 'tiny'), home('large', 'huge')];
  await whyNot('data_class', {
    ...restricted,
    audits: { judge: judgeAt('far') },
    options: { policy: { data, tiers } },
  });
  await whyNot('data_class', { headers: { 'x-weir-data-class': 'unheard-of' } });
});

test('data that may leave is audited, and so is restricted data where everything is in the house', async () => {
  await withAudits({}, { small: sure, large, policy: { data } }, async ({ chat, auditOf }) => {
    assert.equal((await auditOf(await chat({}, { 'x-weir-data-class': 'open' }))).row?.complete, true);
  });
  const tiers = ['tiny', 'huge'].map((model) => ({
    name: model,
    model,
    upstream: 'local',
    location: 'on-premises' as const,
  }));
  const judge = judgeAt('local');
  await withAudits(
    { judge },
    { small: sure, policy: { data, tiers } },
    async ({ chat, auditOf, ...gateway }) => {
      const { row } = await auditOf(await chat({}, { 'x-weir-data-class': 'restricted' }));
      assert.equal(row?.complete, true);
      assert.equal(gateway.large.asked.length, 0, 'nothing left the house');
    },
  );
});

test('a request that is too long for a tier is not audited', () =>
  whyNot('too_long', {
    body: { messages: [{ role: 'user', content: 'town '.repeat(1_000) }] },
    options: {
      policy: {
        tiers: [
          { name: 'small', model: 'tiny', upstream: 'local', location: 'on-premises', contextTokens: 100 },
          { name: 'large', model: 'huge', upstream: 'far', location: 'cloud' },
        ],
      },
    },
  }));

test('a request that failed is not audited', () =>
  whyNot('failed', {
    options: { small: refuses(500, { message: 'no' }), large: refuses(500, { message: 'no' }) },
  }));

test('a request whose client has gone is not audited', () =>
  withAudits({}, { small: { then: 'never' }, large }, async ({ chat, auditor, counted }) => {
    const leaving = new AbortController();
    const sent = chat({}, {}, leaving.signal);
    setImmediate(() => leaving.abort());
    await sent;
    await auditor.idle();
    assert.equal(await counted('aborted'), 1);
  }));

test('a request that no tier answered acceptably is audited: its answers say what the policy does', () =>
  withAudits(
    {},
    { small: answers({ content: '', finish: 'length' }), large: answers(''), policy: { onAbstain: 'error' } },
    async ({ chat, auditOf }) => {
      const response = await chat({});
      assert.equal(response.status, 422);
      assert.equal((await auditOf(response)).row?.complete, true);
    },
  ));
