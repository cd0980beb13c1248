/** Verdicts over HTTP: what is not certain, or was said to another conversation, is no verdict that an answer is right. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createGateway, createLog } from '../../src/gateway/gateway.ts';
import { questionKeyOf } from '../../src/learning/labels/question-key.ts';
import type { ReferenceRow } from '../../src/store/contract/learning-rows.ts';
import type { Decision } from '../../src/store/contract/store.ts';
import { answers, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { configIn, speak } from './scripted-gateway.ts';

/** What the two tiers answer now, and what the judge replies. */
let now: { small: string; large: string; judge: ScriptedStep };
const play: ScriptedStep = (asked) => {
  if (asked.model === 'umpire') return played(now.judge, asked);
  return speak(asked, asked.model === 'tiny' ? now.small : now.large, Math.log(0.9));
};

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: play });
  folder = await mkdtemp(join(tmpdir(), 'weir-verdicts-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Asked {
  small: string;
  large: string;
  judge?: ScriptedStep;
  messages?: object[];
}

/** What each of these requests' audits found, in a gateway with this `learning`. */
async function audited(
  learning: string,
  asked: readonly Asked[],
  references: readonly ReferenceRow[] = [],
): Promise<Decision[]> {
  const store = `s${performance.now()}`.replace('.', '-');
  const config = configIn(
    folder,
    `
listen: 127.0.0.1:0
store: 'sqlite:./${store}.db'
recorder: { interval: 1ms }
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises } }
models:
  small: { upstream: local, model: tiny, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: local, model: huge, price: { input: 10, output: 10 } }
  judge: { upstream: local, model: umpire, price: { input: 1, output: 1 } }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.05 } } }
learning: { startRate: 1, ${learning} }`,
  );
  const gateway = await createGateway({ config, environment: {}, log: createLog('silent') });
  try {
    const { port } = await gateway.listen();
    await gateway.store.saveReferences(references);
    const found: Decision[] = [];
    for (const { messages = [{ role: 'user', content: 'What is it?' }], ...said } of asked) {
      now = { judge: answers(''), ...said };
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'auto', messages }),
      });
      assert.equal(response.status, 200, await response.text());
      const id = response.headers.get('x-weir-id')?.slice('chatcmpl-'.length) ?? '';
      let decision: Decision | undefined;
      while (decision?.audit === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        decision = await gateway.store.decision(id, 'default');
      }
      found.push(decision);
    }
    return found;
  } finally {
    await gateway.close();
  }
}

const verdictOn = (tier: string, { labels }: Decision): number | undefined =>
  labels.find((label) => label.tier === tier)?.verdict;

test('answers that differ in a sign, a vowel mark, a suffix or one of several numbers never agree', async () => {
  for (const [kind, pairs] of [
    [
      'number',
      [
        ['-5', '5'],
        ['5k', '5'],
        ['5:30', '30'],
        ['1,5', '5'],
        ['3 and 5', '4 and 5'],
        ['2³', '23'],
      ],
    ],
    [
      'exact',
      [
        ['कम', 'काम'],
        ['แกว', 'แก้ว'],
        ['hardly is Paris', 'Paris'],
        ['Yes, but only on Sundays', 'Yes'],
      ],
    ],
  ] as const) {
    const found = await audited(
      `agreement: ${kind}`,
      pairs.map(([small, large]) => ({ small, large })),
    );
    assert.deepEqual(
      found.filter((decision) => verdictOn('small', decision) === 1),
      [],
    );
  }
});

test('where agreement is not known the judge decides, and without one nobody does', async () => {
  const [asked] = [{ small: 'It may be Paris', large: 'Paris', judge: answers('GOOD') }];
  const [alone] = await audited('agreement: exact', [asked]);
  const [judged] = await audited('agreement: exact, judge: judge', [asked]);
  assert.ok(alone !== undefined && judged !== undefined);
  assert.equal(verdictOn('small', alone), undefined);
  assert.match(alone.audit?.problem ?? '', /not certain/);
  assert.equal(verdictOn('small', judged), 1);
});

test('a judge that replies in another language, with two verdicts, or is cut off gives no verdict', async () => {
  const replies: ScriptedStep[] = [
    answers('GUT'),
    answers('良い'),
    answers('GOOD\n\nWRONG'),
    answers('It is not WRONG.\nGOOD'),
    answers({ content: 'GOOD', finish: 'length' }),
    answers({ content: 'GOOD', finish: 'content_filter' }),
  ];
  const found = await audited(
    'judge: judge',
    replies.map((judge) => ({ small: 'Lyon', large: 'Paris', judge })),
  );
  for (const decision of found) {
    assert.equal(verdictOn('small', decision), undefined);
    assert.match(decision.audit?.problem ?? '', /The judge (?:did not reply|gave no reply)/);
  }
});

test('a reference for "Continue" says nothing of the conversations that end in it', async () => {
  const alone = [{ role: 'user', content: 'Continue' }];
  const told = [{ role: 'system', content: 'Tell a story.' }, ...alone];
  const turns = [{ role: 'user', content: 'Hello' }, { role: 'assistant', content: 'Hi' }, ...alone];
  const reference = { route: 'auto', check: 'exact', reference: 'Yes', createdAtMs: 0 } as const;
  const said = { small: 'Lyon', large: 'Paris' };
  const found = await audited(
    'agreement: exact',
    [alone, told, turns].map((messages) => ({ ...said, messages })),
    [{ ...reference, key: questionKeyOf(alone) ?? '' }],
  );
  assert.deepEqual(
    found.map(({ labels }) =>
      labels.map(({ tier, source, verdict }) => `${tier} ${source} ${verdict}`).toSorted(),
    ),
    [
      ['large reference 0', 'small reference 0'],
      ['large agreement 1', 'small agreement 0'],
      ['large agreement 1', 'small agreement 0'],
    ],
  );
});

test('one question in the system message, asked again and again, is one conversation', async () => {
  const said = { small: 'Lyon', large: 'Paris' };
  const system = (content: string): object[] => [{ role: 'system', content }];
  const found = await audited(
    'agreement: exact',
    [system('Which town?'), system('Which town?'), system('Which hill?')].map((messages) => ({
      ...said,
      messages,
    })),
  );
  const [first, second, third] = found.map(({ audit }) => audit?.conversation);
  assert.ok(first !== undefined && third !== undefined);
  assert.equal(second, first);
  assert.notEqual(third, first);
});
