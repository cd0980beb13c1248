import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { changeAttempts, LADDER, makeTraces } from '../../../test/made-traces.ts';
import { versionHash, versionSchema } from '../../routing/version.ts';
import { writeTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { createFolder, weir, type Ended } from '../common/testing.ts';
import { objectiveOf } from './tune.ts';

const { folder, remove } = await createFolder();
after(remove);
const tiers = [LADDER[0], LADDER[2]].flatMap((tier) => tier ?? []);
const traces = makeTraces({ seed: 61, rows: 700, tiers, groups: ['a', 'b'] });
const LADDER_OPTION = ['--tiers', 'small,large'];

async function tune(of: readonly Trace[], ...more: string[]): Promise<Ended> {
  const file = join(folder, 'traces.jsonl');
  await writeTraces(file, of);
  return weir(['tune', file, ...more], folder);
}

test('it says what is promised, on how many labels, and at what cost', async () => {
  const { code, stdout, stderr } = await tune(
    traces,
    ...LADDER_OPTION,
    '--max-loss',
    '0.08',
    '--scorer',
    'exact match',
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^small → large: fitted on 315 questions, measured on 385 others\./);
  assert.match(
    stdout,
    /For requests like \[traces\.jsonl, .*385 rows\].*judged by exact match, is at most 8 %/,
  );
  assert.match(stdout, /the policy costs \d+\.\d % of what always asking large costs/);
  assert.match(stdout, /\n→ /, 'the chosen point is marked');
  assert.doesNotMatch(stdout, /NaN|undefined/);
  assert.match(stderr, /The version was not stored/);
});

test('the version is written where one asks for it, and is what the hash says', async () => {
  const out = join(folder, 'version.json');
  const { code } = await tune(traces, ...LADDER_OPTION, '--max-loss', '0.08', '--out', out);
  assert.equal(code, 0);
  const version = versionSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
  assert.equal(version.route, 'auto');
  assert.deepEqual(version.rule.objective, { maxQualityLoss: 0.08, certainty: 0.9 });
  assert.match(versionHash(version), /^[0-9a-f]{12}$/);
});

test('with a configuration the route’s objective counts, and the version is kept as a candidate', async () => {
  const config = join(folder, 'weir.yaml');
  writeFileSync(
    config,
    `store: sqlite:./weir.db
upstreams:
  local: { baseUrl: http://127.0.0.1:9/v1, location: on-premises }
models:
  small: { upstream: local, model: s, price: { input: 1, output: 1 } }
  large: { upstream: local, model: l, price: { input: 1, output: 1 } }
routes:
  auto: { tiers: [small, large], objective: { maxQualityLoss: 0.08, certainty: 0.9 } }
`,
  );
  const { code, stdout, stderr } = await tune(traces, '--config', config);
  assert.equal(code, 0, stderr);
  const hash = /Stored as version ([0-9a-f]{12}), a candidate\./.exec(stdout)?.[1] ?? assert.fail(stdout);
  assert.ok(stdout.includes(`run \`npm run -s weir -- versions promote ${hash}\`.`), stdout);
  const listed = await weir(['versions', 'list', '--config', config], folder);
  assert.match(listed.stdout, new RegExp(hash));
  const dry = await tune(traces, '--config', config, '--certainty', '0.8', '--dry-run', '--json');
  const { version } = JSON.parse(dry.stdout) as { version: { rule: { objective: object } } };
  assert.deepEqual(version.rule.objective, { maxQualityLoss: 0.08, certainty: 0.8 });
  const other = await tune(traces, '--config', config, '--max-loss', '0.09');
  assert.match(other.stdout, /It cannot be put in force as the route is configured: .* another objective/);
  assert.match(
    other.stdout,
    /Set `routes\.auto\.objective` to `\{ maxQualityLoss: 0\.09, certainty: 0\.9 \}` in weir\.yaml/,
  );
});

test('what cannot be certified is said with the labels it would take, and it ends with 1', async () => {
  const few = await tune(traces.slice(0, 100), ...LADDER_OPTION, '--max-loss', '0.02');
  assert.equal(few.code, 1);
  assert.match(few.stdout, /55 questions are too few to certify .*the last tier still answers everything/);
  assert.match(few.stdout, /fitted on only 45 questions/);
  assert.match(few.stderr, /No version was made\./);
  const json = await tune(traces.slice(0, 100), ...LADDER_OPTION, '--max-loss', '0.02', '--json');
  assert.equal(json.code, 1);
  const { why, version } = JSON.parse(json.stdout) as { why: string; version?: unknown };
  assert.match(why, /are too few/);
  assert.equal(version, undefined);
});

test('with --cross-fit every label is fitted on and tests, and what that is worth is said', async () => {
  const { code, stdout, stderr } = await tune(traces, ...LADDER_OPTION, '--max-loss', '0.08', '--cross-fit');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^small → large: fitted on 700 questions, measured on 700 of them in folds/);
  assert.match(stdout, /700 rows\].*both fitted on and tested with \(5 folds\).*not exactly for few/);
  assert.match(
    stdout,
    /Fitted on four folds and measured on the fifth, each in turn, the policy costs \d+\.\d %/,
  );
  const few = await tune(traces.slice(0, 399), ...LADDER_OPTION, '--max-loss', '0.08', '--cross-fit');
  assert.deepEqual([few.code, few.stdout], [2, '']);
  assert.match(few.stderr, /399 labelled questions.*too few.*at least 400/);
  for (const other of [
    ['--budget', '1'],
    ['--value', '1'],
    ['--max-loss', '0.1', '--fit-share', '0.5'],
  ]) {
    const refused = await tune(traces, ...LADDER_OPTION, '--cross-fit', ...other);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /cannot be used with/);
  }
});

