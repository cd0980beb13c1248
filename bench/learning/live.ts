/**
 * From no label at all to a certified policy that saves money, with real models: the demonstration's questions are sent to a
 * gateway over HTTP, one at a time. Their known answers are imported as references and are the only labels.
 *
 *     node bench/learning/live.ts small=http://127.0.0.1:8101/v1 large=http://127.0.0.1:8103/v1
 *         [--max-loss .1] [--certainty .8] [--start-rate 1] [--groups a,b] [--questions 900] [--kill-at 150]
 *         [--seed 1] [--folder FOLDER]
 *
 * The two are models of `demo/record.yaml` behind servers of their own, the cheaper one first. With `--kill-at N` the gateway
 * is killed (SIGKILL) after N questions and started again on the same store. The last model's scores are taken from the
 * demonstration's recordings.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, shuffled } from '../../src/calibration/fit/random.ts';
import { scoreAnswer } from '../../src/traces/check.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import type { Trace } from '../../src/traces/trace.ts';
import { startGateway, type GatewayProcess } from '../../test/e2e/gateway-process.ts';
import { liveTable, type Asked } from './live-table.ts';

/** Groups in which the small model answers some questions well; in others no policy can save anything. */
const GROUPS = 'notices,statements,extraction,knowledge,classification,comparison';
/** In proportion to the models' parameters, as in demo/record.yaml. */
const PRICES: Readonly<Record<string, number>> = { small: 0.0135, medium: 0.0494, large: 0.154 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'max-loss': { type: 'string', default: '.1' },
    certainty: { type: 'string', default: '.8' },
    'start-rate': { type: 'string', default: '1' },
    groups: { type: 'string', default: GROUPS },
    questions: { type: 'string', default: '900' },
    'kill-at': { type: 'string' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string' },
  },
});
const tiers = positionals.map((each) => {
  const [name = '', baseUrl = ''] = each.split(/=(.*)/);
  const price = PRICES[name];
  if (price === undefined || !URL.canParse(baseUrl))
    throw new RangeError(`'${each}' is not NAME=ADDRESS with one of ${Object.keys(PRICES).join(', ')}`);
  return { name, baseUrl, price };
});
const last = tiers.at(-1)?.name ?? '';
if (tiers.length < 2)
  throw new RangeError('usage: node bench/learning/live.ts small=URL large=URL [options]');

const demo = new URL('../../demo/', import.meta.url).pathname;
const chosen = new Set(values.groups.split(','));
const { traces } = await readTraces(join(demo, 'traces.jsonl.gz'));
const questions = shuffled(
  traces.filter(({ group }) => chosen.has(group)),
  createRandom(Number(values.seed)),
).slice(0, Number(values.questions));

const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'weir-live-'));
const yaml = `upstreams:
${tiers.map(({ name, baseUrl }) => `  ${name}-server: { baseUrl: '${baseUrl}', location: on-premises }`).join('\n')}
models:
${tiers.map(({ name, price }) => `  ${name}: { upstream: ${name}-server, model: ${name}, price: { input: ${price}, output: ${price} } }`).join('\n')}
routes:
  auto:
    tiers: [${tiers.map(({ name }) => name).join(', ')}]
    objective: { maxQualityLoss: ${values['max-loss']}, certainty: ${values.certainty} }
learning: { startRate: ${values['start-rate']}, maxConcurrent: 2, dailyBudgetUsd: 5 }
`;
let gateway = await startGateway(yaml, folder);
const references = join(folder, 'references.jsonl');
writeFileSync(
  references,
  questions
    .map((question) => {
      const { check, reference } = question;
      return JSON.stringify({ messages: messagesOf(question), check, reference });
    })
    .join('\n'),
);
console.error(weir('labels', 'import', references));

const began = performance.now();
const asked: Asked[] = [];
for (const [index, question] of questions.entries()) {
  if (index === Number(values['kill-at'] ?? -1)) {
    await gateway.stop('SIGKILL');
    gateway = await startGateway(yaml, folder);
    console.error(`killed and started again after ${index} questions`);
  }
  asked.push(await ask(gateway, question));
  if (asked.length % 50 === 0)
    console.error(
      `${asked.length} of ${questions.length}, ${Math.round(performance.now() - began) / 1_000} s`,
    );
}
console.log(weir('learning'));
await gateway.stop();
console.log(liveTable(asked, join(folder, 'weir.db')));
console.log(`\nThe gateway's folder is ${folder}.`);

function messagesOf({ system = '', prompt = '' }: Trace): object[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
  ];
}

async function ask({ origin }: GatewayProcess, question: Trace): Promise<Asked> {
  const { group, maxTokens, check = 'exact', reference = '' } = question;
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-topic': group },
    body: JSON.stringify({
      model: 'auto',
      temperature: 0,
      max_tokens: maxTokens,
      messages: messagesOf(question),
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  const { choices } = JSON.parse(text) as { choices: { message: { content: string } }[] };
  const header = (name: string): string => response.headers.get(`x-weir-${name}`) ?? '';
  const recorded = question.attempts[last];
  return {
    id: header('id').replace('chatcmpl-', ''),
    tier: header('tier'),
    policy: header('policy'),
    certified: header('certified') === 'yes',
    atMs: Date.now(),
    score: scoreAnswer(check, reference, choices[0]?.message.content ?? ''),
    lastScore: recorded?.score ?? NaN,
    costUsd: Number(header('cost-usd')),
    lastCostUsd: recorded?.costUsd ?? NaN,
  };
}

function weir(...words: string[]): string {
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
  return execFileSync(process.execPath, [main, ...words], { cwd: folder, encoding: 'utf8' });
}
