import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, refuses, streams, type ScriptedStep } from '../upstream/scripted/scripted-reply.ts';
import { judgeAt, judging, withAudits } from '../audits/testing.ts';
import { errorOf, withGateway, withSolved } from './testing.ts';
import { played, smallModel, sure, unsure } from '../upstream/scripted/testing.ts';

/** What a server may say when it fails: the prompt, an account, a key. */
const WORDS = 'org-acme asked Which town? with Bearer abc123def456ghi789';
const QUOTED = /org-acme|Which town|abc123/;

const failing: [what: string, step: ScriptedStep][] = [
  ...([404, 408, 429, 500, 502, 503, 504, 529, 401, 402] as const).map((status): [string, ScriptedStep] => [
    `answers ${status}`,
    refuses(status, { message: WORDS, code: WORDS, type: WORDS }, { 'retry-after': '60' }),
  ]),
  ['says it as text', { status: 500, headers: { 'content-type': 'text/plain' }, body: [WORDS] }],
  ['points elsewhere', { status: 307, headers: { location: `http://x/${WORDS}` } }],
  ['sends no completion', { headers: { 'content-type': 'application/json' }, body: [`{"a":"${WORDS}"}`] }],
  ['sends half an answer', { headers: { 'content-type': 'application/json' }, body: [`{"a":"${WORDS}`] }],
];

for (const [what, step] of failing)
  test(`a server that ${what} is told of in Weir’s words: to the client, in the record, in the log`, () =>
    withGateway({ small: step, large: step }, async ({ chat, get, logged, context }) => {
      const response = await chat({});
      assert.ok(response.status >= 400);
      const id = response.headers.get('x-weir-id') ?? '';
      const { message } = await errorOf(response);
      assert.match(message, /'far'|'local'/);
      const decision = await (await get(`/v1/decisions/${id}`)).text();
      assert.match(decision, /errorMessage/);
      for (const text of [message, decision, logged.join('\n'), await context.api.metrics.text()])
        assert.doesNotMatch(text, QUOTED);
    }));

test('an error event in a stream is told of in Weir’s words, whole and live', async () => {
  const large = streams([`{"error":{"message":"${WORDS}","code":500}}`]);
  for (const keepTexts of [false, true])
    await withGateway({ small: unsure, large, context: { keepTexts } }, async ({ chat, get, logged }) => {
      const response = await chat({ stream: true });
      const decision = await (await get(`/v1/decisions/${response.headers.get('x-weir-id')}`)).text();
      assert.match(decision, /ended with an error/);
      const shown = (await response.text()) + logged.join('\n');
      assert.doesNotMatch(keepTexts ? shown : shown + decision, QUOTED);
    });
});

const REASON = "Unknown parameter 'top_k'. You sent: Which town is the capital? Key sk-0123456789abcdefgh";

test('why a server failed is told to operators and in the log at debug, without the request and without keys', async () => {
  for (const status of [400, 401, 403, 404, 418, 500, 503]) {
    const small = refuses(status, { message: REASON });
    await withGateway({ small, large: answers('Rome') }, async ({ chat, get, logged }) => {
      const messages = [{ role: 'user', content: 'Which town is the capital of Italy?' }];
      const response = await chat({ top_k: 7, messages });
      const id = response.headers.get('x-weir-id') ?? '';
      const decision = await (await get(`/v1/decisions/${id}`)).text();
      const words = "It said: Unknown parameter 'top_k'. You sent: Which […] is the […]? Key [redacted]";
      assert.ok(decision.includes(words), decision);
      const [debug] = logged.filter((line) => line.startsWith('debug'));
      assert.ok(debug?.includes("Unknown parameter 'top_k'"), debug);
      assert.doesNotMatch(decision + logged.join('\n'), /town|capital|sk-0123/);
    });
  }
});

test('a tenant who is no operator does not read why a server failed', () => {
  const authenticate = () => Promise.resolve({ tenant: 'default', operator: false });
  const steps = { small: refuses(500, { message: 'disk full on node 7' }), large: answers('Rome') };
  return withGateway({ ...steps, context: { authenticate } }, async ({ chat, get }) => {
    const key = { authorization: 'Bearer k' };
    const id = (await chat({}, key)).headers.get('x-weir-id') ?? '';
    const decision = await (await get(`/v1/decisions/${id}`, key)).text();
    assert.match(decision, /"errorMessage":"Upstream 'local' answered 500\."/);
    assert.doesNotMatch(decision, /disk full/);
  });
});

test('where texts are kept the server’s own words stand in the attempt, without bearer tokens, and nowhere else', () =>
  withGateway(
    {
      small: refuses(500, { message: WORDS }),
      large: answers('Rome'),
      context: { keepTexts: true },
    },
    async ({ chat, recorder, logged }) => {
      const response = await chat({ messages: [{ role: 'user', content: 'Which town?' }] });
      const decision = await recorder.decision(response.headers.get('x-weir-id')?.slice(9) ?? '', 'default');
      assert.match(
        decision?.attempts[0]?.errorMessage ?? '',
        /answered 500\. It said: org-acme asked Which town/,
      );
      assert.doesNotMatch(decision?.attempts[0]?.errorMessage ?? '', /abc123/);
      assert.match(decision?.outcome.reason ?? '', /answered 500/);
      assert.doesNotMatch(decision?.outcome.reason + logged.join('\n'), QUOTED);
    },
  ));

test('a paid signal that fails is told of in Weir’s words', () =>
  withSolved(
    {},
    { small: smallModel({ pTrue: refuses(500, { message: WORDS }) }), large: answers('Rome') },
    async ({ chat, get, logged }) => {
      const id = (await chat({})).headers.get('x-weir-id') ?? '';
      const decision = await (await get(`/v1/decisions/${id}`)).text();
      assert.match(decision, /paid signals of small's answer could not be had/);
      assert.doesNotMatch(decision + logged.join('\n'), QUOTED);
    },
  ));

test('an audit whose tier or judge fails is told of in Weir’s words', async () => {
  const broken = refuses(500, { message: WORDS });
  const judge: ScriptedStep = (asked) => played(asked.model === 'umpire' ? broken : judging(sure, ''), asked);
  for (const steps of [
    { small: sure, large: broken },
    { small: judge, large: answers('Rome') },
  ])
    await withAudits({ judge: judgeAt('local') }, steps, async ({ chat, auditOf, logged }) => {
      const { row } = await auditOf(await chat({}));
      assert.match(row?.problem ?? '', /answered 500|upstream_error/);
      assert.doesNotMatch(JSON.stringify(row) + logged.join('\n'), QUOTED);
    });
});

test('a prompt that a server finds too long, and what it rejects, are the client’s own: it reads the server’s words', async () => {
  for (const [message, code] of [
    ['maximum context length: Which town?', 'context_length_exceeded'],
    ['top_p must be at most 1', 'upstream_rejected'],
  ] as const) {
    const step = refuses(400, { message });
    await withGateway({ small: step, large: step }, async ({ chat }) => {
      const shown = await errorOf(await chat({}));
      assert.deepEqual([shown.code], [code]);
      assert.ok(shown.message.endsWith(message), shown.message);
    });
  }
});
