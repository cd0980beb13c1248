import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ReportData } from '../../report/report-data.ts';
import { createFolder, weir } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => {
  ({ folder, remove } = await createFolder());
  // The small answer's probability tells whether it is right, nearly: eight of ten are kept without loss.
  const lines = Array.from({ length: 600 }, (_, index) => {
    const right = index % 5 !== 0;
    const attempt = (score: number, costUsd: number, answerProb?: number) => ({
      answer: score === 1 ? 'yes' : 'no',
      score,
      costUsd,
      ...(answerProb === undefined ? {} : { signals: { answerProb } }),
    });
    return {
      id: `q${index}`,
      group: index % 2 === 0 ? 'even' : 'odd',
      prompt: `Is ${index} <b>good</b>?`,
      attempts: {
        cheap: attempt(right ? 1 : 0, 1e-5, (right ? 0.8 : 0.3) + (index % 7) / 50),
        dear: attempt(index % 20 === 0 ? 0 : 1, 1e-3),
      },
    };
  });
  await writeFile(join(folder, 'traces.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
});
after(() => remove());

const ladder = ['report', 'traces.jsonl', '--tiers', 'cheap,dear'];

test('it writes one page, and says what stands there in a sentence', async () => {
  const { code, stdout } = await weir([...ladder, '--max-loss', '0.05'], folder);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /Relative cost \d+\.\d % of what always asking dear costs \(.* to .*\), quality loss .* on 180 questions that were set aside; certified\./,
  );
  assert.match(stdout, /Wrote the page to report\.html\./);
  const page = await readFile(join(folder, 'report.html'), 'utf8');
  assert.match(page, /^<!doctype html>/i);
  assert.match(page, /Is \d+ &lt;b&gt;good&lt;\/b&gt;\?/);
});

test('--json prints what the page shows, and writes none unless told where', async () => {
  const { stdout } = await weir([...ladder, '--max-loss', '0.05', '--test-share', '0.5', '--json'], folder);
  const data = JSON.parse(stdout) as ReportData;
  assert.equal(data.questions.test, 300);
  assert.deepEqual(data.tiers, ['cheap', 'dear']);
  assert.ok(data.result.relativeCost.value < 0.6 && data.certificate !== undefined);
  await weir([...ladder, '--max-loss', '0.05', '--json', '--out', 'other.html'], folder);
  assert.ok(existsSync(join(folder, 'other.html')));
});

test('relative prices make no dollars', async () => {
  const text = await readFile(join(folder, 'traces.jsonl'), 'utf8');
  await writeFile(
    join(folder, 'free.jsonl'),
    text.replaceAll(/"costUsd":[^,}]*,?/g, '').replaceAll(',}', '}'),
  );
  const { stdout } = await weir(
    ['report', 'free.jsonl', '--tiers', 'cheap,dear', '--prices', '0.05,1', '--value', '2', '--json'],
    folder,
  );
  const data = JSON.parse(stdout) as ReportData;
  assert.ok(!('alwaysLastUsd' in data.result));
  assert.equal(data.certificate, undefined);
});

test('a stored version is judged, named by its hash or as the one in force, and nothing is tuned', async () => {
  const upstreams = 'upstreams: { here: { baseUrl: "http://127.0.0.1:1/v1", location: on-premises } }';
  const models = 'models: { cheap: { upstream: here, model: c }, dear: { upstream: here, model: d } }';
  const routes =
    'routes: { auto: { tiers: [cheap, dear], objective: { maxQualityLoss: 0.05, certainty: 0.9 } } }';
  await writeFile(join(folder, 'weir.yaml'), [upstreams, models, routes].join('\n'));
  const none = await weir(['report', 'traces.jsonl', '--version'], folder);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /No version decides on route 'auto'/);
  const made = await weir(['tune', 'traces.jsonl', '--json'], folder);
  assert.equal(made.code, 0, made.stderr);
  const { hash } = JSON.parse(made.stdout) as { hash: string };
  const named = await weir(
    ['report', 'traces.jsonl', '--version', hash.slice(0, 8), '--out', 'version.html'],
    folder,
  );
  assert.equal(named.code, 0, named.stderr);
  assert.match(
    named.stdout,
    new RegExp(`on 600 questions \\(some of which it may have been made from\\); version ${hash}, certified`),
  );
  assert.match(await readFile(join(folder, 'version.html'), 'utf8'), new RegExp(hash));
  const refused = await weir(['versions', 'promote', hash], folder);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /does not say whose answers those of cheap and dear were.*--state-source/);
  const promoted = await weir(
    ['versions', 'promote', hash, '--state-source', '--by', 'ada', '--json'],
    folder,
  );
  const { version: stated } = JSON.parse(promoted.stdout) as { version: string };
  assert.notEqual(stated, hash, 'a certificate that says more is another version');
  assert.match(
    (await weir(['versions', 'show'], folder)).stdout,
    /ada stated on .* that they are of the models/,
  );
  const inForce = await weir(['report', 'traces.jsonl', '--version', '--json'], folder);
  assert.equal((JSON.parse(inForce.stdout) as ReportData).version, stated);
  const both = await weir(['report', 'traces.jsonl', '--version', hash, '--max-loss', '0.1'], folder);
  assert.notEqual(both.code, 0);
  assert.match(both.stderr, /--version.*cannot be used with.*--max-loss/);
});

test('too few questions, nothing asked for, and a folder that is not there are said', async () => {
  const lines = (await readFile(join(folder, 'traces.jsonl'), 'utf8')).split('\n');
  await writeFile(join(folder, 'few.jsonl'), lines.slice(0, 12).join('\n'));
  const few = await weir(['report', 'few.jsonl', '--tiers', 'cheap,dear', '--max-loss', '0.05'], folder);
  assert.equal(few.code, 2);
  assert.match(few.stderr, /12 labelled questions are too few/);
  const nothing = await weir(ladder, folder);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /There is no objective to tune for/);
  const nowhere = await weir([...ladder, '--max-loss', '0.05', '--out', 'none/report.html'], folder);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /none\/report\.html cannot be written/);
});
