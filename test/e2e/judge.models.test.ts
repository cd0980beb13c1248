/** A real model as the last tier and the judge: what it says becomes a label, or leaves none; it never fails an audit. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../../src/config/load/load.ts';
import { createGateway, createLog } from '../../src/gateway/gateway.ts';
import { answers } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { missing, startModel, type ModelServer } from './real-models.ts';

interface Shown {
  labels: { tier: string; source: string; verdict: number }[];
  audit?: { complete: boolean; problem?: string; judgeUsd?: string };
}

describe('a real model as the judge', { skip: missing('medium') }, () => {
  let medium: ModelServer;
  let scripted: ScriptedServer;
  const folder = mkdtempSync(join(tmpdir(), 'weir-judge-'));
  before(async () => {
    medium = await startModel('medium');
    scripted = await createScriptedServer({ chat: answers('Berlin') });
    writeFileSync(
      join(folder, 'nonsense.txt'),
      'Reply with the word banana only. {{question}} {{first}} {{second}} {{judged}}',
    );
  });
  after(async () => {
    medium.process.kill();
    await scripted.close();
    rmSync(folder, { recursive: true });
  });

  /** Asks one question of a route whose small tier says Berlin, whatever is asked. */
  async function auditOf(learning: string, question: string): Promise<Shown> {
    const text = `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  here: { baseUrl: '${scripted.baseUrl}', location: on-premises }
  real: { baseUrl: '${medium.baseUrl}', location: on-premises }
models:
  small: { upstream: here, model: tiny, logprobs: none }
  medium: { upstream: real, model: medium, price: { input: 1, output: 1 } }
routes: { auto: { tiers: [small, medium], objective: { maxQualityLoss: 0.05 } } }
learning: { startRate: 1, judge: medium${learning} }`;
    const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: {} });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const gateway = await createGateway({ config: loaded.config, environment: {}, log: createLog('silent') });
    try {
      const { port } = await gateway.listen();
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'auto',
          max_tokens: 16,
          temperature: 0,
          messages: [{ role: 'user', content: question }],
        }),
      });
      assert.equal(response.status, 200);
      const { id } = (await response.json()) as { id: string };
      for (;;) {
        const shown = (await (await fetch(`http://127.0.0.1:${port}/v1/decisions/${id}`)).json()) as Shown;
        if (shown.audit !== undefined) return shown;
        await sleep(50);
      }
    } finally {
      await gateway.close();
    }
  }

  test('it compares the answers, and its verdict is a label or there is none', async () => {
    for (const [country, right] of [
      ['Germany', true],
      ['France', false],
    ] as const) {
      const question = `What is the capital of ${country}? Reply with its name only.`;
      const { audit, labels } = await auditOf('', question);
      assert.equal(audit?.complete, true, audit?.problem);
      assert.ok(
        labels.some(({ tier, source, verdict }) => tier === 'medium' && source === 'judge' && verdict === 1),
      );
      const small = labels.find(({ tier }) => tier === 'small');
      if (small === undefined) assert.match(audit.problem ?? '', /The answer of small has no verdict/);
      else assert.ok([0, 0.25, 0.5, 0.75, 1].includes(small.verdict), `${country}: ${small.verdict}`);
      console.log(
        `# ${country}, where Berlin is ${right ? 'right' : 'wrong'}: ${small?.verdict ?? audit.problem}`,
      );
    }
  });

  test('what it says beside the verdicts leaves no label', async () => {
    const { audit, labels } = await auditOf(
      ', judgePrompt: nonsense.txt',
      'What is the capital of France? Reply with its name only.',
    );
    assert.equal(audit?.complete, true, audit?.problem);
    assert.match(audit.problem ?? '', /The judge did not reply with one of the three verdicts/);
    assert.ok(Number(audit.judgeUsd) > 0, 'it was paid for all the same');
    assert.deepEqual(
      labels.map(({ tier }) => tier),
      ['medium'],
    );
  });
});
