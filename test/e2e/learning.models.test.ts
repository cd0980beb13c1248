/** From no label to a certified version that serves the small model's answers: real models, and known answers that judge. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { createRandom, shuffled } from '../../src/calibration/fit/random.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { missing, startModel, type ModelServer } from './real-models.ts';

interface Question {
  group: string;
  system: string;
  prompt: string;
  check: string;
  reference: string;
  maxTokens: number;
}

/** Of these the small model answers most nearly as well as the medium one, so that a lax promise can be kept cheaply. */
const GROUPS = ['notices', 'statements', 'knowledge'];
/** Candidates are tested from some 220 audits on, the first time on 40 more. */
const MOST_QUESTIONS = 480;

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const questions = shuffled(
  readFileSync(join(import.meta.dirname, '../../demo/questions.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Question)
    .filter(({ group }) => GROUPS.includes(group)),
  createRandom(1),
);

/** Hundreds of answers of two models: minutes on an idle machine, far longer on a busy one. */
const unasked =
  process.env['WEIR_LONG_TESTS'] === undefined ? 'it takes minutes: set WEIR_LONG_TESTS=1' : false;

describe(
  'learning on two real models behind llama.cpp',
  { skip: unasked || missing('small', 'medium') },
  () => {
    let servers: ModelServer[] = [];
    let gateway: GatewayProcess;
    let client: OpenAI;
    let asked = 0;

    before(async () => {
      // The audit's small answer comes while the next large one is made: a thread for each.
      servers = await Promise.all([startModel('small', 1), startModel('medium', 1)]);
      gateway = await startGateway(`upstreams:
  a: { baseUrl: "${servers[0]?.baseUrl}", location: on-premises }
  b: { baseUrl: "${servers[1]?.baseUrl}", location: on-premises }
models:
  small: { upstream: a, model: small, price: { input: 0.0135, output: 0.0135 } }
  medium: { upstream: b, model: medium, price: { input: 0.0494, output: 0.0494 } }
routes:
  auto: { tiers: [small, medium], objective: { maxQualityLoss: 0.3, certainty: 0.8 } }
learning: { startRate: 1, auditRate: 1, dailyBudgetUsd: 5 }
`);
      client = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: 'none', maxRetries: 0 });
    });
    after(async () => {
      await gateway?.stop();
      for (const server of servers) server.process.kill('SIGKILL');
    });

    async function ask(): Promise<{ tier: string | null; certified: string | null }> {
      const question = questions[asked % questions.length];
      assert.ok(question !== undefined);
      asked += 1;
      const { response } = await client.chat.completions
        .create({
          model: 'auto',
          temperature: 0,
          max_tokens: question.maxTokens,
          messages: [
            { role: 'system', content: question.system },
            { role: 'user', content: question.prompt },
          ],
        })
        .withResponse();
      const { headers } = response;
      return { tier: headers.get('x-weir-tier'), certified: headers.get('x-weir-certified') };
    }

    test('a version is certified by known answers alone, and the small model serves under it', async () => {
      const references = join(gateway.folder, 'references.jsonl');
      writeFileSync(
        references,
        questions
          .map(({ system, prompt, check, reference }) => {
            const messages = [
              { role: 'system', content: system },
              { role: 'user', content: prompt },
            ];
            return JSON.stringify({ messages, check, reference });
          })
          .join('\n'),
      );
      const weir = async (...words: string[]): Promise<string> => {
        const run = promisify(execFile);
        return (await run(process.execPath, [main, ...words], { cwd: gateway.folder })).stdout;
      };
      assert.match(await weir('labels', 'import', references), /531 references, 531 of them new/);
      assert.deepEqual(await ask(), { tier: 'medium', certified: 'no' });

      let small = 0;
      let first: number | undefined;
      while (small < 10 && asked < MOST_QUESTIONS) {
        const { tier, certified } = await ask();
        if (certified === 'yes') first ??= asked;
        if (tier === 'small') small += 1;
        if (tier === 'small') assert.equal(certified, 'yes', 'nothing is saved without a certificate');
        // The last questions wait until the learner has seen what came of the others.
        if (first === undefined && asked > MOST_QUESTIONS - 40) await sleep(1_000);
      }
      assert.equal(small, 10, `of ${asked} questions; ${await weir('learning')}`);

      const { routes } = JSON.parse(await weir('learning', '--json')) as {
        routes: { inForce?: { certified: boolean; sentence?: string }; tests: { message: string }[] }[];
      };
      const [route] = routes;
      assert.equal(route?.inForce?.certified, true);
      assert.match(route.inForce.sentence ?? '', /30/);
      assert.match(route.tests.at(-1)?.message ?? '', /^Test 1/);
    });
  },
);