test('zero, one and ten labels are too few, whatever the objective: it ends with 2 and says what is needed', async () => {
  const cases: [number, string[], RegExp][] = [
    [
      0,
      ['--max-loss', '0.02'],
      /has no questions\. Without labels nothing.*the last tier answers everything/,
    ],
    [1, ['--budget', '0.001'], /1 labelled question is too few.*at least 20/],
    [10, ['--value', '0.05'], /10 labelled questions are too few.*the last tier answers everything/],
    [10, ['--max-loss', '0.02'], /needs at least 114 questions to certify on/],
  ];
  for (const [count, objective, says] of cases) {
    const { code, stdout, stderr } = await tune(traces.slice(0, count), ...LADDER_OPTION, ...objective);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, says);
  }
});

test('recorded costs beside relative prices are said: their units may differ', async () => {
  const half = changeAttempts(traces, ({ costUsd, ...attempt }, _tier, row) =>
    row % 2 > 0 || costUsd === undefined ? attempt : { ...attempt, costUsd },
  );
  const priced = [...LADDER_OPTION, '--max-loss', '0.08', '--prices', '0.05,1'];
  assert.match(
    (await tune(half, ...priced)).stderr,
    /700 of 1400 answers have a recorded cost.*only if --prices are US dollars too/,
  );
  assert.match((await tune(traces, ...priced)).stderr, /--prices has no effect/);
});

test('without a promise no point is called passed or failed, and a mix is called one', async () => {
  const { stdout } = await tune(traces, ...LADDER_OPTION, '--budget', '0.001');
  assert.doesNotMatch(stdout, /passed\n/);
  assert.match(stdout, /a random mix of two neighbours on the path/);
});

test('questions certify only where something is certified; elsewhere policies are judged on them', async () => {
  for (const objective of [
    ['--budget', '0.001'],
    ['--value', '0.05'],
  ]) {
    const { stdout } = await tune(traces, ...LADDER_OPTION, ...objective);
    assert.match(stdout, /\nMeasured on questions that it was not fitted on, the policy costs \d/);
    assert.doesNotMatch(stdout, /that certify/);
    const belonging = await tune(
      traces.map((trace) => ({ ...trace, cluster: 'one' })),
      ...LADDER_OPTION,
      ...objective,
    );
    assert.match(belonging.stderr, /none is left to measure policies on/);
    assert.doesNotMatch(belonging.stderr, /certify/);
  }
  const promised = await tune(traces, ...LADDER_OPTION, '--max-loss', '0.2');
  assert.match(promised.stdout, /\nMeasured on the questions that certify it, the policy costs \d/);
});

test('where questions belong together it says what every one loses', async () => {
  const twice = traces.map((trace, row) => ({ ...trace, cluster: `c${row % 400}` }));
  const { stdout } = await tune(twice, ...LADDER_OPTION, '--max-loss', '0.2');
  assert.match(stdout, /one of each prompt or conversation\]/);
  assert.match(stdout, /Counting every question, it (?:loses|gains) [\d.]+ (?:of|over) its quality\./);
});

test('what a file calls its questions cannot steer the terminal', async () => {
  const named = traces.map((trace, row) => ({ ...trace, id: `\u001b]0;x\u0007${row % 2}` }));
  const { stderr } = await tune(named, ...LADDER_OPTION, '--max-loss', '0.08');
  assert.match(stderr, /line \d has the id '[^']*' already/);
  assert.ok(!stderr.includes('\u001b') && !stderr.includes('\u0007'));
});

test('without an objective, or with two, it is not guessed', async () => {
  const none = await tune(traces, ...LADDER_OPTION);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /no objective to tune for\. Use --max-loss, --budget or --value/);
  const two = await tune(traces, ...LADDER_OPTION, '--max-loss', '0.1', '--budget', '1');
  assert.notEqual(two.code, 0);
  assert.match(two.stderr, /cannot be used with/);
});

test('the command line’s objective comes before the route’s, and its certainty alone changes the route’s', () => {
  const rule = { kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } } as const;
  assert.deepEqual(objectiveOf({}, rule), rule.objective);
  assert.deepEqual(objectiveOf({ certainty: 0.95 }, rule), { maxQualityLoss: 0.02, certainty: 0.95 });
  assert.deepEqual(objectiveOf({ maxLoss: 0.1 }, rule), { maxQualityLoss: 0.1, certainty: 0.9 });
  assert.deepEqual(objectiveOf({ budget: 0.1, certainty: 0.95 }, rule), { budgetUsdPerRequest: 0.1 });
  assert.deepEqual(objectiveOf({ value: 0.1 }, undefined), { valueOfGoodAnswerUsd: 0.1 });
  assert.throws(() => objectiveOf({}, { kind: 'heuristic', version: 'v1' }), /no objective to tune for/);
});
