/** Audits over HTTP: a safe start, verdicts by everybody who may give one, the budget of a day, the switch that stops them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import type { Config } from '../../src/config/schema/schema.ts';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import { controlAnswer } from '../../src/learning/labels/judge-controls.ts';
import { questionKey } from '../../src/learning/labels/question-key.ts';
import { createCoins } from '../../src/routing/coins.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { configIn, speak } from './scripted-gateway.ts';

const said: Record<string, Record<string, string>> = {
  tiny: { 'Which town?': 'Oslo', 'Which river?': 'Tiber', 'Which hill?': 'Aventine' },
  huge: { 'Which town?': 'Rome', 'Which river?': 'Tiber', 'Which hill?': 'Palatine' },
};

const play: ScriptedStep = (asked) => {
  const messages = asked.body['messages'] as { content: string }[];
  const content =
    asked.model === 'umpire' ? 'WORSE' : (said[asked.model]?.[messages.at(-1)?.content ?? ''] ?? '');
  return speak(asked, content, Math.log(0.9));
};

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: play });
  folder = await mkdtemp(join(tmpdir(), 'weir-audits-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** @param store each test has one of its own. */
function configOf(store: string, learning: string): Config {
  const text = `
listen: 127.0.0.1:0
store: 'sqlite:./${store}.db'
recorder: { interval: 1ms }
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises } }
models:
  small: { upstream: local, model: tiny, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: local, model: huge, price: { input: 10, output: 10 } }
  judge: { upstream: local, model: umpire, price: { input: 1, output: 1 } }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02 } } }
${learning}`;
  return configIn(folder, text);
}

async function withGateway(
  config: Config,
  run: (gateway: Gateway, origin: string) => Promise<void>,
): Promise<void> {
  const gateway = await createGateway({ config, environment: {}, log: createLog('silent') });
  try {
    const { port } = await gateway.listen();
    await run(gateway, `http://127.0.0.1:${port}`);
  } finally {
    await gateway.close();
  }
}

async function ask(origin: string, question: string): Promise<Response> {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: question }] }),
  });
  assert.equal(response.status, 200);
  await response.text();
  return response;
}

interface Decision {
  decision: string;
  audit: {
    kind: string;
    propensity: number;
    complete: boolean;
    costUsd: string;
    judgeUsd: string;
    controlVerdict?: number;
  };
  labels: { tier: string; source: string; verdict: number; propensity: number }[];
}

/** Looks until what is looked for is there. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(5);
  }
}

/** The decision on a request, once its audit stands in it. */
function audited(origin: string, response: Response): Promise<Decision> {
  return eventually(async () => {
    const id = response.headers.get('x-weir-id') ?? '';
    const decision = (await (await fetch(`${origin}/v1/decisions/${id}`)).json()) as Partial<Decision>;
    return decision.audit === undefined ? undefined : (decision as Decision);
  });
}

