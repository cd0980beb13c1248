import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationKeyOf } from '../learning/labels/question-key.ts';
import type { Policy } from '../routing/policy.ts';
import { answers, refuses } from '../upstream/scripted/scripted-reply.ts';
import { decisionOf, eventsOf, withSolved } from '../gateway/testing.ts';
import { says, smallModel, sure, unsure } from '../upstream/scripted/testing.ts';
import { auditsOf, judgeAt, judging, metricOf, TEST_SECRET, withAudits } from './testing.ts';

const large = answers({ content: 'Rome', usage: { inputTokens: 20, outputTokens: 3 } });
/** No version is in force: the last tier serves. */
const waiting: Policy['rule'] = { kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } };

test('the tiers that a request did not ask are asked in the background, and those that it did are not', () =>
  withAudits({}, { small: sure, large }, async ({ chat, auditOf, ...gateway }) => {
    const response = await chat({});
    assert.equal(response.headers.get('x-weir-attempts'), '1');
    assert.equal(response.headers.get('x-weir-tier'), 'small');
    const { row, attempts } = await auditOf(response);
    assert.equal(row?.kind, 'certification');
    assert.equal(row.propensity, 1);
    assert.equal(row.complete, true);
    assert.equal(row.problem, undefined);
    assert.equal(
      row.conversation,
      conversationKeyOf([{ role: 'user', content: 'Which town?' }], TEST_SECRET),
    );
    assert.equal(row.policyHash, response.headers.get('x-weir-policy'));
    assert.deepEqual(
      attempts.map(({ tier, model, cut, paid }) => [tier, model, cut, paid]),
      [['large', 'huge', false, undefined]],
    );
    assert.equal(row.costNanoUsd, 20 * 1_000 + 3 * 2_000);
    assert.equal(row.judgeNanoUsd, 0);
    assert.deepEqual([gateway.small.asked.length, gateway.large.asked.length], [1, 1]);
  }));

test('where the last tier serves for want of a version, the others are asked with log-probabilities', () =>
  withAudits(
    {},
    { small: sure, large, policy: { rule: waiting } },
    async ({ chat, auditOf, small, ...gateway }) => {
      const response = await chat({ stream: true });
      assert.equal(response.headers.get('x-weir-decision'), 'direct');
      assert.equal(small.asked.length, 0, 'nobody waits for it');
      const { attempts } = await auditOf(response);
      const [asked] = small.asked;
      assert.deepEqual(
        [asked?.body['logprobs'], asked?.body['top_logprobs'], asked?.stream],
        [true, 5, false],
      );
      assert.equal(gateway.large.asked[0]?.body['logprobs'], undefined);
      const signals = JSON.parse(attempts[0]?.signals ?? '{}') as Record<string, number>;
      assert.ok(Math.abs((signals['meanLogprob'] ?? 0) - Math.log(0.97)) < 1e-6);
    },
  ));

test('what operators and references say of an audited answer has its chance; what a user says has none', () =>
  withAudits(
    { rates: () => ({ certification: 0.999_999, close: 0 }) },
    { small: sure, large },
    async ({ chat, auditOf, post, recorder }) => {
      const response = await chat({});
      const { row } = await auditOf(response);
      assert.ok((row?.propensity ?? 1) < 1);
      const id = response.headers.get('x-weir-id') ?? '';
      for (const source of ['user', 'operator', 'reference'])
        assert.equal((await post('/v1/feedback', { id, verdict: 1, source })).status, 202);
      const { labels = [] } = (await recorder.decision(id.slice('chatcmpl-'.length), 'default')) ?? {};
      assert.deepEqual(Object.fromEntries(labels.map(({ source, propensity }) => [source, propensity])), {
        user: 1,
        operator: row?.propensity,
        reference: row?.propensity,
      });
    },
  ));

test('a request that asked every tier costs its audit nothing', () =>
  withAudits({ agreement: 'exact' }, { small: unsure, large }, async ({ chat, auditOf }) => {
    const response = await chat({});
    assert.equal(response.headers.get('x-weir-decision'), 'escalated');
    const { row, attempts, labels } = await auditOf(response);
    assert.deepEqual([row?.complete, row?.costNanoUsd, attempts.length], [true, 0, 0]);
    assert.deepEqual(
      labels.map(({ tier, verdict }) => [tier, verdict]),
      [['large', 1]],
      'whether the other says the same is not certain',
    );
  }));

test('paid signals are asked for too, of the audit’s own answers and of the request’s', async () => {
  const options = { small: smallModel({ pTrue: says(0.8) }, sure), large };
  for (const [what, rule] of [
    ['the audit’s', waiting],
    ['the request’s', undefined],
  ] as const) {
    await withSolved(
      {},
      { ...options, context: { audits: auditsOf() } },
      async ({ chat, context, recorder, auditor }) => {
        const route = context.requests.resolve('auto');
        assert.ok('route' in route);
        if (rule !== undefined) Object.assign(route.route.policy, { rule });
        const response = await chat({});
        await auditor.idle();
        const id = response.headers.get('x-weir-id')?.slice(9) ?? '';
        const { audit } = (await recorder.decision(id, 'default')) ?? {};
        const made = JSON.parse(audit?.attempts ?? '[]') as {
          tier: string;
          paid?: boolean;
          signals: string;
        }[];
        assert.deepEqual(
          made.map(({ tier, paid }) => [tier, paid === true]),
          rule === undefined
            ? [
                ['small', true],
                ['large', false],
              ]
            : [
                ['small', false],
                ['small', true],
              ],
          what,
        );
        const paid = JSON.parse(made.find((each) => each.paid === true)?.signals ?? '{}') as {
          pTrue?: number;
        };
        assert.ok(Math.abs((paid.pTrue ?? 0) - 0.8) < 1e-9, what);
      },
    );
  }
});

