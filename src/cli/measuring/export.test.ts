import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../config/load/load.ts';
import { createGateway, createLog } from '../../gateway/gateway.ts';
import { keepVersion } from '../../learning/versions/kept-version.ts';
import { testVersion } from '../../learning/table/testing.ts';
import { readTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { createScriptedServer } from '../../upstream/scripted/scripted-server.ts';
import { answers } from '../../upstream/scripted/scripted-reply.ts';
import { createProgram } from '../program.ts';
import { createFolder, weir } from '../common/testing.ts';

const QUESTIONS = 20;
const hand = { by: 'ada', atMs: 1 };

let folder: string;
let remove: () => Promise<void>;
let version: string;

/** What the gateway decided live, by the completion's id. */
const live = new Map<string, { decision: string; tier: string }>();

before(async () => {
  ({ folder, remove } = await createFolder());
  let asked = 0;
  const upstream = await createScriptedServer({
    // Every third answer of the small model is doubtful.
    chat: ({ model, stream, body }) => {
      const doubtful = model === 'small-model' && (asked += 1) % 3 === 0;
      const step = answers({ tokens: [{ text: 'Paris', logprob: doubtful ? -3 : -0.01, top: [] }] });
      return typeof step === 'function' ? step({ model, stream, body }) : step;
    },
  });
  await writeFile(
    join(folder, 'weir.yaml'),
    `listen: 127.0.0.1:0
log: { level: silent }
retention: { texts: true }
upstreams:
  here: { baseUrl: "${upstream.baseUrl}", location: on-premises }
models:
  small: { upstream: here, model: small-model, identity: made up, price: { input: 1, output: 1 } }
  large: { upstream: here, model: large-model, identity: made up, price: { input: 100, output: 100 } }
routes:
  auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } }
`,
  );
  const loaded = loadConfig(join(folder, 'weir.yaml'), {});
  assert.ok(loaded.ok);
  const gateway = await createGateway({ config: loaded.config, environment: {}, log: createLog('silent') });
  ({ hash: version } = await keepVersion(gateway.store, testVersion(), hand));
  await gateway.store.promoteVersion(version, hand);
  await gateway.refreshVersions();
  const url = `http://127.0.0.1:${(await gateway.listen()).port}/v1`;
  const post = (path: string, body: object): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  for (let index = 0; index < QUESTIONS; index += 1) {
    const messages = [{ role: 'user', content: `Which town has number ${index}?` }];
    const response = await post('/chat/completions', { model: 'auto', messages });
    assert.equal(response.status, 200);
    await response.text();
    const header = (name: string): string => response.headers.get(`x-weir-${name}`) ?? '';
    const id = header('id');
    live.set(id.replace('chatcmpl-', ''), { decision: header('decision'), tier: header('tier') });
    await (await post('/feedback', { id, verdict: 'good' })).text();
  }
  await gateway.close();
  await upstream.close();
});
after(() => remove());

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await weir([...args, '--json'], folder);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function exported(...args: string[]): Promise<Trace[]> {
  await json('export', '--out', 'out.jsonl.gz', ...args);
  const { traces, bad } = await readTraces(join(folder, 'out.jsonl.gz'), { strict: true });
  assert.deepEqual(bad, []);
  return traces;
}

const escalated = (): number => [...live.values()].filter(({ decision }) => decision === 'escalated').length;

test('the history is a trace file: every request, its answers, and labels as scores', async () => {
  const { code, stdout } = await weir(['export', '--out', 'said.jsonl'], folder);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `said.jsonl: ${QUESTIONS} questions, ${QUESTIONS} of them with texts.\n` +
      `  small: ${QUESTIONS} answers, ${QUESTIONS - escalated()} of them with a score\n  large: ${escalated()} answers, ${escalated()} of them with a score\n`,
  );
  const traces = await exported('--split', 'fit=0.5,test=0.5');
  assert.deepEqual(new Set(traces.map(({ id }) => id)), new Set(live.keys()));
  for (const { id, attempts, split } of traces) {
    const tier = live.get(id)?.tier ?? '';
    assert.equal(attempts[tier]?.score, 1);
    assert.equal(attempts[tier]['scoredBy'], 'user');
    assert.match(split ?? '', /^(?:fit|test)$/);
  }
});

test('it is narrowed by route, time and source', async () => {
  assert.equal((await exported('--route', 'other')).length, 0);
  assert.equal((await exported('--since', '2100-01-01')).length, 0);
  const byJudge = await exported('--source', 'judge,reference');
  assert.equal(byJudge.length, QUESTIONS);
  assert.ok(
    byJudge.every(({ attempts }) => Object.values(attempts).every(({ score }) => score === undefined)),
  );
});

test('replayed over the store, the same version decides as it did live, where every tier was asked', async () => {
  assert.ok(escalated() > 3 && escalated() < QUESTIONS - 3);
  const report = await json('replay', '--store');
  assert.equal(report['version'], version);
  assert.equal(report['questions'], escalated());
  assert.equal(report['leftOut'], QUESTIONS - escalated());
  assert.deepEqual((report['decisions'] as Record<string, number>)['escalated'], escalated());
  const named = await json('replay', '--store', '--version', version.slice(0, 5));
  assert.deepEqual(named, report);
  const { stderr } = await weir(['replay', '--store'], folder);
  assert.match(
    stderr,
    new RegExp(
      `Left out ${QUESTIONS - escalated()} of ${QUESTIONS} requests because not every tier answered them`,
    ),
  );
});

test('what cannot be replayed or exported is said', async () => {
  const out = join(folder, 'x.jsonl');
  const cases = [
    [['replay'], /Name a file of recorded questions, or use --store/],
    [['replay', '--store', out], /cannot be combined/],
    [
      ['replay', '--store', '--since', '2100-01-01'],
      /0 requests on route 'auto', none of them answered by every tier/,
    ],
    [['replay', '--store', '--version', 'zzz'], /No version begins with 'zzz'/],
    [['export', '--out', join(folder, 'nowhere/x.jsonl')], /nowhere\/x\.jsonl: it cannot be written/],
    [['export', '--out', out, '--source', 'me'], /one or more of operator, reference/],
    [['export', '--out', out, '--split', 'fit=0.5'], /shares that sum to 1/],
  ] as const;
  for (const [args, message] of cases) {
    const program = await createProgram();
    program.commands.forEach((command) => command.configureOutput({ writeErr: () => {} }));
    const run = program.parseAsync([...args, '--config', join(folder, 'weir.yaml')], { from: 'user' });
    await assert.rejects(run, { message });
  }
});
