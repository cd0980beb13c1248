/** Requests of which no certificate speaks: what keeps them from audits is known before any answer, and no coin is tossed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, refuses, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { decisionOf, type TestGatewayOptions } from '../gateway/testing.ts';
import { played, sure } from '../upstream/scripted/testing.ts';
import { judgeAt, judging, withAudits, type AuditOptions } from './testing.ts';

const large = answers('Rome');
const data = { restricted: 'on-premises', open: 'cloud' } as const;
const image = {
  role: 'user',
  content: [
    { type: 'text', text: 'Which town is this?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  ],
};

interface Case {
  body?: object;
  headers?: Record<string, string>;
  audits?: AuditOptions;
  options?: Partial<TestGatewayOptions>;
}

/** Sends one request; fails where it is audited, where any model is asked for that, or where a certificate claims it. */
async function whyNot(
  reason: string,
  { body = {}, headers = {}, audits = {}, options = {} }: Case,
): Promise<void> {
  const { policy = {}, ...more } = options;
  await withAudits(
    audits,
    { small: sure, large, ...more, policy: { ...policy, certified: true } },
    async (gateway) => {
      const response = await gateway.chat(body, headers);
      const asked = [gateway.small.asked.length, gateway.large.asked.length];
      assert.equal((await gateway.auditOf(response)).row, undefined, reason);
      assert.equal(await gateway.notDrawn(reason), 1, reason);
      assert.deepEqual([gateway.small.asked.length, gateway.large.asked.length], asked, reason);
      assert.equal(response.headers.get('x-weir-certified'), 'no', reason);
      const decision = await decisionOf(gateway, response);
      assert.deepEqual(
        [
          (decision as { certified?: boolean }).certified,
          (decision.explanation as { uncovered?: string }).uncovered,
        ],
        [false, reason],
      );
    },
  );
}

/** Sends one request, which is audited in full and stands under the certificate. */
const covered = ({ body = {}, headers = {}, audits = {}, options = {} }: Case): Promise<void> =>
  withAudits(
    audits,
    { small: sure, large, ...options, policy: { ...options.policy, certified: true } },
    async (gateway) => {
      const response = await gateway.chat(body, headers);
      const { row } = await gateway.auditOf(response);
      assert.deepEqual([row?.kind, row?.complete], ['certification', true]);
      assert.equal(response.headers.get('x-weir-certified'), 'yes');
    },
  );

test('a request that its own headers narrow', async () => {
  await whyNot('narrowed', { headers: { 'x-weir-max-tier': 'small' } });
  await whyNot('narrowed', { headers: { 'x-weir-min-tier': 'large' } });
});

