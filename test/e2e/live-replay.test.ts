/** Recorded traffic, sent through a gateway over recorded upstreams: it decides what replay says, one for one. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseConfig } from '../../src/config/load/load.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { Config } from '../../src/config/schema/schema.ts';
import { createGateway, createLog, checkRecorded, type Gateway } from '../../src/gateway/gateway.ts';
import { keepVersion } from '../../src/learning/versions/kept-version.ts';
import { createLadderTable } from '../../src/learning/table/ladder-table.ts';
import { replayEach, type Replayed } from '../../src/recordings/replay.ts';
import { tune } from '../../src/learning/tuning/tune.ts';
import { applyVersion, type ServedPolicy } from '../../src/routing/apply-version.ts';
import type { Policy, Tier } from '../../src/routing/policy.ts';
import type { Objective } from '../../src/routing/rules/objective.ts';
import { handMade } from '../../src/routing/testing.ts';
import type { Version } from '../../src/routing/version.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import type { Trace } from '../../src/traces/trace.ts';
import { indexTraces } from '../../src/upstream/recorded/recorded-questions.ts';

const shared = process.env['WEIR_SHARED'] ?? join(import.meta.dirname, '../../../shared');

/** Sent through the gateway, about. */
const SENT = 400;
/** Others, on which a policy is tuned. */
const TUNED_ON = 1_000;

interface Case {
  file: string;
  policy: string;
  tiers: readonly string[];
  objective: Objective;
  /** A version for that objective. */
  solve(traces: readonly Trace[], tiers: readonly Tier[], objective: Objective): Version | Promise<Version>;
  /** What has to be among the decisions for the comparison to say anything. */
  seen: readonly string[];
}

const HAND = { by: 'test', atMs: 1 };
const CREATED_AT = '2026-11-24T00:00:00.000Z';

const LLAMAS = ['llama3.1-8b', 'llama3.1-70b', 'llama3.1-405b'] as const;

const CASES: readonly Case[] = [
  {
    file: 'closed-qa',
    policy: 'a tuned policy',
    tiers: LLAMAS,
    objective: { valueOfGoodAnswerUsd: 0.004 },
    solve: tuned,
    seen: ['accepted', 'escalated'],
  },
  {
    file: 'closed-qa',
    policy: 'a policy that buys paid signals',
    tiers: LLAMAS,
    objective: { valueOfGoodAnswerUsd: 0.004 },
    solve: buying,
    seen: ['accepted', 'escalated', 'paid'],
  },
  {
    file: 'mmlu-pro',
    policy: 'a tuned policy',
    tiers: ['gpt-4.1-nano', 'gpt-4.1-mini', 'gpt-4.1'],
    objective: { valueOfGoodAnswerUsd: 0.004 },
    solve: tuned,
    seen: ['accepted', 'escalated', 'no text'],
  },
];

for (const { file, policy: kind, tiers: names, objective, solve, seen: needed } of CASES) {
  const path = join(shared, `data/${file}.jsonl.gz`);
  const skip = existsSync(path) ? false : `${file} is not here (WEIR_SHARED names its folder)`;

  describe(`live traffic and replay of ${file} by ${kind}`, { skip }, () => {
    let served: ServedPolicy;
    let sent: Trace[];
    let gateway: Gateway;
    let url: string;

    before(async () => {
      const traces = distinct((await readTraces(path, { strict: true })).traces);
      const config = configuration(names, objective);
      const policy = createResolver(config, { now: new Date() }).routes.get('auto');
      assert.ok(policy !== undefined);
      const stride = Math.floor(traces.length / (SENT + TUNED_ON));
      const sample = traces.filter((_, index) => index % stride === 0);
      sent = sample.filter((_, index) => index % 7 < 2);
      const others = sample.filter((_, index) => index % 7 >= 2);
      const version = await solve(others, policy.tiers, objective);
      gateway = await createGateway({
        config,
        environment: {},
        log: createLog('silent'),
        recordings: { upstream: 'recorded', questions: await indexTraces(traces) },
      });
      const { hash } = await keepVersion(gateway.store, version, HAND);
      await gateway.store.promoteVersion(hash, HAND);
      await gateway.refreshVersions();
      url = `http://127.0.0.1:${(await gateway.listen()).port}`;
      served = applyVersion(policy, { hash, read: { version } });
      assert.equal(served.obstacle, undefined);
    });
    after(() => gateway?.close());

    for (const stream of [false, true])
      test(`the same decisions, one for one, ${stream ? 'streaming' : 'whole'}`, async () => {
        const { policy, confidenceModel } = served;
        const seen = new Set<string>();
        let compared = 0;
        for (const replayed of replayEach(policy, sent, await checkRecorded(sent), confidenceModel)) {
          // In a stream the last tier's answer is shown while it comes: no better one can replace it any more.
          if (stream && replayed.outcome.decision === 'abstained') continue;
          assert.deepEqual(
            await live(url, replayed.trace, stream),
            asShown(policy, replayed),
            replayed.trace.id,
          );
          compared += 1;
          for (const what of kindsOf(replayed, policy)) seen.add(what);
        }
        assert.ok(compared > SENT / 2, String(compared));
        assert.deepEqual(
          needed.filter((what) => !seen.has(what)),
          [],
          `seen: ${[...seen].join(', ')}`,
        );
      });
  });
}

