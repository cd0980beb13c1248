import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { pTrue } from '../../routing/signals/p-true.ts';
import { verbalized } from '../../routing/signals/verbalized.ts';
import { readTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../upstream/scripted/scripted-server.ts';
import { createFolder, startWeir, weir } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
const servers: ScriptedServer[] = [];
before(async () => ({ folder, remove } = await createFolder()));
after(() => remove());
afterEach(() => Promise.all(servers.splice(0).map((each) => each.close())));

async function server(chat: ScriptedServerOptions['chat']): Promise<ScriptedServer> {
  const made = await createScriptedServer({ chat });
  servers.push(made);
  return made;
}

/** A completion whose answer is this word, with its log-probability. */
function completion(word: string) {
  return {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: word },
        logprobs: {
          content: [
            {
              token: word,
              logprob: -0.25,
              top_logprobs: [
                { token: word, logprob: -0.25 },
                { token: 'no', logprob: -2 },
              ],
            },
          ],
        },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
  };
}

const says = (word: string) => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: [JSON.stringify(completion(word))],
});

/** What was asked of the model: the server itself is asked first what it is. */
const chats = ({ asked }: ScriptedServer): ScriptedServer['asked'] =>
  asked.filter(({ path }) => path === '/v1/chat/completions');

let files = 0;

/** Writes questions that are answered with `four`; gives the file and the output's name. */
async function questions(ids: readonly string[]): Promise<{ file: string; out: string }> {
  files += 1;
  const file = join(folder, `questions-${files}.jsonl`);
  const lines = ids.map((id) =>
    JSON.stringify({
      id,
      group: 'g',
      system: 'Be brief.',
      prompt: `What is ${id}?`,
      reference: 'four',
      check: 'exact',
      maxTokens: 8,
    }),
  );
  await writeFile(file, lines.join('\n'));
  return { file, out: join(folder, `traces-${files}.jsonl.gz`) };
}

async function recorded(out: string): Promise<Trace[]> {
  return (await readTraces(out, { strict: true })).traces;
}

test('every tier is asked every question, deterministically and with log-probabilities; a second run asks nobody', async () => {
  const [small, large] = [await server(says('five')), await server(says('four'))];
  const { file, out } = await questions(['a', 'b']);
  const args = [
    'record',
    file,
    '--tier',
    `small=${small.baseUrl},tiny-model`,
    '--tier',
    `large=${large.baseUrl}`,
    '--out',
    out,
  ];
  const first = await weir(args, folder);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /2 questions, 4 new answers/);
  const body = JSON.parse(chats(small)[0]?.text ?? '') as Record<string, unknown>;
  assert.deepEqual(
    [
      body['model'],
      body['temperature'],
      body['seed'],
      body['logprobs'],
      body['top_logprobs'],
      body['max_tokens'],
    ],
    ['tiny-model', 0, 1, true, 5, 8],
  );
  const [trace] = await recorded(out);
  assert.deepEqual([trace?.attempts['small']?.score, trace?.attempts['large']?.score], [0, 1]);
  assert.deepEqual(trace?.attempts['large']?.tokens, [
    {
      t: 'four',
      lp: -0.25,
      top: [
        ['four', -0.25],
        ['no', -2],
      ],
    },
  ]);
  const bytes = await readFile(out);
  const second = await weir(args, folder);
  assert.match(second.stderr, /0 new answers/);
  assert.deepEqual([chats(small).length, chats(large).length], [2, 2]);
  assert.deepEqual(await readFile(out), bytes);
});

test('a run that is killed goes on where it stopped', async () => {
  const never = new Promise(() => undefined);
  const small = await server([
    says('four'),
    says('four'),
    { status: 200, body: [{ until: never }] },
    says('four'),
    says('four'),
  ]);
  const { file, out } = await questions(['a', 'b', 'c', 'd']);
  const args = ['record', file, '--tier', `small=${small.baseUrl}`, '--out', out];
  const killed = startWeir(args, folder);
  await small.request(3);
  killed.child.kill('SIGKILL');
  await killed.ended;
  await assert.rejects(readFile(out), /ENOENT/, 'the output is whole or not there');
  const resumed = await weir(args, folder);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /2 new answers/);
  assert.equal((await recorded(out)).filter((trace) => trace.attempts['small']?.answer === 'four').length, 4);
  await assert.rejects(readFile(`${out}.journal`), /ENOENT/);
});