test('a reference is believed first, then agreement, then the judge; labels have the audit’s propensity', async () => {
  const rates = () => ({ certification: 0.9999, close: 0 });
  const upstreams = { small: sure, large: judging(large, 'GOOD') };
  const reference = {
    route: 'auto',
    key: '',
    check: 'exact' as const,
    reference: 'Rome of course',
    createdAtMs: 0,
  };
  for (const [options, expected] of [
    [
      { reference: () => Promise.resolve(reference), agreement: 'exact' as const, judge: judgeAt('far') },
      ['small reference 1', 'large reference 0'],
    ],
    [{ agreement: 'exact' as const }, ['large agreement 1']],
    [{ agreement: 'exact' as const, judge: judgeAt('far') }, ['small judge 1', 'large agreement 1']],
    [{ judge: judgeAt('far') }, ['small judge 1', 'large judge 1']],
    [{}, []],
  ] as const)
    await withAudits({ rates, ...options }, upstreams, async ({ chat, auditOf, ...gateway }) => {
      const { row, labels } = await auditOf(await chat({}));
      assert.deepEqual(
        labels.map(({ tier, source, verdict }) => `${tier} ${source} ${verdict}`),
        expected,
      );
      const propensity = 0.9999 + 0.0001 * 0.01;
      assert.ok(labels.every((label) => Math.abs(label.propensity - propensity) < 1e-12));
      assert.equal(row?.complete, true);
      const asked = expected[0] === 'small judge 1';
      assert.equal((row.judgeNanoUsd ?? 0) > 0, asked, 'what the judge cost is counted apart');
      if (asked) assert.ok((await metricOf(gateway, 'weir_labels_total{route="auto",source="judge"}')) > 0);
    });
});

test('a judge that replies something else leaves no label, and the audit says so', () =>
  withAudits(
    { judge: judgeAt('local') },
    {
      small: judging(sure, 'Both are nice.'),
      large,
    },
    async ({ chat, auditOf, counted, logged }) => {
      const { row, labels } = await auditOf(await chat({}));
      assert.deepEqual(
        labels.map(({ tier, verdict }) => [tier, verdict]),
        [['large', 1]],
      );
      assert.equal(row?.complete, true);
      assert.match(
        row.problem ?? '',
        /The answer of small has no verdict\. The judge did not reply with one of/,
      );
      assert.equal(await counted('complete'), 1);
      assert.ok(logged.some((line) => /^info .*"audit":"certification".*no verdict/.test(line)));
    },
  ));

test('neither the record nor the log quotes what a tier says that it was sent', async () => {
  const quoting = refuses(400, { message: 'You sent: Which town?' });
  for (const keepTexts of [false, true])
    await withAudits(
      {},
      { small: sure, large: quoting, context: { keepTexts } },
      async ({ chat, auditOf, logged }) => {
        const { row, attempts } = await auditOf(await chat({}));
        assert.equal(row?.problem, "large failed: Upstream 'far' rejected the request (400).");
        assert.ok(logged.some((line) => line.includes('an audit is incomplete')));
        assert.doesNotMatch(logged.join('\n'), /Which town/);
        assert.equal(attempts[0]?.errorCode, 'upstream_rejected');
        assert.equal(attempts[0].errorMessage?.includes('Which town?') ?? false, keepTexts);
      },
    );
});

