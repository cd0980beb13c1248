/** `weir learning`, `weir review` and `weir labels import` over a store that a gateway might have written. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openStore } from '../../store/open.ts';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import { createProgram } from '../program.ts';
import { createFolder, startWeir, weir, type Ended } from '../common/testing.ts';

const QUESTIONS = 12;
let folder: string;
let remove: () => Promise<void>;

before(async () => {
  ({ folder, remove } = await createFolder());
  await writeFile(
    join(folder, 'weir.yaml'),
    `retention: { texts: true }
learning: { agreement: exact }
upstreams:
  here: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises }
models:
  small: { upstream: here, model: small-model, price: { input: 1, output: 1 } }
  large: { upstream: here, model: large-model, price: { input: 100, output: 100 } }
routes:
  auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } }
`,
  );
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  for (let number = 0; number < QUESTIONS; number++) {
    const id = `0190000${String(number).padStart(2, '0')}-0000-7000-8000-000000000000`.slice(1);
    const { outcomeId: _, position: __, served: ___, ...large } = attemptRow(id, 0, { tier: 'large' });
    await store.write({
      outcomes: [
        {
          outcome: outcomeRow(id, {
            tier: 'small',
            prompt: JSON.stringify([{ role: 'user', content: `Capital of country ${number}?` }]),
            costNanoUsd: 10_000,
            baselineNanoUsd: 1_000_000,
          }),
          attempts: [attemptRow(id, 0, { answer: 'Lyon' })],
        },
      ],
      labels: [
        labelRow(id, { source: 'judge', verdict: number === 0 ? 0.5 : 1 }),
        labelRow(id, { source: 'judge', tier: 'large' }),
      ],
      audits: [
        auditRow(id, {
          attempts: JSON.stringify([{ ...large, answer: 'Paris' }]),
          costNanoUsd: 100_000,
          judgeNanoUsd: 5_000,
        }),
      ],
    });
  }
  await store.close();
});
after(() => remove());

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout } = await weir([...args, '--json'], folder);
  assert.equal(code, 0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

interface Question {
  id: string;
  answers: { tier: string; text: string }[];
}
const queue = async (): Promise<Question[]> => (await json('review'))['questions'] as Question[];

/** As if somebody typed these lines. */
async function typed(args: string[], lines: string): Promise<Ended> {
  const running = startWeir(args, folder, {}, lines);
  return running.ended;
}