test('a run that is stopped keeps what it has and ends with 1', async () => {
  const never = new Promise(() => undefined);
  const small = await server([says('four'), { status: 200, body: [{ until: never }] }]);
  const { file, out } = await questions(['a', 'b']);
  const running = startWeir(['record', file, '--tier', `small=${small.baseUrl}`, '--out', out], folder);
  await small.request(2);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  assert.equal(code, 1);
  assert.match(stderr, /Stopped\. Run the same command to continue/);
  assert.deepEqual(
    (await recorded(out)).map((trace) => 'small' in trace.attempts),
    [true, false],
  );
});

test('what fails is said at the end, ends with 1, and is asked again by the next run', async () => {
  const refusal = {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: ['{"error":{"message":"too hard"}}'],
  };
  const small = await server([says('four'), refusal, says('four')]);
  const { file, out } = await questions(['a', 'b']);
  const args = ['record', file, '--tier', `small=${small.baseUrl}`, '--out', out];
  const first = await weir(args, folder);
  assert.equal(first.code, 1);
  assert.match(first.stderr, /^weir: small b: .*too hard/m);
  assert.match(first.stderr, /1 answer missing\. Run the same command to ask again/);
  assert.equal((await weir(args, folder)).code, 0);
});

test('--rescore scores the stored answers by the reference of today, and asks nobody', async () => {
  const small = await server(says('five'));
  const { file, out } = await questions(['a']);
  await weir(['record', file, '--tier', `small=${small.baseUrl}`, '--out', out], folder);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"four"', '"five"'));
  const { code, stderr } = await weir(['record', file, '--rescore', '--out', out], folder);
  assert.equal(code, 0);
  assert.match(stderr, /1 score changed\. No model was asked/);
  assert.equal((await recorded(out))[0]?.attempts['small']?.score, 1);
  assert.equal(chats(small).length, 1);
});

test('a configuration names tiers and prices; --no-latency leaves the time out', async () => {
  const small = await server(says('four'));
  const { file, out } = await questions(['a']);
  const config = join(folder, 'record.yaml');
  await writeFile(
    config,
    `upstreams: { u: { baseUrl: "${small.baseUrl}", location: on-premises } }
models: { tiny: { upstream: u, model: m, price: { input: 1, output: 2 } } }
routes: { auto: { tiers: [tiny] } }
`,
  );
  const { code, stderr } = await weir(
    ['record', file, '--config', config, '--no-latency', '--out', out],
    folder,
  );
  assert.equal(code, 0, stderr);
  const attempt = (await recorded(out))[0]?.attempts['tiny'];
  assert.equal(attempt?.costUsd, (10 * 1 + 2 * 2) / 1e6);
  assert.equal(attempt?.latencyMs, undefined);
});

/** Answers `four`, and says `True` of it, or `perhaps` where a number is asked for. */
const thinking: ScriptedServerOptions['chat'] = ({ body }) => {
  const messages = body['messages'] as { content: string }[];
  const last = messages.at(-1)?.content ?? '';
  if (last === pTrue.question) return says('True');
  return says(last === verbalized.question ? 'perhaps' : 'four');
};

