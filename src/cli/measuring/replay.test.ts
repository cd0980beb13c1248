import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFolder, weir } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => {
  ({ folder, remove } = await createFolder());
  const attempt = (lp: number, score: number) => ({
    answer: '4',
    score,
    inputTokens: 9,
    outputTokens: 1,
    finish: 'stop',
    tokens: [
      {
        t: '4',
        lp,
        top: [
          ['4', lp],
          ['5', -9],
        ],
      },
    ],
  });
  const lines = [
    {
      id: 'a',
      group: 'g',
      split: 'test',
      prompt: '2 + 2?',
      attempts: { cheap: attempt(-0.0001, 1), dear: attempt(-0.0001, 1) },
    },
    {
      id: 'b',
      group: 'g',
      split: 'fit',
      prompt: '3 + 1?',
      attempts: { cheap: attempt(-3, 0), dear: attempt(-0.0001, 1) },
    },
  ];
  await writeFile(
    join(folder, 'traces.jsonl'),
    `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnonsense\n`,
  );
  await writeFile(
    join(folder, 'weir.yaml'),
    `upstreams: { u: { baseUrl: "http://127.0.0.1:9/v1", location: on-premises } }
models:
  cheap: { upstream: u, model: c, price: { input: 1, output: 1 } }
  dear: { upstream: u, model: d, price: { input: 4, output: 4 } }
routes: { auto: { tiers: [cheap, dear], objective: { thresholds: [0.5] } }, other: { tiers: [dear] } }
`,
  );
});
after(() => remove());

test('the report says shares, score and relative cost; bad lines are named with their numbers', async () => {
  const { code, stdout, stderr } = await weir(['replay', 'traces.jsonl'], folder);
  assert.equal(code, 0);
  assert.match(stderr, /^traces\.jsonl:3: this line is not JSON; the line is skipped$/m);
  assert.match(stdout, /Route auto: cheap → dear, not certified/);
  assert.match(stdout, /Accepted +50\.0 %/);
  assert.match(stdout, /Score +1\.000; always asking dear 1\.000; quality loss 0\.000/);
  assert.match(stdout, /Relative cost +0\.750 of what always asking dear costs/);
});

test('--json prints one document with the same figures', async () => {
  const { stdout } = await weir(['replay', 'traces.jsonl', '--json'], folder);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    [
      report['questions'],
      report['acceptedShare'],
      report['escalationRate'],
      report['relativeCost'],
      report['certified'],
    ],
    [2, 0.5, 0.5, 0.75, false],
  );
});

test('an answer that breaks the JSON schema of its question is sent on, as live', async () => {
  const schema = {
    type: 'json_schema',
    json_schema: { name: 'n', schema: { type: 'object', required: ['n'] } },
  };
  const sure = (answer: string) => ({
    answer,
    score: 1,
    inputTokens: 9,
    outputTokens: 1,
    finish: 'stop',
    tokens: [{ t: answer, lp: -0.0001 }],
  });
  const question = { id: 'a', group: 'g', prompt: 'How many?', responseFormat: schema };
  const line = { ...question, attempts: { cheap: sure('{"m":4}'), dear: sure('{"n":4}') } };
  await writeFile(join(folder, 'schema.jsonl'), JSON.stringify(line));
  const { stdout } = await weir(['replay', 'schema.jsonl', '--json'], folder);
  assert.equal((JSON.parse(stdout) as { escalationRate: number }).escalationRate, 1);
});

test('--split takes the questions of one split; one that does not exist is said', async () => {
  const { stdout } = await weir(['replay', 'traces.jsonl', '--split', 'test', '--json'], folder);
  assert.equal((JSON.parse(stdout) as { questions: number }).questions, 1);
  const none = await weir(['replay', 'traces.jsonl', '--split', 'tset'], folder);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /no questions of split 'tset'/);
});

test('--strict makes a bad line an error, with its number', async () => {
  const { code, stderr } = await weir(['replay', 'traces.jsonl', '--strict'], folder);
  assert.equal(code, 2);
  assert.match(stderr, /traces\.jsonl:3: this line is not JSON/);
});

test('an unknown route, a missing file, and tiers that the file has not are said', async () => {
  const route = await weir(['replay', 'traces.jsonl', '--route', 'atuo'], folder);
  assert.equal(route.code, 2);
  assert.match(route.stderr, /no route 'atuo'\. It has: auto, other/);
  const file = await weir(['replay', 'none.jsonl'], folder);
  assert.equal(file.code, 2);
  assert.match(file.stderr, /none\.jsonl: there is no such file/);
  await writeFile(join(folder, 'others.jsonl'), '{"id":"a","group":"g","attempts":{"gpt":{"answer":"4"}}}\n');
  const tiers = await weir(['replay', 'others.jsonl'], folder);
  assert.equal(tiers.code, 2);
  assert.match(tiers.stderr, /no answers from cheap, dear\. It has answers from gpt/);
});
