import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeFacts } from './judge-call.ts';
import { answers, refuses, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { withoutWordsOfServer } from '../errors.ts';
import type { TestJudge } from '../gateway/testing.ts';
import { played, sure } from '../upstream/scripted/testing.ts';
import { judgeAt, judging, metricOf, withAudits } from './testing.ts';

const large = answers('Rome');

/** The judge with settings of its own. */
function judgeWith(asking: TestJudge['asking']): TestJudge {
  return { ...judgeAt('local'), asking };
}

test('the judge is asked as its model is configured, for a short reply, with nothing of the client’s own', () => {
  const judge = judgeWith({
    maxTokensField: 'max_completion_tokens',
    dropParams: ['temperature'],
    params: new Map([
      ['reasoning_effort', '"low"'],
      ['response_format', '{"type":"json_object"}'],
    ]),
  });
  return withAudits({ judge }, { small: judging(sure, 'GOOD'), large }, async ({ chat, auditOf, small }) => {
    await auditOf(await chat({ temperature: 2, user: 'somebody' }));
    const [body] = small.asked.filter(({ model }) => model === 'umpire').map((asked) => asked.body);
    assert.ok(body !== undefined);
    const { messages, ...rest } = body;
    assert.deepEqual(rest, { model: 'umpire', max_completion_tokens: 1_000, reasoning_effort: 'low' });
    assert.match(JSON.stringify(messages), /Which town\?.*Rome of course/);
  });
});

test('the judge sees the tools and the form that the tiers saw', () => {
  const tools = [{ type: 'function', function: { name: 'town_of', parameters: { type: 'object' } } }];
  const asked = { tools, response_format: { type: 'json_object' } };
  const json = answers('{"town":"Oslo"}');
  return withAudits(
    { judge: judgeAt('local') },
    { small: judging(json, 'GOOD'), large: answers('{"town":"Rome"}') },
    async ({ chat, auditOf, small }) => {
      await auditOf(await chat(asked));
      const judged = small.asked.filter(({ model }) => model === 'umpire');
      assert.equal(judged.length, 2);
      for (const { body } of judged) assert.match(JSON.stringify(body), /town_of.*json_object.*<answer_A /s);
    },
  );
});

test('what a judge may reply takes room in its context: as much as its model is configured to say', () =>
  withAudits(
    {
      judge: {
        ...judgeAt('local', { contextTokens: 4_000 }),
        asking: { params: new Map([['max_tokens', '3900']]) },
      },
    },
    { small: judging(sure, 'GOOD'), large },
    async ({ chat, auditOf, small, notDrawn }) => {
      const { row } = await auditOf(await chat({}));
      assert.equal(row, undefined);
      assert.equal(await notDrawn('too_long'), 1);
      assert.equal(small.asked.length, 1);
    },
  ));

test('what is known of a judge before it is asked is its place, its context, and what is always in it', () => {
  const { tier } = judgeAt('local', { contextTokens: 8_000 });
  const asked = { ...tier, dropParams: [], params: new Map<string, string>() };
  const facts = judgeFacts({ tier, asked }, 'x'.repeat(400));
  assert.deepEqual(facts, {
    location: 'on-premises',
    contextTokens: 8_000,
    promptTokens: 200,
    replyTokens: 1_000,
  });
  const params = new Map([['max_completion_tokens', '16000']]);
  assert.equal(judgeFacts({ tier, asked: { ...asked, params } }, '').replyTokens, 16_000);
});

test('what the judge cost is known by its price and counted apart', () =>
  withAudits(
    { judge: judgeAt('local') },
    { small: judging(sure, 'GOOD'), large },
    async ({ chat, auditOf }) => {
      const { row } = await auditOf(await chat({}));
      // Two calls of 10 tokens in and one out, at 10 nano-dollars.
      assert.equal(row?.judgeNanoUsd, 2 * 11 * 10);
    },
  ));

test('a control is judged with the answers: it is no label, is counted, and is in what the judge cost', () =>
  withAudits(
    { judge: judgeAt('local'), control: () => 'Herons nest here.' },
    { small: judging(sure, 'GOOD'), large },
    async (gateway) => {
      const { row, labels } = await gateway.auditOf(await gateway.chat({}));
      const asked = gateway.small.asked.filter(({ model }) => model === 'umpire');
      assert.deepEqual(
        asked.map(({ body }) => JSON.stringify(body).includes('Herons')),
        [false, false, true, true],
      );
      assert.equal(row?.controlVerdict, 1);
      assert.equal(row.judgeNanoUsd, 4 * 11 * 10);
      assert.deepEqual(
        labels.map(({ tier }) => tier),
        ['small', 'large'],
      );
      assert.equal(await metricOf(gateway, 'weir_judge_controls_total{route="auto",result="good"}'), 1);
    },
  ));

test('a judge without a price costs what nobody knows: not nothing', () => {
  const judge = judgeAt('local');
  const { price: _, ...unpriced } = judge.tier;
  return withAudits(
    { judge: { ...judge, tier: unpriced } },
    { small: judging(sure, 'GOOD'), large },
    async ({ chat, auditOf }) => {
      const { row, labels } = await auditOf(await chat({}));
      assert.equal(row?.judgeNanoUsd, undefined);
      assert.equal(labels.length, 2);
    },
  );
});

test('a reply that is no completion was paid for: what it cost nobody knows, and what is known counts for the day', () => {
  const garbage: ScriptedStep = { headers: { 'content-type': 'application/json' }, body: ['{"a":1}'] };
  let asked = 0;
  const small: ScriptedStep = (call) => {
    if (call.model !== 'umpire') return played(sure, call);
    asked += 1;
    return played(asked === 1 ? answers('GOOD') : garbage, call);
  };
  return withAudits(
    // More than the large tier's answers cost, less than those and one reply of the judge.
    { judge: judgeAt('local', { price: { input: 1e6, output: 1e6 } }), dailyBudgetUsd: 0.001 },
    { small, large },
    async ({ chat, auditOf, notDrawn }) => {
      const { row } = await auditOf(await chat({}));
      assert.equal(asked, 2);
      assert.equal(row?.judgeNanoUsd, undefined);
      await auditOf(await chat({}));
      assert.equal(await notDrawn('budget'), 1);
    },
  );
});

test('a comparison that only its answers make too long for the judge’s context is not sent to it', () =>
  withAudits(
    { judge: judgeAt('local', { contextTokens: 4_000 }) },
    { small: judging(sure, 'GOOD'), large: answers('Rome '.repeat(3_000)) },
    async ({ chat, auditOf, small }) => {
      const { row } = await auditOf(await chat({}));
      assert.match(row?.problem ?? '', /too long for the context of 'judge'/);
      assert.equal(small.asked.length, 1);
    },
  ));

for (const [what, step, code] of [
  ['refuses', refuses(400, { message: 'You sent: Which town?' }), 'upstream_rejected'],
  ['fails', refuses(503, { message: 'busy' }), 'upstream_unavailable'],
  [
    'answers garbage',
    { headers: { 'content-type': 'application/json' }, body: ['{'] },
    'upstream_invalid_response',
  ],
] as [string, ScriptedStep, string][])
  test(`where the judge ${what}, its tier has no label, and the record quotes nothing that was sent`, () => {
    const small: ScriptedStep = (asked) => played(asked.model === 'umpire' ? step : sure, asked);
    return withAudits({ judge: judgeAt('local') }, { small, large }, async ({ chat, auditOf }) => {
      const { row, labels } = await auditOf(await chat({}));
      assert.deepEqual(
        labels.map(({ tier }) => tier),
        ['large'],
      );
      const problem = row?.problem ?? '';
      assert.ok(withoutWordsOfServer(problem).endsWith(`its model failed (${code}).`), problem);
      assert.doesNotMatch(problem, /town/);
    });
  });

test('a limit and a temperature that a judge’s server refuses are written otherwise, and what it said is kept for operators', () => {
  const small: ScriptedStep = (call) => {
    if (call.model !== 'umpire') return played(sure, call);
    const refused = ['max_tokens', 'temperature'].find((name) => call.body[name] !== undefined);
    return played(
      refused === undefined ? answers('GOOD') : refuses(400, { message: `'${refused}' is not supported` }),
      call,
    );
  };
  return withAudits(
    { judge: judgeAt('local') },
    { small, large },
    async ({ chat, auditOf, small: asked }) => {
      const { labels } = await auditOf(await chat({}));
      assert.equal(labels.length, 2);
      // The answer, two refusals, and the two verdicts.
      assert.equal(asked.asked.length, 5);
    },
  );
});

test('what a judge’s server said when it failed is in the audit for operators, without what it was sent', () => {
  const small: ScriptedStep = (call) =>
    played(call.model === 'umpire' ? refuses(500, { message: 'the worker crashed on Rome' }) : sure, call);
  return withAudits({ judge: judgeAt('local') }, { small, large }, async ({ chat, auditOf }) => {
    const { row } = await auditOf(await chat({}));
    assert.match(
      row?.problem ?? '',
      /its model failed \(upstream_error\)\. It said: the worker crashed on \[…\]/,
    );
  });
});