test('paid signals are asked for in the words of live traffic, and can be added to answers that are there', async () => {
  const small = await server(thinking);
  const { file, out } = await questions(['a']);
  const config = join(folder, 'paid.yaml');
  await writeFile(
    config,
    `upstreams: { u: { baseUrl: "${small.baseUrl}", location: on-premises } }
models:
  tiny: { upstream: u, model: m, price: { input: 1, output: 2 }, paidSignals: [pTrue], params: { top_k: 1 } }
routes: { auto: { tiers: [tiny] } }
`,
  );
  const plain = await weir(['record', file, '--tier', `tiny=${small.baseUrl},m`, '--out', out], folder);
  assert.equal(plain.code, 0, plain.stderr);
  assert.equal(chats(small).length, 1, 'nobody asked for paid signals');
  const { code, stderr } = await weir(['record', file, '--config', config, '--out', out], folder);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /0 new answers, 1 new paid signal/);
  assert.match(stderr, /tiny +1 +1\.000 +pTrue 1/);
  assert.deepEqual(chats(small)[1]?.body, {
    model: 'm',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is a?' },
      { role: 'assistant', content: 'four' },
      { role: 'user', content: pTrue.question },
    ],
    max_tokens: 1,
    logprobs: true,
    top_logprobs: 5,
    top_k: 1,
  });
  const attempt = (await recorded(out))[0]?.attempts['tiny'];
  const [yes, no] = [Math.exp(-0.25), Math.exp(-2)];
  assert.ok(Math.abs((attempt?.paidSignals?.['pTrue']?.value ?? NaN) - yes / (yes + no)) < 1e-6);
  assert.equal(attempt?.paidSignals?.['pTrue']?.costUsd, (10 * 1 + 2 * 2) / 1e6);
});

test('--paid-signals asks every tier; what a model says in other words is missing, and is said', async () => {
  const small = await server(thinking);
  const { file, out } = await questions(['a', 'b']);
  const args = ['record', file, '--tier', `tiny=${small.baseUrl}`, '--out', out];
  const { code, stderr } = await weir([...args, '--paid-signals', 'pTrue, verbalized'], folder);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /2 new answers, 2 new paid signals/);
  assert.match(stderr, /2 paid signals could not be read/);
  assert.deepEqual(Object.keys((await recorded(out))[0]?.attempts['tiny']?.paidSignals ?? {}), ['pTrue']);
  const wrong = await weir([...args, '--paid-signals', 'ptrue'], folder);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /must be one or more of pTrue, verbalized/);
});

test('without anybody to ask, or with arguments that cannot be meant, it ends with 2', async () => {
  const { file, out } = await questions(['a']);
  const nobody = await weir(['record', file, '--out', out], folder);
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /There is no model to ask/);
  const tier = await weir(['record', file, '--tier', 'small', '--out', out], folder);
  assert.equal(tier.code, 2);
  assert.match(tier.stderr, /must be NAME=URL/);
  const twice = await weir(
    ['record', file, '--tier', 'a=http://h/v1', '--tier', 'a=http://i/v1', '--out', out],
    folder,
  );
  assert.equal(twice.code, 2);
  assert.equal((await weir(['record', file], folder)).code, 2, 'no --out');
});

test('an output with lines that are no questions is not replaced: nothing is asked, and the file stays', async () => {
  const small = await server(says('4'));
  const good = JSON.stringify({ id: 'q', group: 'g', prompt: '2 + 2?' });
  const mixed = `${good}\nnot a question\n`;
  const [toAsk, out] = [join(folder, 'good.jsonl'), join(folder, 'mixed.jsonl')];
  await writeFile(toAsk, `${good}\n`);
  await writeFile(out, mixed);
  for (const asked of [toAsk, out]) {
    const args = ['record', asked, '--tier', `small=${small.baseUrl}`, '--out', out];
    const { code, stderr } = await weir(args, folder);
    assert.equal(code, 2);
    assert.match(stderr, /mixed\.jsonl:2: this line is not JSON/);
    assert.match(stderr, /would be overwritten/);
  }
  assert.equal(await readFile(out, 'utf8'), mixed);
  assert.equal(small.asked.length, 0);
});

test('an output that cannot be written is said before anybody is asked', async () => {
  const small = await server(says('4'));
  const toAsk = join(folder, 'one.jsonl');
  await writeFile(toAsk, JSON.stringify({ id: 'q', group: 'g', prompt: '2 + 2?' }));
  const args = ['record', toAsk, '--tier', `small=${small.baseUrl}`, '--out', 'none/out.jsonl'];
  const { code, stderr } = await weir(args, folder);
  assert.equal(code, 1);
  assert.match(stderr, /^weir: none\/out\.jsonl cannot be written: .* Check that its folder exists/m);
  assert.equal(small.asked.length, 0);
});
