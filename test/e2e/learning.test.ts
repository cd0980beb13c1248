/** From no label at all to a certified version that saves money, over HTTP, with nobody's help but agreement between tiers. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import type { Config } from '../../src/config/schema/schema.ts';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { configIn, speak } from './scripted-gateway.ts';

/** The tiny model gets every fifth question wrong, and is unsure of it. */
const play: ScriptedStep = (asked) => {
  const messages = asked.body['messages'] as { content: string }[];
  const number = Number(/\d+/.exec(messages.at(-1)?.content ?? '')?.[0]);
  const wrong = asked.model === 'tiny' && number % 5 === 0;
  const text = `it is ${wrong ? number + 1 : number}`;
  const logprob = Math.log(wrong ? 0.3 + (number % 7) / 50 : 0.9 + (number % 9) / 100);
  return speak(asked, text, logprob);
};

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: play });
  folder = await mkdtemp(join(tmpdir(), 'weir-learning-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function configOf(): Config {
  const text = `
listen: 127.0.0.1:0
store: 'sqlite:./learning.db'
recorder: { interval: 1ms }
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises, maxConcurrent: 64 } }
models:
  small: { upstream: local, model: tiny, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: local, model: huge, price: { input: 50, output: 50 }, logprobs: stream }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.1, certainty: 0.9 } } }
learning: { startRate: 1, auditRate: 1, agreement: exact, maxConcurrent: 16, dailyBudgetUsd: 100 }`;
  return configIn(folder, text);
}

async function ask(origin: string, number: number): Promise<Response> {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: `What is ${number}?` }] }),
  });
  assert.equal(response.status, 200);
  await response.text();
  return response;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

const happened = async (gateway: Gateway, kind: string): Promise<boolean> =>
  (await gateway.store.learningEvents({ limit: 100 })).some((event) => event.kind === kind);

test('traffic is served by the last tier until a policy is certified, and by that from then on', async () => {
  const gateway = await createGateway({ config: configOf(), environment: {}, log: createLog('silent') });
  try {
    const { port } = await gateway.listen();
    const origin = `http://127.0.0.1:${port}`;
    // Audits of requests before the loop began teach less.
    await until(async () => (await gateway.store.jobs()).length === 1);
    let asked = 0;
    const askMany = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 20 }, () => ask(origin, (asked += 1))));
    };
    const first = await ask(origin, 1);
    assert.deepEqual(
      [first.headers.get('x-weir-tier'), first.headers.get('x-weir-certified')],
      ['large', 'no'],
    );
    await until(async () => {
      if (asked < 2_000) await askMany();
      return happened(gateway, 'promoted');
    });
    const served = async (number: number): Promise<unknown> => {
      const { headers } = await ask(origin, number);
      return [headers.get('x-weir-tier'), headers.get('x-weir-certified')];
    };
    await until(async () => ((await served(10_001)) as string[])[1] === 'yes');
    // It opens step by step: in the end a sure answer of the small model is served, and an unsure one is not.
    await until(async () => {
      if (asked < 4_000) await askMany();
      return ((await served(10_001)) as string[])[0] === 'small';
    });
    assert.deepEqual(await served(10_005), ['large', 'yes']);
    // The store knows it before this process is told.
    await until(async () =>
      /^weir_learning_events_total\{route="auto",kind="promoted"\} [1-9]/m.test(
        await (await fetch(`${origin}/metrics`)).text(),
      ),
    );
  } finally {
    await gateway.close();
  }
});
