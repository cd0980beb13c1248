import assert from 'node:assert/strict';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import {
  answers,
  refuses,
  type AskedChat,
  type ScriptedReply,
} from '../../upstream/scripted/scripted-reply.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../upstream/scripted/scripted-server.ts';
import { played, tokens } from '../../upstream/scripted/testing.ts';
import { createFolder, startWeir, weir } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
const servers: ScriptedServer[] = [];
before(async () => ({ folder, remove } = await createFolder()));
after(() => remove());
afterEach(() => Promise.all(servers.splice(0).map((each) => each.close())));

async function server(
  chat: ScriptedServerOptions['chat'],
  models?: ScriptedServerOptions['models'],
): Promise<ScriptedServer> {
  const made = await createScriptedServer({ chat, ...(models && { models }) });
  servers.push(made);
  return made;
}

/** The last message of a request. */
const lastOf = ({ body }: AskedChat): string =>
  (body['messages'] as { content: string }[] | undefined)?.at(-1)?.content ?? '';

/** Adds up `a + b`, but wrongly where the sum is a multiple of five. */
function adds(asked: AskedChat): ScriptedReply | Promise<ScriptedReply> {
  const [a = 0, b = 0] = (/(\d+) \+ (\d+)/.exec(lastOf(asked)) ?? []).slice(1).map(Number);
  const sum = a + b;
  const said = String(sum % 5 === 0 ? sum + 1 : sum);
  return played(answers({ tokens: tokens(said, sum % 5 === 0 ? 0.6 : 0.95) }), asked);
}

let logs = 0;
/** A log of sums, rightly answered; gives the file and the output's name. */
async function log(lines: readonly object[] = sums(30)): Promise<{ file: string; out: string }> {
  logs += 1;
  const file = join(folder, `log-${logs}.jsonl`);
  await writeFile(file, lines.map((each) => JSON.stringify(each)).join('\n'));
  return { file, out: join(folder, `log-${logs}.estimate.jsonl`) };
}

const sums = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    messages: [{ role: 'user', content: `What is ${index} + 1?` }],
    answer: `${index + 1}`,
    model: 'big',
    cost_usd: 0.001,
  }));

const at = (small: ScriptedServer): string[] => ['--url', small.baseUrl, '--model', 'tiny'];

test('a small model is asked a log, and what it says the same, and would save, is told; a second run asks nobody', async () => {
  const small = await server(adds);
  const { file, out } = await log();
  const args = ['estimate', file, ...at(small), '--price', '0.1/0.2', '--yes'];
  const first = await weir(args, folder);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(small.asked.length, 30);
  assert.match(
    first.stderr,
    /30 requests with an answer, all of them\. Found: questions with answers \(30\)/,
  );
  assert.match(first.stderr, /Will ask tiny at http:\S+ 30 questions: about \d+ tokens in/);
  assert.match(first.stderr, /Cost: about \$\S+, at most \$\S+\./);
  assert.match(first.stdout, /tiny says the same as big in 80\.0 % \(\d+–\d+ %\) of 30 requests/);
  assert.match(
    first.stdout,
    /A certified policy is likely to save about \S+ % \(\S+ %\) at a loss of at most 2 %/,
  );
  assert.match(
    first.stdout,
    /Where they differ most:\n1\. line-\d+: What is \d+ \+ 1\?\n {3}big: \d+\n {3}tiny: \d+/,
  );
  const body = JSON.parse(small.asked[0]?.text ?? '') as Record<string, unknown>;
  assert.deepEqual(
    [body['model'], body['temperature'], body['logprobs'], body['max_tokens']],
    ['tiny', 0, true, 512],
  );
  const second = await weir([...args, '--json'], folder);
  assert.equal(small.asked.length, 30);
  const told = JSON.parse(second.stdout) as {
    agreement: { same: { count: number }; questions: number };
    differing: unknown[];
    saving: { basis: string; promises: { saved: { lower: number; upper: number } }[] };
  };
  assert.deepEqual([told.agreement.same.count, told.agreement.questions, told.differing.length], [24, 30, 6]);
  assert.equal(told.saving.basis, 'costs');
  assert.ok(told.saving.promises.every(({ saved }) => saved.lower <= saved.upper && saved.upper <= 1));
  await access(out);
});

test('without a yes nothing is sent, and the command says what to add', async () => {
  const small = await server(adds);
  const { file, out } = await log();
  const { code, stderr, stdout } = await weir(['estimate', file, ...at(small)], folder);
  assert.deepEqual([code, stdout, small.asked.length], [2, '', 0]);
  assert.match(stderr, /Cost: not known, because no price of tiny is known \(--price\)/);
  assert.match(stderr, /weir: Nothing was asked\. Add --yes/);
  await assert.rejects(access(out));
});

test('a run that is stopped keeps what it has, and one that is killed too; the next goes on', async () => {
  const small = await server([
    adds,
    adds,
    { body: [{ until: new Promise(() => undefined) }] },
    adds,
    adds,
    { body: [{ until: new Promise(() => undefined) }] },
    adds,
  ]);
  const { file, out } = await log(sums(8));
  const args = ['estimate', file, ...at(small), '--yes', '--concurrency', '1'];
  const stopped = startWeir(args, folder);
  await small.request(2);
  stopped.child.kill('SIGINT');
  const { code, stderr } = await stopped.ended;
  assert.equal(code, 1);
  assert.match(stderr, /Stopped\. \S+ has the answers so far: run the same command to continue/);
  const killed = startWeir(args, folder);
  await small.request(5);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const resumed = await weir(args, folder);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /2 answers of earlier runs are used again/);
  assert.equal(small.asked.length, 10);
  assert.match(resumed.stdout, /of 8 requests/);
  await assert.rejects(readFile(`${out}.journal`), /ENOENT/);
});

