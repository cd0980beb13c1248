import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LADDER, makeTraces } from '../../../test/made-traces.ts';
import { writeTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { createFolder, weir, type Ended } from '../common/testing.ts';

const { folder, remove } = await createFolder();
after(remove);
const traces = makeTraces({ seed: 51, rows: 400, tiers: LADDER, groups: ['a', 'b', 'c'] });

async function bench(of: readonly Trace[], ...more: string[]): Promise<Ended> {
  const file = join(folder, 'traces.jsonl');
  await writeTraces(file, of);
  return weir(['bench', file, '--tiers', 'small,medium,large', ...more], folder);
}
const SMALL = ['--fit', '120', '--certify', '150', '--splits', '2'];

test('it prints one JSON document in the shape that others rely on', async () => {
  const { code, stdout, stderr } = await bench(traces, ...SMALL, '--json', '--seed', '3');
  assert.deepEqual([code, stderr], [0, '']);
  const report = JSON.parse(stdout) as Record<string, Record<string, unknown>> & Record<string, unknown>;
  assert.deepEqual(
    [report['file'], report['tiers'], report['traces'], report['protocol']],
    [join(folder, 'traces.jsonl'), ['small', 'medium', 'large'], 400, 'splits'],
  );
  assert.deepEqual(Object.keys(report.calibration ?? {}), ['small', 'medium']);
  const certified = report.policies?.['certified'] as Record<string, number>[];
  assert.deepEqual(
    certified.map(({ maxLoss }) => maxLoss),
    [0.02, 0.05],
  );
  for (const figures of certified)
    assert.ok(
      ['violationRate', 'relativeCost', 'relativeCostError', 'loss'].every((key) =>
        Number.isFinite(figures[key]),
      ),
    );
  assert.equal((await bench(traces, ...SMALL, '--json', '--seed', '3')).stdout, stdout);
});

test('one split tells no standard error: null in the document, and words in the tables', async () => {
  const one = [...SMALL.slice(0, -1), '1'];
  const { stdout } = await bench(traces, ...one, '--json');
  const { policies } = JSON.parse(stdout) as { policies: Record<string, { relativeCostError: unknown }[]> };
  for (const each of Object.values(policies).flat()) assert.equal(each.relativeCostError, null);
  const { stdout: tables } = await bench(traces, ...one);
  assert.match(tables, /\nA single split gives no standard error\.\n/);
  assert.doesNotMatch((await bench(traces, ...SMALL)).stdout, /tells no standard error/);
});

test('it prints tables that a person can read', async () => {
  const { code, stdout } = await bench(
    traces,
    ...SMALL,
    '--population',
    '--exclude',
    'c',
    '--max-loss',
    '0.1',
  );
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^small → medium → large: 267 questions of the 400 in the file \(left out: 133 questions of groups in --exclude\), 2 draws from them as a population/,
  );
  assert.match(stdout, /\ncertified +0\.1 +\d\.\d\d/);
  assert.match(stdout, /Left out because the answers have no token log-probabilities: heuristic-v1/);
  assert.doesNotMatch(stdout, /NaN|undefined|Infinity/);
});

test('with --cross-fit it also says what a policy costs that every label was used twice for, beside the certified one', async () => {
  const { code, stdout, stderr } = await bench(
    [...traces, ...traces.map((trace) => ({ ...trace, id: `${trace.id}-b`, prompt: `${trace.prompt}?` }))],
    '--cross-fit',
    '--fit',
    '200',
    '--certify',
    '250',
    '--splits',
    '2',
    '--max-loss',
    '0.1',
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\ncrossFitted +0\.1 +\d\.\d\d/);
  assert.match(
    stdout,
    /Cost of crossFitted minus cost of certified.*\npromise 0\.1: −?\d\.\d{3} ± \d\.\d{3}/,
  );
  const without = await bench(traces, ...SMALL);
  assert.doesNotMatch(without.stdout, /crossFitted/);
  const few = await bench(traces, ...SMALL, '--cross-fit');
  assert.equal(few.code, 2);
  assert.match(few.stderr, /270 labelled questions.*at least 400/);
});

test('what it cannot do is said in a sentence, and it ends with 2', async () => {
  const cases: [readonly Trace[], string[], RegExp][] = [
    [[], [], /traces\.jsonl has no questions/],
    [
      traces.slice(0, 10),
      [],
      /800 questions to fit on and 1000 to certify on leave none of 10 to score. Use fewer/,
    ],
    [traces, ['--max-loss', '1.5'], /above 0 and below 1/],
    [traces, ['--exclude', 'nobodys'], /--exclude: no question belongs to group 'nobodys'\. The groups are /],
  ];
  for (const [of, options, says] of cases) {
    const { code, stdout, stderr } = await bench(of, ...options);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, / at .*\.ts:/);
  }
});

test('of one split nothing tells how much the costs vary, and it does not say that they do not', async () => {
  const few = ['--fit', '60', '--certify', '60', '--splits', '1', '--max-loss', '0.05'];
  const { stdout } = await bench(traces, ...few);
  assert.match(stdout, / questions, 1 split, /);
  assert.match(stdout, /alwaysLast +0\.05 +0\.00 +\S+ +1\.000 +– +0\.0000/);
  assert.match((await bench(traces, ...few, '--population')).stdout, /, 1 draw from them as a population, /);
});

test('ten questions are judged where one asks for so few', async () => {
  const { code, stdout } = await bench(traces.slice(0, 10), '--fit', '4', '--certify', '4', '--splits', '2');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /certified +0\.02 +0\.00 .* 1\.000/,
    'nothing can be certified, so the last tier answers',
  );
  assert.doesNotMatch(stdout, /NaN/);
});
