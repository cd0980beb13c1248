/** Recorded answers of one model certify no other, through the commands, whatever tells the two apart. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, weir } from '../../src/cli/common/testing.ts';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import { configIn, speak } from './scripted-gateway.ts';

const QUESTIONS = 240;

/** The small model gets every eighth question wrong, and is unsure of it. */
const play: ScriptedStep = (asked) => {
  const number = Number(/\d+/.exec(JSON.stringify(asked.body['messages']))?.[0]);
  const wrong = asked.model !== 'huge' && number % 8 === 0;
  return speak(asked, `it is ${wrong ? number + 1 : number}`, Math.log(wrong ? 0.3 : 0.97));
};

/** What a llama.cpp server tells of its model. */
function llamaCpp(told: { size: number; ftype: string; template: string }): Record<string, unknown> {
  const meta = { n_params: 9, size: told.size, ftype: told.ftype };
  return {
    '/v1/models': { object: 'list', data: [{ id: 'tiny', owned_by: 'llamacpp', meta }] },
    '/props': { chat_template: told.template, model_path: '/models/tiny.gguf' },
  };
}
const FIRST = { size: 100, ftype: 'Q4_1', template: '{{ messages }}' };
/** Changed by tests: the server tells what is in it. */
const routes = llamaCpp(FIRST);

interface Model {
  address: string;
  model: string;
  identity?: string;
}

let folder: string;
let remove: () => Promise<void>;
let [server, elsewhere]: ScriptedServer[] = [];
before(async () => {
  ({ folder, remove } = await createFolder());
  server = await createScriptedServer({ chat: play, routes });
  elsewhere = await createScriptedServer({ chat: play, routes: llamaCpp(FIRST) });
});
after(async () => {
  await server?.close();
  await elsewhere?.close();
  await remove();
});

function yaml({ address, model, identity }: Model): string {
  const stated = identity === undefined ? '' : `, identity: '${identity}'`;
  return `
listen: 127.0.0.1:0
log: { level: silent }
store: 'sqlite:./weir.db'
recorder: { interval: 1ms }
upstreams:
  here: { baseUrl: '${address}', location: on-premises }
  far: { baseUrl: '${server?.baseUrl}', location: cloud }
models:
  small: { upstream: here, model: ${model}${stated}, price: { input: 1, output: 1 }, logprobs: stream }
  large: { upstream: far, model: huge, identity: huge, price: { input: 50, output: 50 }, logprobs: stream }
routes: { auto: { tiers: [small, large], objective: { maxQualityLoss: 0.1, certainty: 0.9 } } }
`;
}

/** Every request is audited. */
const LEARNING =
  'learning: { startRate: 1, auditRate: 1, agreement: exact, maxConcurrent: 16, dailyBudgetUsd: 100, promote: approve }\n';

const usual = (): Model => ({ address: server?.baseUrl ?? '', model: 'tiny' });

async function serving(
  model: Model,
  use: (gateway: Gateway, origin: string) => Promise<void>,
  learning = '',
): Promise<void> {
  const gateway = await createGateway({
    config: configIn(folder, yaml(model) + learning),
    environment: {},
    log: createLog('silent'),
  });
  try {
    await gateway.readServers();
    await use(gateway, `http://127.0.0.1:${(await gateway.listen()).port}`);
  } finally {
    await gateway.close();
  }
}

const ask = (origin: string, number: number, more: object = {}): Promise<Response> =>
  fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'auto',
      messages: [{ role: 'user', content: `What is ${number}?` }],
      temperature: 0,
      ...more,
    }),
  });

async function certified(response: Response): Promise<string | null> {
  assert.equal(response.status, 200, await response.clone().text());
  await response.text();
  return response.headers.get('x-weir-certified');
}

/** Runs a command; the configuration is the folder's. */
async function says(...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, stdout, stderr } = await weir(args, folder);
  return { code, text: `${stdout}\n${stderr}` };
}

const TUNE = ['tune', 'traces.jsonl', '--dry-run'];
let version = '';

test('what a gateway recorded certifies, without a word of an operator, what it was recorded of', async () => {
  await serving(
    usual(),
    async (gateway, origin) => {
      for (let first = 0; first < QUESTIONS; first += 20)
        await Promise.all(
          Array.from({ length: 20 }, async (_, index) => certified(await ask(origin, first + index))),
        );
      const labelled = async (): Promise<number> => {
        const audits = await gateway.store.audits({ route: 'auto', limit: QUESTIONS });
        return audits.filter(({ complete }) => complete).length;
      };
      while ((await labelled()) < QUESTIONS) await sleep(20);
    },
    LEARNING,
  );
  await writeFile(join(folder, 'weir.yaml'), yaml(usual()));
  assert.equal((await says('export', '--out', 'traces.jsonl')).code, 0);
  const { traces } = await readTraces(join(folder, 'traces.jsonl'), { strict: true });
  const { checks, weights, template, ...source } = traces[0]?.attempts['small']?.source ?? {};
  assert.deepEqual(source, {
    model: 'tiny',
    identity: server?.baseUrl,
    quantization: 'Q4_1',
    streamed: false,
    sampling: { temperature: 0 },
    fingerprint: 'scripted',
  });
  for (const hash of [checks, weights, template]) assert.match(hash ?? '', /^[0-9a-f]{12}$/);
  const { code, text } = await says('tune', 'traces.jsonl');
  assert.equal(code, 0, text);
  assert.doesNotMatch(text, /do not all say|differ/);
  [, version = ''] = /Stored as version (\w+)/.exec(text) ?? [];
  const promoted = await says('versions', 'promote', version);
  assert.equal(promoted.code, 0, promoted.text);
  assert.match((await says('check')).text, /certified/);
  assert.match((await says('doctor')).text, new RegExp(`version ${version} was made for these models\\.`));
});

