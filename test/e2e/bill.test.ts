/** A provider that bills caches, writes, reasoning and long prompts keeps its own bill: what Weir says was spent is that bill. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { createKeyring } from '../../src/access/keys.ts';
import { createSecret } from '../../src/access/secret.ts';
import { createRandom } from '../../src/calibration/fit/random.ts';
import { weir } from '../../src/cli/common/testing.ts';
import { historyTraces } from '../../src/recordings/history.ts';
import { recordedCostNanoUsd } from '../../src/recordings/replay-attempt.ts';
import { openStore } from '../../src/store/open.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import type { AskedChat, ScriptedReply } from '../../src/upstream/scripted/scripted-reply.ts';
import { startGateway } from './gateway-process.ts';

/** In nano-dollars per token, as the provider has them; written into the configuration in dollars per million. */
const PRICES = {
  tiny: { input: 100, read: 10, written: 125, hour: 200, output: 400 },
  huge: { input: 3_000, read: 300, written: 3_750, hour: 6_000, output: 15_000 },
} as const;
const LONG = 1_000;
const LONG_PRICE = { input: 6_000, read: 600, written: 7_500, hour: 12_345, output: 22_500 };

const REQUESTS = 60;
const chance = createRandom(11);
const below = (count: number): number => uniformInt(chance, 0, count - 1);

interface Billed {
  tenant: string;
  model: keyof typeof PRICES;
  nanoUsd: number;
  tokens: { input: number; output: number; read: number; written: number; hour: number; thought: number };
}

/** The provider's own bill, by the number that stands in the question. */
const bill = new Map<string, Billed[]>();

/** Says its usage as one of the providers does; the bill is made before, from what was really used. */
function usageOf(kind: number, { input, output, read, written, hour, thought }: Billed['tokens']): object {
  const total = input + output + thought;
  const all = { prompt_tokens: input, completion_tokens: output + thought, total_tokens: total };
  const reasoning = { completion_tokens_details: { reasoning_tokens: thought } };
  const caches = {
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
    cache_creation: { ephemeral_5m_input_tokens: written - hour, ephemeral_1h_input_tokens: hour },
  };
  const forms: object[] = [
    {
      ...all,
      ...reasoning,
      prompt_tokens_details: {
        cached_tokens: read,
        cache_write_tokens: written,
        cache_creation_token_details: { ephemeral_1h_input_tokens: hour },
      },
    },
    // Anthropic's form: caches beside the prompt, and no total.
    { input_tokens: input - read - written, output_tokens: output + thought, ...caches },
    // The caches within the prompt, under the same names.
    { ...all, ...caches },
    // Caches beside the prompt, and reasoning beside the completion: the total tells.
    {
      prompt_tokens: input - read - written,
      completion_tokens: output,
      total_tokens: total,
      ...caches,
      ...reasoning,
    },
    // Gemini's form: reasoning is in the total alone, and nothing is kept for an hour.
    {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: total,
      prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    },
  ];
  return forms[kind % forms.length] ?? {};
}

function play({ model, stream, body }: AskedChat): ScriptedReply {
  const name = model === 'tiny' ? 'tiny' : 'huge';
  const [message] = body['messages'] as { content: string }[];
  const [, tenant = '', number = ''] = /^(\w+) asks (\d+)/.exec(message?.content ?? '') ?? [];
  const input = 70 + below(1_600);
  const read = below(3) === 0 ? 0 : below(input);
  const written = below(2) === 0 ? 0 : below(input - read);
  const hour = Number(number) % 5 === 4 ? 0 : below(2) * below(written + 1);
  const thought = below(2) * (1 + below(500));
  const tokens = { input, read, written, hour, output: 1 + below(200), thought };
  const prices = name === 'huge' && input > LONG ? LONG_PRICE : PRICES[name];
  const nanoUsd =
    (input - read - written) * prices.input +
    read * prices.read +
    (written - hour) * prices.written +
    hour * prices.hour +
    (tokens.output + tokens.thought) * prices.output;
  bill.set(number, [...(bill.get(number) ?? []), { tenant, model: name, nanoUsd, tokens }]);
  const usage = usageOf(Number(number), tokens);
  const logprob = Math.log(Number(number) % 3 === 0 ? 0.4 : 0.99);
  const scored = { logprobs: { content: [{ token: 'Yes', logprob, top_logprobs: [] }] } };
  const base = { id: 'x', created: 1, model };
  if (!stream) {
    const choice = {
      index: 0,
      message: { role: 'assistant', content: 'Yes' },
      finish_reason: 'stop',
      ...scored,
    };
    const whole = { ...base, object: 'chat.completion', choices: [choice], usage };
    return { headers: { 'content-type': 'application/json' }, body: [JSON.stringify(whole)] };
  }
  const chunk = (more: object): string =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...more })}\n\n`;
  return {
    headers: { 'content-type': 'text/event-stream' },
    body: [
      chunk({ choices: [{ index: 0, delta: { content: 'Yes' }, finish_reason: null, ...scored }] }),
      chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      chunk({ choices: [], usage }),
      'data: [DONE]\n\n',
    ],
  };
}

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: play });
  folder = await mkdtemp(join(tmpdir(), 'weir-bill-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const usd = (nano: number): number => nano / 1_000;
const priceText = ({ input, read, written, hour, output }: typeof LONG_PRICE, more = ''): string => {
  // Where nothing is said, an hour costs 1.6 times as much.
  const kept = hour === 1.6 * written ? '' : `, cacheWrite1h: ${usd(hour)}`;
  return `{ input: ${usd(input)}, cachedInput: ${usd(read)}, cacheWrite: ${usd(written)}${kept}, output: ${usd(output)}${more} }`;
};

const LONG_TEXT = `, longPrompts: [${priceText(LONG_PRICE).replace('{', `{ above: ${LONG},`)}]`;

const sumOf = (bills: readonly Billed[]): number => bills.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);

test('by request, by tenant and in the sum, what was spent is what was billed', async () => {
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  const ring = await createKeyring({
    store,
    secret: createSecret({ environment: process.env, store }),
    clock: Date.now,
  });
  const keys = new Map<string, string>();
  for (const tenant of ['north', 'south'])
    keys.set(tenant, (await ring.create({ name: tenant, tenant, operator: true })).key);
  await store.close();
  const gateway = await startGateway(
    `
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises } }
models:
  small: { upstream: local, model: tiny, logprobs: stream, price: ${priceText(PRICES.tiny)} }
  large: { upstream: local, model: huge, logprobs: stream, price: ${priceText(PRICES.huge, LONG_TEXT)} }