test('a tier that fails ends its audit: no judge is paid, no allowance is taken, and the record says why', () =>
  withAudits(
    { judge: judgeAt('local') },
    {
      small: sure,
      large: refuses(500, { message: 'no' }),
      maxExtraNanoUsd: 0,
    },
    async ({ chat, auditOf, counted, small, context }) => {
      const { row, attempts, labels } = await auditOf(await chat({}));
      assert.equal(row?.complete, false);
      assert.match(row.problem ?? '', /^large failed: /);
      assert.deepEqual(
        attempts.map(({ tier, cut, errorCode }) => [tier, cut, errorCode]),
        [['large', true, 'upstream_error']],
      );
      assert.deepEqual(labels, []);
      assert.equal(small.asked.length, 1, 'the request alone');
      assert.equal(await counted('incomplete'), 1);
      const text = await context.api.metrics.text();
      assert.match(text, /weir_audit_calls_total\{tier="large",result="upstream_error"\} 1/);
      assert.doesNotMatch(
        text,
        /weir_attempts_total\{tier="large"/,
        'what clients wait for is counted apart',
      );
    },
  ));

test('texts are kept where the setting says so, and nowhere else', async () => {
  for (const keepTexts of [true, false])
    await withAudits({}, { small: sure, large, context: { keepTexts } }, async ({ chat, auditOf }) => {
      const { attempts } = await auditOf(await chat({}));
      assert.equal(attempts[0]?.answer, keepTexts ? 'Rome' : undefined);
    });
});

test('a streamed request is audited as any other, and its stream says nothing of it', () =>
  withAudits({}, { small: sure, large }, async ({ chat, auditOf, large: far }) => {
    const response = await chat({ stream: true });
    const { data } = eventsOf(await response.clone().text());
    assert.equal(data.at(-1), '[DONE]');
    const { row } = await auditOf(response);
    assert.equal(row?.complete, true);
    assert.equal(far.asked[0]?.stream, false, 'nobody waits for its words');
  }));

test('without settings, with a budget of nothing, and with one tier nothing is audited or counted', async () => {
  const alone: Policy['tiers'] = [
    { name: 'small', model: 'tiny', upstream: 'local', location: 'on-premises' },
  ];
  for (const options of [
    { audits: { dailyBudgetUsd: 0 }, policy: {} },
    { audits: {}, policy: { tiers: alone } },
  ])
    await withAudits(
      options.audits,
      { small: sure, large, policy: options.policy },
      async ({ chat, auditOf, context }) => {
        assert.equal((await auditOf(await chat({}))).row, undefined);
        assert.doesNotMatch(await context.api.metrics.text(), /weir_audits_total\{/);
      },
    );
});

test('the budget of the day is kept: beyond it no coin is tossed, and the record says for how many', () =>
  withAudits(
    { dailyBudgetUsd: 0.00003 },
    { small: sure, large },
    async ({ chat, auditOf, counted, notDrawn, ...gateway }) => {
      // An audit costs 26,000 nano-dollars of the 30,000 that there are.
      for (const made of [true, true, false, false])
        assert.equal((await auditOf(await chat({}))).row !== undefined, made);
      assert.equal(await counted('complete'), 2, 'one that began under the budget is finished');
      assert.equal(await notDrawn('budget'), 2);
      const { explanation } = await decisionOf({ ...gateway, chat }, await chat({}));
      assert.equal((explanation as { untossed?: string }).untossed, 'budget');
      assert.equal(gateway.large.asked.length, 2);
      const cost = await metricOf(gateway, 'weir_audit_cost_usd_total{route="auto",part="answers"}');
      assert.ok(Math.abs(cost - 0.000052) < 1e-12);
    },
  ));

test('a call that failed and may have been billed counts in the budget of the day at its worst', () =>
  withAudits(
    // Large's answer may have had 1,000 tokens for 2,000 nano-dollars each.
    { dailyBudgetUsd: 0.002 },
    { small: sure, large: refuses(500, { message: 'no' }) },
    async ({ chat, auditOf, counted, notDrawn }) => {
      const { row } = await auditOf(await chat({ max_tokens: 1_000 }));
      assert.equal(row?.costNanoUsd, undefined);
      assert.ok((row?.worstNanoUsd ?? 0) > 2e6, String(row?.worstNanoUsd));
      await auditOf(await chat({ max_tokens: 1_000 }));
      assert.deepEqual([await counted('incomplete'), await notDrawn('budget')], [1, 1]);
    },
  ));

test('where nothing judges and no texts are kept for people, nobody is asked', () =>
  withAudits(
    { canGetVerdicts: () => Promise.resolve(false) },
    { small: sure, large },
    async ({ chat, auditOf, notDrawn, ...gateway }) => {
      const { row } = await auditOf(await chat({}));
      assert.equal(row, undefined);
      assert.equal(gateway.large.asked.length, 0);
      assert.equal(await notDrawn('nothing_judges'), 1);
    },
  ));

test('where nothing judges but people may, a request is audited to learn from, and certifies nothing', () =>
  withAudits(
    { canGetVerdicts: () => Promise.resolve(false) },
    { small: sure, large, context: { keepTexts: true } },
    async ({ chat, auditOf, notDrawn }) => {
      const { row } = await auditOf(await chat({}));
      assert.deepEqual([row?.kind, row?.complete], ['learning', true]);
      assert.equal(await notDrawn('nothing_judges'), 1);
    },
  ));

test('references are looked up only for requests that are drawn', () => {
  let lookups = 0;
  const canGetVerdicts = (): Promise<boolean> => {
    lookups += 1;
    return Promise.resolve(true);
  };
  const rates = () => ({ certification: 0, close: 0 });
  return withAudits({ canGetVerdicts, rates }, { small: sure, large }, async ({ chat }) => {
    for (let sent = 0; sent < 5; sent += 1) await chat({});
    assert.equal(lookups, 0);
  });
});

test('a budget of nothing turns audits off: no coin is tossed, and none is missed', () =>
  withAudits({ dailyBudgetUsd: 0 }, { small: sure, large }, async ({ chat, auditOf, notDrawn }) => {
    assert.equal((await auditOf(await chat({}))).row, undefined);
    assert.equal(await notDrawn('budget'), 0);
  }));
