/** What is learned while a route observes certifies: one line more, and it serves. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import type { Config } from '../../src/config/schema/schema.ts';
import { createGateway, createLog } from '../../src/gateway/gateway.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { configIn, speak } from './scripted-gateway.ts';

/** The tiny model gets every fifth question wrong, and is unsure of it. */
const play: ScriptedStep = (asked) => {
  const messages = asked.body['messages'] as { content: string }[];
  const number = Number(/\d+/.exec(messages.at(-1)?.content ?? '')?.[0]);
  const wrong = asked.model === 'tiny' && number % 5 === 0;
  const logprob = Math.log(wrong ? 0.3 + (number % 7) / 50 : 0.9 + (number % 9) / 100);
  return speak(asked, `it is ${wrong ? number + 1 : number}`, logprob);
};

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: play });
  folder = await mkdtemp(join(tmpdir(), 'weir-observe-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function configOf(mode: 'observe' | 'serve'): Config {
  return configIn(
    folder,
    `
listen: 127.0.0.1:0
store: 'sqlite:./observe.db'
recorder: { interval: 1ms }
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises, maxConcurrent: 64 } }
models:
  small: { upstream: local, model: tiny, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: local, model: huge, price: { input: 50, output: 50 }, logprobs: stream }
routes: { auto: { tiers: [small, large], mode: ${mode}, objective: { maxQualityLoss: 0.1, certainty: 0.9 } } }
learning: { startRate: 1, auditRate: 1, agreement: exact, maxConcurrent: 16, dailyBudgetUsd: 100 }`,
  );
}

interface Status {
  inForce?: { certified: boolean };
  rollout?: {
    share: number;
    requests: { decided: number; observed: number };
    tiers: { tier: string; agreement?: { same: { value: number; lower: number; upper: number } } }[];
    policy?: { version?: string; servedBy: Record<string, number>; saved?: { share: number } };
  };
}

test('a policy that was certified while nobody was served by it serves as soon as the mode says so', async () => {
  const gateway = await createGateway({
    config: configOf('observe'),
    environment: {},
    log: createLog('silent'),
  });
  try {
    const { port } = await gateway.listen();
    const origin = `http://127.0.0.1:${port}`;
    const ask = async (number: number): Promise<(string | null)[]> => {
      const response = await fetch(`${origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: `What is ${number}?` }] }),
      });
      await response.text();
      return ['tier', 'observed', 'certified'].map((name) => response.headers.get(`x-weir-${name}`));
    };
    const status = async (): Promise<Status | undefined> => {
      const { data } = (await (await fetch(`${origin}/admin/api/learning`)).json()) as { data: Status[] };
      return data[0];
    };
    // Audits of requests before the loop began teach less.
    while ((await gateway.store.jobs()).length === 0) await sleep(20);
    let asked = 0;
    while (!(await gateway.store.activeVersions()).has('auto')) {
      await sleep(20);
      if (asked >= 2_000) continue;
      const answered = await Promise.all(Array.from({ length: 20 }, () => ask((asked += 1))));
      for (const each of answered) assert.deepEqual(each, ['large', 'yes', 'no']);
    }
    const { rollout, inForce } = (await status()) ?? {};
    assert.equal(inForce?.certified, true, 'it is certified, and serves nobody');
    assert.equal(rollout?.share, 0);
    assert.equal(rollout.requests.decided, 0);
    const { lower = 1, upper = 0 } = rollout.tiers[0]?.agreement?.same ?? {};
    assert.ok(lower < 0.8 && upper > 0.8, `four of five: ${lower} … ${upper}`);
    assert.deepEqual(await ask(100_001), ['large', 'yes', 'no']);

    const { taken } = (await gateway.reconfigure(configOf('serve'))) as { taken: string[] };
    assert.deepEqual(taken, ['routes.auto changed']);
    const [, observed, certified] = await ask(100_002);
    assert.deepEqual([observed, certified], [null, 'yes']);
    // It opens step by step: in the end a sure answer of the small model is served.
    while ((await ask(100_003))[0] !== 'small') {
      await sleep(20);
      if (asked < 4_000) await Promise.all(Array.from({ length: 20 }, () => ask((asked += 1))));
    }
  } finally {
    await gateway.close();
  }
});