routes: { auto: { tiers: [small, large], objective: { thresholds: [0.8] } } }
`,
    folder,
  );
  const said = new Map<string, string>();
  let metrics: string;
  try {
    for (let number = 0; number < REQUESTS; number += 1) {
      const tenant = number % 4 === 0 ? 'north' : 'south';
      const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.get(tenant) ?? ''}` },
        body: JSON.stringify({
          model: 'auto',
          stream: number % 2 === 0,
          messages: [{ role: 'user', content: `${tenant} asks ${number}` }],
        }),
      });
      assert.equal(response.status, 200);
      const text = await response.text();
      const cost = response.headers.get('x-weir-cost-usd') ?? /"costUsd":"([\d.]+)"/.exec(text)?.[1];
      said.set(String(number), cost ?? '');
    }
    const scraped = await fetch(`${gateway.origin}/metrics`, {
      headers: { authorization: `Bearer ${keys.get('north') ?? ''}` },
    });
    metrics = await scraped.text();
  } finally {
    await gateway.stop();
  }
  assert.equal(bill.size, REQUESTS);
  const all = [...bill.values()].flat();
  assert.ok(all.length > REQUESTS, 'some were escalated');
  assert.ok(
    all.some(({ model, tokens }) => model === 'huge' && tokens.input > LONG),
    'some prompts were long',
  );

  // By request.
  for (const [number, cost] of said)
    assert.equal(Math.round(Number(cost) * 1e9), sumOf(bill.get(number) ?? []), `request ${number}`);

  // By tenant, and call by call, from the record.
  const record = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  try {
    for (const tenant of keys.keys()) {
      const rows = await record.outcomes({ tenant, limit: 1_000 });
      const spent = rows.reduce((sum, { costNanoUsd = NaN }) => sum + costNanoUsd, 0);
      assert.equal(spent, sumOf(all.filter((billed) => billed.tenant === tenant)), tenant);
    }
    const decisions = await record.history({ limit: 1_000 });
    const billedCalls = decisions
      .flatMap(({ attempts }) => attempts)
      .map(({ model, costNanoUsd, inputTokens, outputTokens, ...row }) => {
        const { cachedInputTokens: read, cacheWriteTokens: written, cacheWriteHourTokens: hour = 0 } = row;
        return [model, costNanoUsd, inputTokens, outputTokens, read, written, hour].join(' ');
      });
    assert.deepEqual(
      billedCalls.toSorted(),
      all
        .map(({ model, nanoUsd, tokens: { input, output, thought, read, written, hour } }) =>
          [model, nanoUsd, input, output + thought, read, written, hour].join(' '),
        )
        .toSorted(),
    );
    // What is exported costs the same where it is replayed.
    const replayed: number[] = [];
    const tiers = { small: { price: weirPrice(PRICES.tiny) }, large: { price: hugePrice } };
    for await (const { attempts } of historyTraces(record, { sources: [] }))
      for (const [tier, attempt] of Object.entries(attempts))
        replayed.push(recordedCostNanoUsd(attempt, tier === 'small' ? tiers.small : tiers.large) ?? NaN);
    assert.equal(
      replayed.reduce((sum, each) => sum + each, 0),
      sumOf(all),
    );
  } finally {
    await record.close();
  }

  // In the sum, by the metrics.
  const counted = (name: string, label: string): number =>
    [...metrics.matchAll(new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  assert.equal(Math.round(counted('weir_cost_usd_total', 'route="auto"') * 1e9), sumOf(all));
  const tokens = (of: (tokens: Billed['tokens']) => number): number =>
    all.reduce((sum, billed) => sum + of(billed.tokens), 0);
  assert.equal(
    counted('weir_tokens_total', 'kind="input"'),
    tokens(({ input }) => input),
  );
  assert.equal(
    counted('weir_tokens_total', 'kind="cached_input"'),
    tokens(({ read }) => read),
  );
  assert.equal(
    counted('weir_tokens_total', 'kind="cache_write"'),
    tokens(({ written }) => written),
  );
  assert.equal(
    counted('weir_tokens_total', 'kind="output"'),
    tokens(({ output, thought }) => output + thought),
  );

  // The baseline: the served answer's tokens at the last tier's prices, its own cache reads among them.
  const alone = [...bill.values()].reduce((sum, calls) => {
    const { tokens: used } = calls.at(-1) ?? { tokens: undefined };
    if (used === undefined) return NaN;
    const prices = used.input > LONG ? LONG_PRICE : PRICES.huge;
    const { input, read, written, hour, output, thought } = used;
    return (
      sum +
      (input - read - written) * prices.input +
      read * prices.read +
      (written - hour) * prices.written +
      hour * prices.hour +
      (output + thought) * prices.output
    );
  }, 0);
  assert.equal(Math.round(counted('weir_baseline_usd_total', 'route="auto"') * 1e9), alone);
  assert.equal(Math.round(counted('weir_baseline_least_usd_total', 'route="auto"') * 1e9), alone);
});