test('a conversation in a tool loop, in the old form too; an empty list of calls is none', async () => {
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
  const conversation = (message: object) => ({
    messages: [
      { role: 'user', content: 'Which town?' },
      { role: 'assistant', content: 'One moment.', ...message },
      { role: 'user', content: 'Well?' },
    ],
  });
  await whyNot('tool_loop', {
    body: {
      messages: [
        { role: 'user', content: 'Which town?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: 'Rome' },
      ],
    },
  });
  await whyNot('tool_loop', { body: conversation({ function_call: { name: 'look', arguments: '{}' } }) });
  for (const nothing of [{ tool_calls: [] }, { tool_calls: null }, { function_call: null }])
    await covered({ body: conversation(nothing) });
});

test('restricted data, which is never sent to a tier or a judge in the cloud', async () => {
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
  await covered({ headers: { 'x-weir-data-class': 'open' }, options: { policy: { data } } });
  await covered({ ...restricted, audits: { judge: judgeAt('local') }, options: { policy: { data, tiers } } });
});

test('a request that is too long for a tier, or for the judge with two answers', async () => {
  const long = { messages: [{ role: 'user', content: 'town '.repeat(1_000) }] };
  const tiers = [
    { name: 'small', model: 'tiny', upstream: 'local', location: 'on-premises' as const, contextTokens: 100 },
    { name: 'large', model: 'huge', upstream: 'far', location: 'cloud' as const },
  ];
  await whyNot('too_long', { body: long, options: { policy: { tiers } } });
  const judge = judgeAt('far', { contextTokens: 4_000 });
  const judged = { audits: { judge }, options: { large: judging(large, 'GOOD') } };
  await whyNot('too_long', { ...judged, body: long });
  await covered(judged);
  await covered({ body: long });
});

test('a request that a judge cannot see all of, unless no judge is needed', async () => {
  const judged = { audits: { judge: judgeAt('far') }, options: { large: judging(large, 'GOOD') } };
  const disguised = { ...image, content: [{ type: 'image_url', text: 'a town', image_url: { url: 'x' } }] };
  for (const agreement of [undefined, 'exact'] as const)
    for (const messages of [[image], [disguised], [{ role: 'user', content: 'Hm' }, image]])
      await whyNot('not_text', {
        ...judged,
        audits: { ...judged.audits, ...(agreement === undefined ? {} : { agreement }) },
        body: { messages },
      });
  await whyNot('not_text', { ...judged, body: { modalities: ['text', 'audio'] } });
  await covered({
    ...judged,
    body: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hm' }] }] },
  });
  // Where agreement alone decides, it decides about images too.
  await covered({ audits: { agreement: 'exact' }, body: { messages: [image] } });
});

test('a limit that no record can hold', async () => {
  await whyNot('limit_range', { body: { max_tokens: 1e300 } });
  await covered({ body: { max_tokens: 100_000 } });
});

test('a question that nothing can judge', () =>
  whyNot('nothing_judges', { audits: { canGetVerdicts: () => Promise.resolve(false) } }));

test('a request that failed is audited: its answers say what the policy would do', () =>
  withAudits(
    {},
    {
      small: [refuses(500, { message: 'no' }), sure],
      large: [refuses(500, { message: 'no' }), large],
      policy: { certified: true },
    },
    async ({ chat, auditOf }) => {
      const response = await chat({});
      assert.deepEqual([response.status, response.headers.get('x-weir-certified')], [502, 'no']);
      const { row } = await auditOf(response);
      assert.deepEqual([row?.kind, row?.complete], ['certification', true]);
    },
  ));

test('a request that servers turn away is not audited where no answer could lose anything by it', async () => {
  const refusing = refuses(400, { message: 'no' });
  const one: [string, ScriptedStep, ScriptedStep][] = [
    ['both', refusing, refusing],
    ['the first, so the last serves', refusing, large],
  ];
  for (const [who, small, last] of one)
    await withAudits({}, { small, large: last }, async ({ chat, auditOf, counted }) => {
      assert.equal((await auditOf(await chat({}))).row, undefined, who);
      assert.equal(await counted('rejected'), 1, who);
    });
});

test('of three tiers one that turns a request away leaves another that can lose: then the audit counts', () => {
  const tiers = ['tiny', 'middle', 'huge'].map((model) => ({
    name: model,
    model,
    upstream: model === 'huge' ? 'far' : 'local',
    location: 'cloud' as const,
  }));
  const small: ScriptedStep = (asked) =>
    played(asked.model === 'tiny' ? refuses(400, { message: 'no' }) : sure, asked);
  const rule = { kind: 'thresholds', thresholds: [0.8, 0.8], withoutConfidence: 'escalate' };
  return withAudits({}, { small, large, policy: { tiers, rule } }, async ({ chat, auditOf }) => {
    const { row } = await auditOf(await chat({}));
    assert.deepEqual([row?.kind, row?.complete], ['certification', false]);
  });
});

test('a request that no tier answered acceptably is audited: its answers say what the policy does', () =>
  withAudits(
    {},
    {
      small: answers({ content: '', finish: 'length' }),
      large: answers(''),
      policy: { onAbstain: 'error', certified: true },
    },
    async ({ chat, auditOf }) => {
      const response = await chat({});
      assert.deepEqual([response.status, response.headers.get('x-weir-certified')], [422, 'no']);
      assert.equal((await auditOf(response)).row?.complete, true);
    },
  ));