test('what is known of a route is said in words, and the same as JSON', async () => {
  const { code, stdout } = await weir(['learning'], folder);
  assert.equal(code, 0);
  assert.match(stdout, /^Route auto: small, large$/m);
  assert.match(stdout, /lose at most 2\.0 % of quality, with 90\.0 % certainty/);
  assert.match(stdout, /No version is in force/);
  assert.match(stdout, /Labels: 12 audits with a verdict on every tier's answer; 12 of them can certify\./);
  assert.match(
    stdout,
    /Next: the next fit, after 200 audits\. It has 12 and needs 188 more; too few verdicts/,
  );
  assert.match(stdout, /quality lost {2}4\.2 % \(.* … .*\), from 12 audits, with the verdicts as they are/);
  assert.match(stdout, /risk .* % that more than 2\.0 % is lost/);
  assert.match(
    stdout,
    /saved {9}88\.5 % \(.*\) of what always asking large costs, after audits \(10\.0 %\) and judges \(0\.5 %\)/,
  );
  assert.doesNotMatch(stdout, /NaN|undefined/);
  const [route] = (await json('learning', '--route', 'auto'))['routes'] as Record<string, unknown>[];
  assert.deepEqual(route?.['labels'], { complete: 12, certifying: 12 });
});

test('the queue is listed, judged line by line, and shorter afterwards', async () => {
  const first = await queue();
  assert.ok(first.length > 1);
  const { code, stdout, stderr } = await typed(['review', '--limit', '1'], 'good\nb\n');
  assert.deepEqual([code, stdout], [0, 'Judged 1 question, kept 2 verdicts, skipped 0 questions.\n']);
  assert.match(stderr, /Answer A[^]*Answer B[^]*Kept\./);
  const now = await queue();
  assert.deepEqual(
    now.map(({ id }) => id),
    first.slice(1).map(({ id }) => id),
  );
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  const [judgedOne] = first;
  const judged = await store.decision(judgedOne?.id.replace('chatcmpl-', '') ?? '', 'default');
  await store.close();
  const [a, b] = judgedOne?.answers ?? [];
  const operators = judged?.labels.filter(({ source }) => source === 'operator') ?? [];
  assert.deepEqual(
    new Map(operators.map(({ tier, verdict }) => [tier, verdict])),
    new Map([
      [a?.tier ?? '', 1],
      [b?.tier ?? '', 0],
    ]),
  );
});

test('references are imported, bad lines are said with their numbers, and scores show in what is known', async () => {
  const file = join(folder, 'references.jsonl');
  const good = { question: 'Capital of country 3?', check: 'exact', reference: 'Paris' };
  await writeFile(file, `${JSON.stringify(good)}\nnonsense\n`);
  const { code, stdout, stderr } = await weir(['labels', 'import', file], folder);
  assert.equal(code, 0);
  assert.match(stdout, /imported 1 reference, which is new\.\nScored 2 stored answers/);
  assert.match(stderr, /references\.jsonl:2: this line is not JSON; the line is skipped/);
  const again = await json('labels', 'import', file);
  assert.deepEqual([again['added'], again['scored'], again['changed']], [0, 2, 0]);
  const { stdout: known } = await weir(['learning'], folder);
  assert.match(known, /reference 2/);
});

test('a prompt is a question too, and a mistake in many lines is said once with its count', async () => {
  const file = join(folder, 'prompts.jsonl');
  const line = { prompt: 'Capital of country 9?', check: 'exact', reference: 'Paris' };
  const wrong = JSON.stringify({ ...line, answer: 'Rome' });
  const both = JSON.stringify({ ...line, question: 'Which?' });
  await writeFile(file, [JSON.stringify(line), wrong, wrong, wrong, both].join('\n'));
  const { stdout, stderr } = await weir(['labels', 'import', file], folder);
  assert.match(stdout, /imported 1 reference/);
  assert.match(
    stderr,
    /prompts\.jsonl:2: it has 'answer', which is not known; .*; this line and 2 more with the same mistake are skipped\n/,
  );
  assert.match(
    stderr,
    /prompts\.jsonl:5: it must have one of 'question' \(or 'prompt'\), .*; the line is skipped\n/,
  );
  assert.equal(stderr.match(/is not known/g)?.length, 1);
});

test('references are read as every file of lines is: packed with gzip, and whatever an editor puts before the first character', async () => {
  const line = (country: number): string =>
    JSON.stringify({ question: `Capital of country ${country}?`, check: 'exact', reference: 'Paris' });
  const marked = join(folder, 'marked.jsonl');
  await writeFile(marked, `\uFEFF${line(6)}\r\n${line(7)}\r\n`);
  const { references, bad } = await json('labels', 'import', marked);
  assert.deepEqual([references, bad], [2, []]);
  const packed = join(folder, 'packed.jsonl.gz');
  await writeFile(packed, gzipSync(`${line(8)}\n`));
  assert.equal((await json('labels', 'import', packed))['references'], 1);
});

test('where a bad line is an error, one whose request is not there is one too, and nothing is kept', async () => {
  const file = join(folder, 'strict.jsonl');
  const good = { question: 'Capital of country 5?', check: 'exact', reference: 'Paris' };
  const unknown = { id: 'chatcmpl-0', check: 'exact', reference: 'Paris' };
  await writeFile(file, `${JSON.stringify(good)}\n${JSON.stringify(unknown)}\n`);
  const { code, stderr } = await weir(['labels', 'import', file, '--strict'], folder);
  assert.equal(code, 1);
  assert.match(stderr, /strict\.jsonl:2: no request on route 'auto' has the id 'chatcmpl-0'/);
  assert.equal((await json('labels', 'import', file))['added'], 1, 'it was not there before');
});

test('what cannot be done is said', async () => {
  const bad = join(folder, 'bad.jsonl');
  await writeFile(bad, 'nonsense\n');
  const cases = [
    [['labels', 'import', join(folder, 'none.jsonl')], /none\.jsonl: there is no such file\./],
    [['labels', 'import', bad], /has no usable reference/],
    [['labels', 'import', bad, '--strict'], /bad\.jsonl:1: this line is not JSON/],
    [['learning', '--route', 'other'], /There is no route 'other'\. Routes: auto/],
    [['review', '--route', 'other'], /There is no route 'other'/],
    [['review', '--limit', '0'], /whole number, 1 or more/],
  ] as const;
  for (const [args, message] of cases) {
    const program = await createProgram();
    program.commands.forEach((command) => command.configureOutput({ writeErr: () => {} }));
    const run = program.parseAsync([...args, '--config', join(folder, 'weir.yaml')], { from: 'user' });
    await assert.rejects(run, { message });
  }
});