test('what audits cost, and what `weir learning` says was saved, is what was billed', async () => {
  bill.clear();
  const home = await mkdtemp(join(tmpdir(), 'weir-bill-'));
  const gateway = await startGateway(
    `
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises } }
models:
  small: { upstream: local, model: tiny, logprobs: stream, price: ${priceText(PRICES.tiny)} }
  large: { upstream: local, model: huge, logprobs: stream, price: ${priceText(PRICES.huge, LONG_TEXT)} }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.05, certainty: 0.9 } } }
learning: { auditRate: 1, startRate: 1, agreement: exact, dailyBudgetUsd: 100 }
`,
    home,
  );
  const audited = 24;
  const lines = async (name: string): Promise<string> =>
    (await (await fetch(`${gateway.origin}/metrics`)).text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`))
      .join('\n');
  try {
    for (let number = 0; number < audited; number += 1) {
      const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'auto',
          messages: [{ role: 'user', content: `north asks ${number}` }],
        }),
      });
      assert.equal(response.headers.get('x-weir-tier'), 'large');
      await response.text();
    }
    for (;;) {
      const complete = Number(/result="complete"\} (\d+)/.exec(await lines('weir_audits_total'))?.[1] ?? 0);
      if (complete === audited) break;
      await sleep(50);
    }
    const all = [...bill.values()].flat();
    const of = (model: Billed['model']): number => sumOf(all.filter((billed) => billed.model === model));
    const cost = Number(/part="answers"\} (\S+)/.exec(await lines('weir_audit_cost_usd_total'))?.[1]);
    assert.equal(Math.round(cost * 1e9), of('tiny'));
    const { code, stdout, stderr } = await weir(['learning', '--json'], home);
    assert.equal(code, 0, stderr);
    const { saving } = savingIn(JSON.parse(stdout));
    const nano = (dollars: number | undefined): number => Math.round((dollars ?? NaN) * 1e9);
    assert.deepEqual(
      [nano(saving?.servingUsd), nano(saving?.auditsUsd), nano(saving?.baselineUsd), saving?.requests],
      [of('huge'), of('tiny'), of('huge'), audited],
    );
    assert.ok(Math.abs((saving?.share ?? NaN) + of('tiny') / of('huge')) < 1e-9);
    assert.equal(saving?.few, true);
  } finally {
    await gateway.stop();
    await rm(home, { recursive: true });
  }
});

interface Saving {
  share: number;
  servingUsd: number;
  auditsUsd: number;
  baselineUsd: number;
  requests: number;
  few: boolean;
}

/** The saving of the only route, wherever the page of operators has it. */
function savingIn(page: unknown): { saving?: Saving } {
  const found: unknown[] = [page];
  for (const each of found) {
    if (typeof each !== 'object' || each === null) continue;
    if ('saving' in each) return each as { saving: Saving };
    found.push(...Object.values(each as Record<string, unknown>));
  }
  return {};
}

function weirPrice({ input, read, written, hour, output }: typeof LONG_PRICE) {
  return { input, cachedInput: read, cacheWrite: written, cacheWrite1h: hour, output };
}

const hugePrice = {
  ...weirPrice(PRICES.huge),
  longPrompts: [{ above: LONG, ...weirPrice(LONG_PRICE) }],
};
