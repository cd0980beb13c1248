/** Over HTTP, under a certified version: what the certificate speaks of is said so and audited, and of nothing else is it said. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import { testVersion } from '../../src/learning/table/testing.ts';
import { keepVersion } from '../../src/learning/versions/kept-version.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { answers, refuses, streams, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { played, tokens } from '../../src/upstream/scripted/testing.ts';
import { configIn } from './scripted-gateway.ts';

/** The whole text, and never the end. */
const unfinished = streams(
  [JSON.stringify({ model: 'large-model', choices: [{ index: 0, delta: { content: 'Paris' } }] })],
  'hang',
);

/** The question says how its models answer. */
const play: ScriptedStep = (asked) => {
  const question = JSON.stringify(asked.body['messages']);
  if (asked.model === 'umpire') return played(answers('GOOD'), asked);
  const isSmall = asked.model === 'small-model';
  if (question.includes('nobody answers') || (isSmall && question.includes('small fails')))
    return refuses(500, { message: 'no' });
  if (!isSmall && question.includes('last is empty')) return played(answers(''), asked);
  if (!isSmall && asked.stream && question.includes('never ends')) return unfinished;
  const probability = isSmall && !question.includes('sure') ? 0.05 : 0.99;
  return played(
    answers({ tokens: tokens('Paris', probability), usage: { inputTokens: 9, outputTokens: 1 } }),
    asked,
  );
};

let server: ScriptedServer;
let folder: string;
let gateway: Gateway;
let origin: string;
before(async () => {
  server = await createScriptedServer({ chat: play });
  folder = await mkdtemp(join(tmpdir(), 'weir-covered-'));
  const here = `baseUrl: '${server.baseUrl}', retries: 0`;
  const text = `
listen: 127.0.0.1:0
store: 'sqlite:./covered.db'
recorder: { interval: 1ms }
upstreams: { here: { ${here}, location: on-premises }, away: { ${here}, location: cloud } }
models:
  small: { upstream: here, model: small-model, identity: made up, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: away, model: large-model, identity: made up, price: { input: 100, output: 100 }, logprobs: stream }
  judge: { upstream: away, model: umpire, price: { input: 1, output: 1 }, contextTokens: 6000 }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } } }
learning: { startRate: 1, auditRate: 1, judge: judge, maxConcurrent: 4, dailyBudgetUsd: 100 }`;
  gateway = await createGateway({
    config: configIn(folder, text),
    environment: {},
    log: createLog('silent'),
  });
  const { hash } = await keepVersion(gateway.store, testVersion(), { by: 'ada', atMs: Date.now() });
  await gateway.store.promoteVersion(hash, { by: 'ada', atMs: Date.now() });
  const { port } = await gateway.listen();
  await gateway.refreshVersions();
  origin = `http://127.0.0.1:${port}`;
});
after(async () => {
  await gateway.close();
  await server.close();
  await rm(folder, { recursive: true });
});

interface Decision {
  decision: string;
  certified: boolean;
  explanation: { uncovered?: string };
  audit?: { kind: string; complete: boolean; problem?: string };
}

const post = (body: object, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> =>
  fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', ...body }),
    ...(signal === undefined ? {} : { signal }),
  });

const says = (content: unknown): object => ({ messages: [{ role: 'user', content }] });

async function decisionOf(response: Response): Promise<Decision> {
  const id = response.headers.get('x-weir-id') ?? '';
  return (await (await fetch(`${origin}/v1/decisions/${id}`)).json()) as Decision;
}

async function audited(response: Response): Promise<Decision> {
  for (;;) {
    const decision = await decisionOf(response);
    if (decision.audit !== undefined) return decision;
    await sleep(5);
  }
}

test('what the version decides about covered requests is certified, and audited', async () => {
  for (const [question, decision] of [
    ['I am sure.', 'accepted'],
    ['Hm.', 'escalated'],
  ] as const) {
    const response = await post(says(question));
    assert.equal(response.headers.get('x-weir-certified'), 'yes', question);
    const found = await audited(response);
    assert.deepEqual([found.decision, found.certified], [decision, true]);
    assert.deepEqual([found.audit?.kind, found.audit?.complete], ['certification', true]);
  }
});

test('an assistant message with an empty list of calls is no tool loop', async () => {
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hello!', tool_calls: [] },
    { role: 'user', content: 'I am sure.' },
  ];
  const response = await post({ messages });
  assert.equal(response.headers.get('x-weir-certified'), 'yes');
  assert.equal((await audited(response)).audit?.complete, true);
});

test('requests that audits cannot judge are answered, are not certified, and say why', async () => {
  const image = [
    { type: 'text', text: 'I am sure. What is this?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  ];
  const cases: [string, object, Record<string, string>, string][] = [
    ['not_text', says(image), {}, 'accepted'],
    ['too_long', says(`I am sure. ${'word '.repeat(5_000)}`), {}, 'accepted'],
    ['narrowed', says('I am sure.'), { 'x-weir-max-tier': 'small' }, 'accepted'],
    ['narrowed', says('Hm.'), { 'x-weir-max-tier': 'small' }, 'abstained'],
    ['data_class', says('I am sure.'), { 'x-weir-data-class': 'secret' }, 'accepted'],
    ['data_class', says('Hm.'), { 'x-weir-data-class': 'secret' }, 'abstained'],
    ['limit_range', { ...says('I am sure.'), max_tokens: 1e300 }, {}, 'accepted'],
  ];
  for (const [reason, body, headers, decision] of cases) {
    const response = await post(body, headers);
    assert.equal(response.status, 200, reason);
    assert.equal(response.headers.get('x-weir-certified'), 'no', reason);
    const found = await decisionOf(response);
    assert.deepEqual(
      [found.decision, found.certified, found.explanation.uncovered],
      [decision, false, reason],
    );
  }
  const text = await (await fetch(`${origin}/metrics`)).text();
  for (const reason of new Set(cases.map(([each]) => each)))
    assert.match(
      text,
      new RegExp(`^weir_requests_not_drawn_total\\{route="auto",reason="${reason}"\\} [1-9]`, 'm'),
    );
});

test('what a failure decided, what no check passed, and an error are not certified, and are audited all the same', async () => {
  for (const [question, decision, status] of [
    ['small fails', 'fallback', 200],
    ['last is empty', 'abstained', 200],
    ['nobody answers', 'failed', 502],
  ] as const) {
    const response = await post(says(question));
    assert.equal(response.status, status, question);
    assert.equal(response.headers.get('x-weir-certified'), 'no', question);
    const found = await audited(response);
    assert.deepEqual([found.decision, found.certified], [decision, false]);
    assert.equal(found.audit?.kind, 'certification');
  }
});

test('a client that cuts its stream after the text leaves an audit that counts as lost', async () => {
  const leaving = new AbortController();
  const response = await post({ ...says('Hm. It never ends.'), stream: true }, {}, leaving.signal);
  assert.equal(response.headers.get('x-weir-certified'), null, 'nobody knows yet');
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('Paris')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
  leaving.abort();
  const found = await audited(response);
  assert.equal(found.certified, false);
  assert.deepEqual([found.audit?.kind, found.audit?.complete], ['certification', false]);
  assert.match(found.audit?.problem ?? '', /left in the middle/);
});

test('a stream to its end says in its closing comment that it is certified', async () => {
  const text = await (await post({ ...says('Hm.'), stream: true })).text();
  assert.match(text, /^: weir \{.*"certified":true/m);
});