test('its certificate speaks of requests that are asked as the recorded ones were, and of no other', async () => {
  await serving(usual(), async (_, origin) => {
    assert.equal(await certified(await ask(origin, 1)), 'yes');
    assert.equal(await certified(await ask(origin, 1, { temperature: 0.7 })), 'no');
    assert.equal(await certified(await ask(origin, 1, { temperature: undefined })), 'no');
    assert.equal(await certified(await ask(origin, 1, { top_p: 0.5 })), 'no');
    assert.equal(await certified(await ask(origin, 1, { stream: true })), 'no');
  });
});

/** What is different, and what the commands say that it is. */
const OTHERS: Record<string, { told?: typeof FIRST; model?: () => Model; words: RegExp }> = {
  'the model’s name': { model: () => ({ ...usual(), model: 'other' }), words: /'tiny'.*'other'/ },
  'a stated identity': {
    model: () => ({ ...usual(), identity: 'somebody else' }),
    words: /the server or its stated identity/,
  },
  'the server’s address': {
    model: () => ({ ...usual(), address: elsewhere?.baseUrl ?? '' }),
    words: /the server or its stated identity/,
  },
  'the quantisation': {
    told: { ...FIRST, ftype: 'Q8_0' },
    words: /the quantisation \(Q4_1 there, Q8_0 here\)/,
  },
  'the weights': { told: { ...FIRST, size: 101 }, words: /the weights/ },
  'the prompt template': { told: { ...FIRST, template: '{{ other }}' }, words: /the prompt template/ },
};

for (const [what, { told = FIRST, model = usual, words }] of Object.entries(OTHERS))
  test(`another model is not certified by it: ${what} tells them apart, and every command says so`, async () => {
    Object.assign(routes, llamaCpp(told));
    await writeFile(join(folder, 'weir.yaml'), yaml(model()));
    const doctor = await says('doctor');
    assert.match(doctor.text, words);
    assert.match(doctor.text, /It does not serve/);
    const [checked, tuned, promoted] = await Promise.all([
      says('check'),
      says(...TUNE),
      says('versions', 'promote', version, '--state-source'),
    ]);
    assert.match(checked.text, words);
    assert.match(tuned.text, words);
    assert.match(tuned.text, /the certificate does not hold for this route/);
    assert.equal(promoted.code, 1);
    assert.match(promoted.text, /Not promoted:/);
    assert.match(promoted.text, words);
    await serving(model(), async (_, origin) => {
      const response = await ask(origin, 1);
      assert.equal(response.headers.get('x-weir-tier'), 'large');
      assert.equal(await certified(response), 'no');
    });
  });

test('and with the same model behind the name again, it holds again', async () => {
  Object.assign(routes, llamaCpp(FIRST));
  await writeFile(join(folder, 'weir.yaml'), yaml(usual()));
  assert.match((await says('doctor')).text, /was made for these models\./);
  await serving(usual(), async (_, origin) => {
    assert.equal(await certified(await ask(origin, 1)), 'yes');
  });
});

test('answers that do not say whose they are certify nothing until somebody states it, and every command says so', async () => {
  const lines = (await readFile(join(folder, 'traces.jsonl'), 'utf8')).trim().split('\n');
  const without = lines.map((line) => {
    const trace = JSON.parse(line) as { attempts: Record<string, { source?: object }> };
    for (const attempt of Object.values(trace.attempts)) delete attempt.source;
    return JSON.stringify(trace);
  });
  await writeFile(join(folder, 'unsaid.jsonl'), `${without.join('\n')}\n`);
  const tuned = await says('tune', 'unsaid.jsonl');
  assert.match(tuned.text, /do not all say alike whose they are \(the server or its stated identity/);
  assert.match(tuned.text, /does not hold for this route until an operator states/);
  const [, unsaid = ''] = /Stored as version (\w+)/.exec(tuned.text) ?? [];
  const refused = await says('versions', 'promote', unsaid);
  assert.equal(refused.code, 1);
  assert.match(refused.text, /does not say whose answers those of small and large were/);
  assert.equal((await says('versions', 'promote', unsaid, '--lapsed')).code, 0);
  const lapsed = /its certificate has lapsed \(It does not say whose answers those of small and large were\)/;
  assert.match((await says('check')).text, lapsed);
  assert.match((await says('doctor')).text, lapsed);
  await serving(usual(), async (_, origin) => {
    assert.equal(await certified(await ask(origin, 1)), 'no');
  });
  assert.equal((await says('versions', 'promote', unsaid, '--state-source', '--by', 'ada')).code, 0);
  assert.match((await says('versions', 'show')).text, /ada stated on .* that they are of the models/);
  await serving(usual(), async (_, origin) => {
    assert.equal(await certified(await ask(origin, 1)), 'yes');
  });
});