/** How many requests that were drawn came to this result, or were not drawn for this reason. */
async function counted(origin: string, result: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const line = text
    .split('\n')
    .find((each) => /^weir_(?:audits|requests_not_drawn)_total/.test(each) && each.includes(`"${result}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

test('at a safe start the last tier serves, the others answer in the background, and everybody who may gives verdicts', () =>
  withGateway(
    configOf('start', 'learning: { startRate: 1, agreement: exact, judge: judge }'),
    async (gateway, origin) => {
      await gateway.store.saveReferences([
        {
          route: 'auto',
          key: questionKey(' Which hill? '),
          check: 'exact',
          reference: 'Aventine',
          createdAtMs: 0,
        },
      ]);
      const found: Record<string, string[]> = {};
      for (const question of ['Which town?', 'Which river?', 'Which hill?']) {
        const response = await ask(origin, question);
        assert.equal(response.headers.get('x-weir-tier'), 'large');
        const { decision, audit, labels } = await audited(origin, response);
        assert.deepEqual(
          [decision, audit.kind, audit.complete, audit.propensity],
          ['direct', 'certification', true, 1],
        );
        assert.equal(audit.costUsd, '0.00002', 'what the small tier cost: 20 tokens at a millionth');
        assert.equal(Number(audit.judgeUsd) > 0, question === 'Which town?', question);
        found[question] = labels
          .map(({ tier, source, verdict }) => `${tier} ${source} ${verdict}`)
          .toSorted((a, b) => a.localeCompare(b));
      }
      assert.deepEqual(found, {
        'Which town?': ['large agreement 1', 'small judge 0.5'],
        'Which river?': ['large agreement 1', 'small agreement 1'],
        'Which hill?': ['large reference 0', 'small reference 1'],
      });
      const rows = await eventually(async () => {
        const audits = await gateway.store.audits({ route: 'auto', limit: 10 });
        return audits.length === 3 ? audits : undefined;
      });
      const signals = rows.map(({ attempts }) => JSON.parse(attempts) as { signals: string }[]);
      for (const [attempt] of signals) assert.match(attempt?.signals ?? '', /"meanLogprob":-0\.105/);
    },
  ));

test('the budget of a day holds, and holds after a restart', async () => {
  // An audit costs .00002 dollars: the third would begin beyond it.
  const config = configOf('budget', 'learning: { startRate: 1, agreement: exact, dailyBudgetUsd: 0.00004 }');
  await withGateway(config, async (_, origin) => {
    for (const made of [1, 2]) {
      await audited(origin, await ask(origin, 'Which town?'));
      assert.equal(await counted(origin, 'complete'), made);
    }
    await ask(origin, 'Which town?');
    assert.equal(await counted(origin, 'budget'), 1);
  });
  await withGateway(config, async (gateway, origin) => {
    await ask(origin, 'Which town?');
    assert.equal(await counted(origin, 'budget'), 1);
    assert.equal(await counted(origin, 'complete'), 0);
    assert.equal((await gateway.store.audits({ route: 'auto', limit: 10 })).length, 2);
  });
});

test('the judge is asked about an answer that is wrong for certain where a coin says so, and that is no label', () =>
  withGateway(configOf('controls', 'learning: { startRate: 1, judge: judge }'), async (_, origin) => {
    const idOf = (response: Response): string =>
      response.headers.get('x-weir-id')?.slice('chatcmpl-'.length) ?? '';
    let response = await ask(origin, 'Which town?');
    // One in ten has it. Whoever has the store's secret can toss the coins again.
    const toss = createCoins((await readFile(join(folder, 'controls.db.secret'), 'utf8')).trim());
    const hasControl = (): boolean => controlAnswer(toss(idOf(response)).control) !== undefined;
    for (let sent = 1; sent < 300 && !hasControl(); sent += 1) response = await ask(origin, 'Which town?');
    const { audit, labels } = await audited(origin, response);
    assert.equal(audit.controlVerdict, 0.5);
    assert.equal(labels.length, 2);
  }));

test('`learning` taken out of the configuration stops every audit at once, and put back begins them again', () => {
  const on = configOf('switch', 'learning: { startRate: 1, agreement: exact }');
  const off = configOf('switch', '');
  return withGateway(on, async (gateway, origin) => {
    await audited(origin, await ask(origin, 'Which town?'));
    const askedBefore = server.asked.length;
    assert.deepEqual(await gateway.reconfigure(off), { taken: ['learning changed'] });
    await ask(origin, 'Which town?');
    assert.deepEqual(await gateway.reconfigure(on), { taken: ['learning changed'] });
    await audited(origin, await ask(origin, 'Which town?'));
    assert.equal(server.asked.length - askedBefore, 3, 'one request alone, and one with its audit');
    assert.equal(await counted(origin, 'complete'), 2);
  });
});

test('without `learning` no model is asked but for a client', () =>
  withGateway(configOf('none', ''), async (gateway, origin) => {
    const askedBefore = server.asked.length;
    for (let sent = 0; sent < 5; sent += 1) await ask(origin, 'Which town?');
    assert.equal(server.asked.length - askedBefore, 5);
    assert.doesNotMatch(await (await fetch(`${origin}/metrics`)).text(), /^weir_audits_total\{/m);
    assert.deepEqual(await gateway.store.audits({ route: 'auto', limit: 10 }), []);
  }));