/** Requests that nothing tells apart are one. */
function distinct(traces: readonly Trace[]): Trace[] {
  return [...Map.groupBy(traces, ({ system, prompt }) => JSON.stringify([system, prompt])).values()].flatMap(
    ([first]) => first ?? [],
  );
}

/** Prices stand in the recordings. */
function configuration(tiers: readonly string[], objective: Objective): Config {
  const models = tiers.map((name) => `  ${name}: { upstream: recorded, model: ${name} }\n`).join('');
  const text = `listen: 127.0.0.1:0
store: "sqlite::memory:"
log: { level: silent }
upstreams:
  recorded: { baseUrl: http://recorded.invalid/v1, location: cloud }
models:
${models}routes:
  auto: { tiers: [${tiers.join(', ')}], objective: ${JSON.stringify(objective)} }
`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: '/', environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}

async function tuned(
  traces: readonly Trace[],
  tiers: readonly Tier[],
  objective: Objective,
): Promise<Version> {
  const { table } = createLadderTable(traces, tiers, { vetoesOf: await checkRecorded(traces) });
  const { version, why } = tune(table, {
    route: 'auto',
    tiers: tiers.map(({ name, model }) => ({ name, model })),
    objective,
    seed: 7,
    source: { name: 'test', dates: ['2026-11-24'], scorer: 'the file' },
    createdAt: CREATED_AT,
    fitShare: 0.8,
    testShare: 0,
  });
  assert.ok(version !== undefined, why);
  return version;
}

/** Nothing is fitted: paid signals are cheap, and nobody knows how good an answer is without them. */
function buying(_: readonly Trace[], tiers: readonly Tier[], objective: Objective): Version {
  const [small = '', medium = '', large = ''] = tiers.map(({ name }) => name);
  const { rule, model } = handMade({
    tiers: { [small]: 30_000, [medium]: 200_000, [large]: 1_000_000 },
    paid: { [small]: 40_000, [medium]: 180_000 },
    signal: 'answerProb',
    prices: [4_000_000],
    groups: { gsm8k: 1, triviaqa: -0.5 },
    objective,
  });
  return {
    format: 1,
    route: 'auto',
    tiers: tiers.map(({ name, model: at }) => ({ name, model: at })),
    rule,
    confidenceModel: model,
    evidence: {},
    createdAt: CREATED_AT,
  };
}

/** What both say of a question: everything that was thought of it, and what it came to. */
interface Shown {
  decision: string;
  tier: string | undefined;
  costUsd: string | undefined;
  judgements: unknown;
  asked: unknown;
}

async function live(url: string, trace: Trace, stream: boolean): Promise<Shown> {
  const { system, prompt = '', group } = trace;
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt },
  ];
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-topic': group },
    body: JSON.stringify({ model: 'auto', messages, stream }),
  });
  const body = await response.text();
  assert.equal(response.status, 200, body);
  const found = await fetch(`${url}/v1/decisions/${response.headers.get('x-weir-id')}`);
  const { decision, tier, costUsd, explanation, attempts } = (await found.json()) as Shown & {
    explanation: { judgements: unknown };
    attempts: { tier: string; about?: number; costUsd?: string }[];
  };
  return {
    decision,
    tier,
    costUsd,
    judgements: explanation.judgements,
    asked: attempts.map(({ tier: name, about, costUsd: cost }) => ({ tier: name, about, costUsd: cost })),
  };
}

function asShown(policy: Policy, { outcome, costNanoUsd }: Replayed): Shown {
  const name = (tier: number | undefined): string => policy.tiers[tier ?? -1]?.name ?? '';
  const usd = (nano: number | undefined): string | undefined =>
    nano === undefined ? undefined : (nano / 1e9).toFixed(9).replace(/\.?0+$/, '');
  return {
    decision: outcome.decision,
    tier: name(outcome.served?.tier),
    costUsd: usd(costNanoUsd),
    judgements: JSON.parse(JSON.stringify(outcome.judgements)),
    asked: outcome.attempts.map(({ tier, about, costNanoUsd: cost }) => ({
      tier: name(tier),
      about,
      costUsd: usd(cost),
    })),
  };
}

function kindsOf({ outcome, trace }: Replayed, policy: Policy): string[] {
  const served = policy.tiers[outcome.served?.tier ?? -1]?.name ?? '';
  return [
    outcome.decision,
    ...outcome.judgements.map(({ action }) => action),
    ...(trace.attempts[served]?.answer === undefined ? ['no text'] : []),
  ];
}
