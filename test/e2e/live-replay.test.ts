/** Recorded traffic, sent through a gateway over recorded upstreams: it decides what replay says, one for one. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createTraceExpectations } from '../../src/gateway.ts';
import { createTestGateway, type TestGateway } from '../../src/http/testing.ts';
import { createLadderTable } from '../../src/learning/ladder-table.ts';
import { replayEach, type Replayed } from '../../src/learning/replay.ts';
import { tune } from '../../src/learning/tune.ts';
import type { Policy, Tier } from '../../src/routing/policy.ts';
import type { ConfidenceModel } from '../../src/routing/confidence.ts';
import type { Objective, PriceRule } from '../../src/routing/price-rule.ts';
import { handMade } from '../../src/routing/testing.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import type { Trace } from '../../src/traces/trace.ts';
import { createRecordedUpstream } from '../../src/upstream/recorded.ts';
import { indexTraces } from '../../src/upstream/recorded-questions.ts';

const shared = process.env['WEIR_SHARED'] ?? join(import.meta.dirname, '../../../shared');

/** Sent through the gateway, about. */
const SENT = 400;
/** Others, on which a policy is tuned. */
const TUNED_ON = 1_000;

interface Solved {
  rule: PriceRule;
  model: ConfidenceModel;
}

interface Case {
  file: string;
  policy: string;
  tiers: readonly string[];
  solve(traces: readonly Trace[], tiers: readonly Tier[]): Solved;
  /** What has to be among the decisions for the comparison to say anything. */
  seen: readonly string[];
}

const LLAMAS = ['llama3.1-8b', 'llama3.1-70b', 'llama3.1-405b'] as const;

const CASES: readonly Case[] = [
  {
    file: 'closed-qa',
    policy: 'a tuned policy',
    tiers: LLAMAS,
    solve: tuned({ valueOfGoodAnswerUsd: 0.004 }),
    seen: ['accepted', 'escalated'],
  },
  {
    file: 'closed-qa',
    policy: 'a policy that buys paid signals',
    tiers: LLAMAS,
    solve: () =>
      handMade({
        tiers: { 'llama3.1-8b': 30_000, 'llama3.1-70b': 200_000, 'llama3.1-405b': 1_000_000 },
        paid: { 'llama3.1-8b': 40_000, 'llama3.1-70b': 180_000 },
        signal: 'answerProb',
        prices: [4_000_000],
        groups: { gsm8k: 1, triviaqa: -0.5 },
      }),
    seen: ['accepted', 'escalated', 'paid'],
  },
  {
    file: 'mmlu-pro',
    policy: 'a tuned policy',
    tiers: ['gpt-4.1-nano', 'gpt-4.1-mini', 'gpt-4.1'],
    solve: tuned({ valueOfGoodAnswerUsd: 0.004 }),
    seen: ['accepted', 'escalated', 'no text'],
  },
];

for (const { file, policy: kind, tiers: names, solve, seen: needed } of CASES) {
  const path = join(shared, `data/${file}.jsonl.gz`);
  const skip = existsSync(path) ? false : `${file} is not here (WEIR_SHARED names its folder)`;

  describe(`live traffic and replay of ${file} by ${kind}`, { skip }, () => {
    let policy: Policy;
    let solved: Solved;
    let sent: Trace[];
    let gateway: TestGateway;

    before(async () => {
      const traces = distinct((await readTraces(path, { strict: true })).traces);
      const tiers = names.map(tierOf);
      const stride = Math.floor(traces.length / (SENT + TUNED_ON));
      const sample = traces.filter((_, index) => index % stride === 0);
      sent = sample.filter((_, index) => index % 7 < 2);
      solved = solve(
        sample.filter((_, index) => index % 7 >= 2),
        tiers,
      );
      policy = { route: 'auto', tiers, rule: solved.rule, onAbstain: 'serve', data: {}, certified: false };
      gateway = await createTestGateway({
        small: { body: [] },
        upstream: createRecordedUpstream({
          name: 'local',
          models: names,
          questions: () => indexTraces(traces),
        }),
        policy,
        confidenceModel: solved.model,
        asking: { recorded: true },
      });
    });
    after(() => gateway?.close());

    for (const stream of [false, true])
      test(`the same decisions, one for one, ${stream ? 'streaming' : 'whole'}`, async () => {
        const seen = new Set<string>();
        let compared = 0;
        for (const replayed of replayEach(policy, sent, createTraceExpectations(), solved.model)) {
          // In a stream the last tier's answer is shown while it comes: no better one can replace it any more.
          if (stream && replayed.outcome.decision === 'abstained') continue;
          assert.deepEqual(
            await live(gateway, replayed.trace, stream),
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

function tierOf(name: string): Tier {
  return { name, model: name, upstream: 'local', location: 'cloud' };
}

function tuned(objective: Objective): Case['solve'] {
  return (traces, tiers) => {
    const { table } = createLadderTable(traces, tiers, { expectations: createTraceExpectations() });
    const { version, why } = tune(table, {
      route: 'auto',
      tiers: tiers.map(({ name, model }) => ({ name, model })),
      objective,
      seed: 7,
      source: { name: 'test', dates: ['2026-11-24'], scorer: 'the file' },
      createdAt: '2026-11-24T00:00:00.000Z',
      fitShare: 0.8,
      testShare: 0,
    });
    assert.ok(version !== undefined, why);
    return { rule: version.rule, model: version.confidenceModel };
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

async function live({ chat, get }: TestGateway, trace: Trace, stream: boolean): Promise<Shown> {
  const { system, prompt = '', group } = trace;
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt },
  ];
  const response = await chat({ messages, stream }, { 'x-weir-topic': group });
  const body = await response.text();
  assert.equal(response.status, 200, body);
  const found = await get(`/v1/decisions/${response.headers.get('x-weir-id')}`);
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