test('a server that takes no log-probabilities is asked without them, and only once with them', async () => {
  const small = await server((asked) =>
    asked.body['logprobs'] === true ? refuses(400, { message: 'logprobs is not supported' }) : adds(asked),
  );
  const { file } = await log(sums(5));
  const { code, stdout, stderr } = await weir(
    ['estimate', file, ...at(small), '--yes', '--concurrency', '1'],
    folder,
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /of 5 requests/);
  assert.equal(small.asked.length, 6);
});

test('a failure is told once with its count; a model that gives no answer at all ends with 1', async () => {
  const small = await server([
    refuses(400, { message: 'too hard' }),
    refuses(400, { message: 'too hard' }),
    adds,
  ]);
  const { file } = await log(sums(4));
  const args = ['estimate', file, ...at(small), '--yes', '--concurrency', '1'];
  const first = await weir(args, folder);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /Without an answer or verdict: 2\. .*too hard/);
  assert.match(first.stdout, /of 2 requests/);
  const gone = await server(refuses(400, { message: 'never' }));
  const none = await log(sums(3));
  const { code, stderr } = await weir(['estimate', none.file, ...at(gone), '--yes'], folder);
  assert.equal(code, 1);
  assert.match(stderr, /tiny gave no answer/);
});

test('a judge is asked where it is not known whether answers are the same, its price is said first, and its verdicts are kept', async () => {
  const small = await server((asked) =>
    lastOf(asked).includes('+') ? adds(asked) : played(answers('A story.\n\nIt ends otherwise.'), asked),
  );
  const judge = await server((asked) =>
    played(answers({ content: lastOf(asked).includes('good end') ? 'GOOD' : 'WRONG' }), asked),
  );
  const config = join(folder, 'judge.yaml');
  await writeFile(
    config,
    `upstreams:
  one: {baseUrl: '${small.baseUrl}', location: on-premises}
  two: {baseUrl: '${judge.baseUrl}', location: on-premises}
models:
  tiny: {upstream: one, model: tiny, price: {input: 0.1, output: 0.2}}
  wise: {upstream: two, model: wise, price: {input: 1, output: 2}}
routes:
  auto: {tiers: [tiny]}
`,
  );
  const open = ['good end', 'bad end'].map((end) => ({
    question: `Tell a story with a ${end}.`,
    answer: `Once there was a ${end}.\n\nThat was it.`,
  }));
  const { file } = await log([...open, ...sums(2)]);
  const args = ['estimate', file, '--config', config, '--judge', 'wise', '--yes'];
  const first = await weir(args, folder);
  assert.equal(first.code, 0, first.stderr);
  assert.match(
    first.stderr,
    /Then wise at http:\S+ judges, twice each, .*about 4 calls, at most 8\. Cost: about \$\S+, at most \$/,
  );
  assert.match(first.stdout, /a judge compared 2 and called 1 as good/);
  assert.match(first.stdout, /number +a number: its value +2 +2 +0 +0/);
  const second = await weir(args, folder);
  assert.match(second.stdout, /a judge compared 2 and called 1 as good/);
  assert.deepEqual([judge.asked.length, small.asked.length], [4, 4]);
});

test('a model that runs on this machine is used after a yes', async () => {
  const small = await server(adds, [{ id: 'tiny-local', object: 'model' }]);
  const { file } = await log(sums(3));
  const environment = { OLLAMA_HOST: new URL(small.baseUrl).host };
  const asks = (): number =>
    small.asked.filter(({ method, path }) => method === 'POST' && path === '/v1/chat/completions').length;
  const first = await weir(['estimate', file, '--model', 'tiny-local'], folder, environment);
  assert.deepEqual([first.code, asks()], [2, 0]);
  assert.match(first.stderr, /Found tiny-local on this machine\./);
  const second = await weir(['estimate', file, '--model', 'tiny-local', '--yes'], folder, environment);
  assert.equal(second.code, 0, second.stderr);
  assert.equal(asks(), 3);
});

test('what a log has reaches the terminal shortened and without control characters', async () => {
  const small = await server(answers(`no\u001b[2J\u0007${'y'.repeat(500)}`));
  const { file } = await log(
    Array.from({ length: 3 }, () => ({
      question: `\u001b]0;title\u0007\u202e${'q'.repeat(900)}`,
      answer: '\u001b[31myes',
    })),
  );
  const { stdout, stderr } = await weir(['estimate', file, ...at(small), '--yes'], folder);
  assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
  assert.ok(stdout.split('\n').every((line) => line.length < 400));
});

test('a log without a usable answer, and wrong arguments, say what to do', async () => {
  const small = await server(adds);
  const { file } = await log([{ question: 'Why?' }]);
  const none = await weir(['estimate', file, ...at(small), '--yes'], folder);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /Not used: 1 record, first in line 1: it has no answer/);
  assert.match(none.stderr, /has no request with a recorded answer that can be used\. It must have/);
  const wrong: [string[], RegExp][] = [
    [['--url', 'nowhere', '--model', 'm'], /is no address/],
    [['--url', small.baseUrl], /--url needs --model/],
    [[...at(small), '--price', '1'], /two numbers/],
    [[...at(small), '--judge', 'wise'], /There is no weir\.yaml here/],
  ];
  for (const [args, says] of wrong) {
    const { code, stderr } = await weir(['estimate', file, ...args], folder);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  }
  const gone = await weir(['estimate', join(folder, 'none.jsonl'), ...at(small)], folder);
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /there is no such file/);
});
