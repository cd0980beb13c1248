import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createResolver } from '../../config/resolve.ts';
import { createGateway, createLog, checkRecorded, type Gateway } from '../../gateway/gateway.ts';
import { replayEach } from '../../recordings/replay.ts';
import { loadDemonstration, RECORDED_UPSTREAM, type Demonstration } from '../common/demonstration.ts';

/** Enough for every decision and tier; each costs two requests. */
const QUESTIONS = 120;

let gateway: Gateway;
let url: string;
let demonstration: Demonstration;

before(async () => {
  demonstration = await loadDemonstration('.');
  const { config, questions } = demonstration;
  gateway = await createGateway({
    config: {
      ...config,
      store: 'sqlite::memory:',
      listen: { host: '127.0.0.1', port: 0 },
    },
    environment: {},
    log: createLog('silent'),
    recordings: { upstream: RECORDED_UPSTREAM, questions },
  });
  url = `http://127.0.0.1:${(await gateway.listen()).port}`;
});
after(() => gateway.close());

interface Shown {
  decision: string;
  tier: string | undefined;
  confidence: string | undefined;
  costUsd: string;
  answer: string | undefined;
}

async function live(
  system: string | undefined,
  prompt: string,
  maxTokens: number | undefined,
  stream: boolean,
): Promise<Shown> {
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt },
  ];
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', messages, max_tokens: maxTokens, stream }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const id = response.headers.get('x-weir-id') ?? '';
  const decision = (await (await fetch(`${url}/v1/decisions/${id}`)).json()) as Record<string, unknown>;
  const { confidence } = decision;
  return {
    decision: String(decision['decision']),
    tier: decision['tier'] as string | undefined,
    confidence: typeof confidence === 'number' ? confidence.toFixed(9) : undefined,
    costUsd: Number(decision['costUsd']).toFixed(9),
    answer: stream ? streamed(text) : whole(text),
  };
}

function whole(text: string): string | undefined {
  return (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;
}

function streamed(text: string): string {
  const events = [...text.matchAll(/^data: (\{.*\})$/gm)].map(
    ([, json = '']) => JSON.parse(json) as { choices: { delta: { content?: string } }[] },
  );
  return events.map((event) => event.choices[0]?.delta.content ?? '').join('');
}

for (const stream of [false, true]) {
  test(`replay says of recorded questions what the gateway does with them, ${stream ? 'streaming' : 'whole'}`, async () => {
    const policy = createResolver(demonstration.config, { now: new Date() }).routes.get('auto');
    assert.ok(policy !== undefined);
    const traces = [...demonstration.questions.traces(() => true)];
    const step = Math.max(1, Math.floor(traces.length / QUESTIONS));
    const chosen = traces.filter((_, index) => index % step === 0);
    const seen = new Set<string>();
    for (const { trace, outcome, costNanoUsd } of replayEach(policy, chosen, await checkRecorded(chosen))) {
      const { served, decision } = outcome;
      // In a stream the last tier's answer is shown while it comes: no better one can replace it any more.
      if (stream && decision === 'abstained') continue;
      const tier = served === undefined ? undefined : policy.tiers[served.tier]?.name;
      const judged = outcome.judgements.find((judgement) => judgement.tier === tier);
      const replayed: Shown = {
        decision,
        tier,
        confidence: judged?.confidence?.toFixed(9),
        costUsd: ((costNanoUsd ?? Number.NaN) / 1e9).toFixed(9),
        answer: trace.attempts[tier ?? '']?.answer,
      };
      assert.deepEqual(
        await live(trace.system, trace.prompt ?? '', trace.maxTokens, stream),
        replayed,
        trace.id,
      );
      seen.add(decision);
    }
    assert.ok(seen.has('accepted') && seen.has('escalated'), [...seen].join(', '));
  });
}
