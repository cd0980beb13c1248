/** Paid signals of a real model: recorded by the command line, bought by a version in force, and the same in both. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { weir } from '../../src/cli/common/testing.ts';
import { keepVersion } from '../../src/learning/versions/kept-version.ts';
import { testVersion } from '../../src/learning/table/testing.ts';
import { handMade } from '../../src/routing/testing.ts';
import { openStore } from '../../src/store/open.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { missing, startModel, type ModelServer } from './real-models.ts';

const QUESTIONS = [
  'Which city is the capital of France?',
  'What is 17 + 25?',
  'Which planet is the largest?',
];
const SYSTEM = 'Answer with the final answer only, as short as possible.';
/** US dollars for a million tokens, in and out. */
const PRICE = 2;

/** The answer costs next to nothing, a look at it too, and the last tier more than any answer is worth. */
function lookingVersion() {
  const { rule, model } = handMade({
    tiers: { medium: 1_000, large: 1e12 },
    signal: 'meanLogprob',
    transform: 'logit-exp',
    paid: { medium: 1 },
    prices: [1e9],
  });
  const path = rule.path.map((point) => ({
    ...point,
    continuations: { ...point.continuations, 'medium>paid': { shared: [0], groups: {} } },
  }));
  const { certificate: _, ...version } = testVersion({
    tiers: ['medium', 'large'].map((name) => ({ name, model: name })),
    rule: { ...rule, path },
    confidenceModel: model,
  });
  return version;
}

interface Decision {
  costUsd: string;
  decision: string;
  tier: string;
  attempts: {
    tier: string;
    about?: number;
    signals: Record<string, number>;
    inputTokens: number;
    outputTokens: number;
    costUsd: string;
  }[];
}

describe('P(True) of a real model behind llama.cpp', { skip: missing('medium') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-paid-'));
  let server: ModelServer;
  let gateway: GatewayProcess;

  before(async () => {
    server = await startModel('medium');
    const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
    const hand = { by: 'test', atMs: Date.now() };
    const { hash } = await keepVersion(store, lookingVersion(), hand);
    await store.promoteVersion(hash, hand);
    await store.close();
    gateway = await startGateway(
      `upstreams: { here: { baseUrl: "${server.baseUrl}", location: on-premises } }
models:
  medium:
    { upstream: here, model: medium, paidSignals: [pTrue], price: { input: ${PRICE}, output: ${PRICE} } }
  large: { upstream: here, model: large, price: { input: 1000, output: 1000 } }
routes: { auto: { tiers: [medium, large], objective: { valueOfGoodAnswerUsd: 1 } } }
`,
      folder,
    );
  });
  after(async () => {
    await gateway?.stop();
    server?.process.kill();
  });

  async function live(prompt: string): Promise<{ response: Response; decision: Decision }> {
    const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'auto',
        temperature: 0,
        seed: 1,
        max_tokens: 24,
        messages: [
          { role: 'system', content: SYSTEM },
          { role: 'user', content: prompt },
        ],
      }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    await response.text();
    const id = response.headers.get('x-weir-id') ?? '';
    return {
      response,
      decision: (await (await fetch(`${gateway.origin}/v1/decisions/${id}`)).json()) as Decision,
    };
  }

  test('it is bought live, counted in cost and attempts, and is what `weir record` finds', async () => {
    const questions = QUESTIONS.map((prompt, index) => ({
      id: `q${index}`,
      group: 'auto',
      system: SYSTEM,
      prompt,
      maxTokens: 24,
    }));
    writeFileSync(join(folder, 'questions.jsonl'), questions.map((each) => JSON.stringify(each)).join('\n'));
    const recorded = await weir(
      ['record', 'questions.jsonl', '--config', 'weir.yaml', '--out', 'traces.jsonl'],
      folder,
    );
    assert.equal(recorded.code, 0, recorded.stderr);
    assert.match(recorded.stderr, /3 questions, 6 new answers, 3 new paid signals/);
    const { traces } = await readTraces(join(folder, 'traces.jsonl'), { strict: true });

    for (const [index, prompt] of QUESTIONS.entries()) {
      const { response, decision } = await live(prompt);
      const [answer, look] = decision.attempts;
      assert.deepEqual(
        decision.attempts.map(({ tier, about }) => [tier, about]),
        [
          ['medium', undefined],
          ['medium', 0],
        ],
      );
      assert.ok(answer !== undefined && look !== undefined);
      assert.deepEqual([decision.decision, decision.tier], ['accepted', 'medium']);
      assert.equal(response.headers.get('x-weir-attempts'), '2');
      const pTrue = look.signals['pTrue'] ?? NaN;
      assert.ok(pTrue > 0 && pTrue < 1, `${pTrue}`);
      assert.equal(look.outputTokens, 1);
      const usd = ({ inputTokens, outputTokens }: Decision['attempts'][number]) =>
        ((inputTokens + outputTokens) * PRICE) / 1e6;
      for (const each of [answer, look]) assert.ok(Math.abs(Number(each.costUsd) - usd(each)) < 1e-9);
      assert.ok(Math.abs(Number(decision.costUsd) - usd(answer) - usd(look)) < 1e-9);
      assert.equal(response.headers.get('x-weir-cost-usd'), decision.costUsd);

      const kept = traces[index]?.attempts['medium']?.paidSignals?.['pTrue'];
      assert.ok(Math.abs((kept?.costUsd ?? NaN) - usd(look)) < 1e-9);
      // The same tokens; what part of them the server has in its cache moves what a quantised model says of them.
      assert.ok(Math.abs((kept?.value ?? NaN) - pTrue) < 0.1, `${kept?.value} recorded, ${pTrue} live`);
    }
  });
});
