import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { keepVersion } from '../../learning/versions/kept-version.ts';
import { startLoop } from '../../learning/loop/loop.ts';
import { beginEpoch } from '../../learning/loop/steps.ts';
import { testVersion } from '../../learning/table/testing.ts';
import { openStore } from '../../store/open.ts';
import { check, registerCheck } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-check-'));
after(() => rmSync(folder, { recursive: true }));

const GOOD = `upstreams:
  local: { baseUrl: http://127.0.0.1:11434/v1, location: on-premises }
models:
  small: { upstream: local, model: qwen3:4b }
  large: { upstream: local, model: qwen3:32b }
routes:
  auto: { serves: ["*"], tiers: [small, large], objective: { thresholds: [0.8] } }
`;
/** Its route waits for a version. */
const WAITING = GOOD.replace('thresholds: [0.8]', 'maxQualityLoss: 0.02');

function run(text: string, { json = false } = {}) {
  const path = join(folder, 'weir.yaml');
  writeFileSync(path, text);
  return check(path, { environment: {}, now: new Date('2026-11-01T00:00:00Z'), json });
}

test('a usable configuration ends with 0 and says what each route does', async () => {
  const { exitCode, stdout, stderr } = await run(GOOD);
  assert.equal(exitCode, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /weir\.yaml is usable\.\n/);
  assert.match(stdout, /listens on 127\.0\.0\.1, port 8787\. Only this machine can reach it\./);
  assert.match(stdout, /without the texts of prompts and answers/);
  assert.match(stdout, /\nRoute auto\n {2}Clients ask for it as 'auto' or as \*\.\n/);
});

test('an address that others can reach is told to need a key', async () => {
  assert.match(
    (await run(`${GOOD}listen: 0.0.0.0:8787\n`)).stdout,
    /it starts only after `npm run -s weir -- keys create.*` has made an API key/,
  );
});

test('problems go to standard error, all of them, and it ends with 2', async () => {
  const { exitCode, stdout, stderr } = await run(GOOD.replace('[small, large]', '[smal, larg]'));
  assert.equal(exitCode, 2);
  assert.equal(stdout, '');
  assert.deepEqual(
    stderr.split('\n').map((line) => line.replace(`${folder}/`, '')),
    [
      "weir.yaml:7:34 routes.auto.tiers.0: there is no model named 'smal'; did you mean 'small'?",
      "weir.yaml:7:40 routes.auto.tiers.1: there is no model named 'larg'; did you mean 'large'?",
      '',
    ],
  );
});

test('warnings go to standard error and do not make the file unusable', async () => {
  const { exitCode, stderr } = await run(
    GOOD.replace('location: on-premises', 'location: on-premises, apiKey: sk-literal'),
  );
  assert.equal(exitCode, 0);
  assert.match(stderr, /^warning: .*this credential is written into the file/);
  assert.ok(!stderr.includes('sk-literal'));
});

test('a file that is not there ends with 2', async () => {
  const result = await check(join(folder, 'none.yaml'), { environment: {}, now: new Date(0), json: false });
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /the file does not exist; write one with `npm run -s weir -- init/);
});

test('as JSON it is one document on standard output, good or bad', async () => {
  const good = await run(GOOD, { json: true });
  const report = JSON.parse(good.stdout);
  assert.equal(good.exitCode, 0);
  assert.equal(report.ok, true);
  assert.deepEqual(report.routes[0].tiers, ['small', 'large']);
  const bad = await run('models: 5\n', { json: true });
  assert.equal(bad.exitCode, 2);
  assert.equal(bad.stderr, '');
  const { ok, problems } = JSON.parse(bad.stdout);
  assert.equal(ok, false);
  assert.deepEqual(problems[1], {
    file: join(folder, 'weir.yaml'),
    line: 1,
    column: 9,
    path: 'models',
    message: 'it must be a map of names, but is the number 5',
  });
});

test('the version in force is said where it applies, and why it does not where it does not', async () => {
  const versioned = GOOD.replace('thresholds: [0.8]', 'maxQualityLoss: 0.02')
    .replace('qwen3:4b', 'small-model, identity: made up')
    .replace('qwen3:32b', 'large-model, identity: made up');
  assert.match((await run(versioned)).stdout, /No version is certified to lose at most 2 %/);
  assert.equal(existsSync(join(folder, 'weir.db')), false, 'asking makes no store');

  const hand = { by: 'ada', atMs: 1 };
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  const { hash } = await keepVersion(store, testVersion(), hand);
  await store.promoteVersion(hash, hand);
  await store.close();
  assert.match((await run(versioned)).stdout, new RegExp(`  Version ${hash} is in force: certified\\.\n`));
  const again = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  const { state } = beginEpoch(startLoop(0), 'The traffic changed.', { nowMs: Date.now(), upTo: 1 });
  await again.takeJob('learn:auto', 'me', 1_000);
  await again.stepJob('learn:auto', 'me', 1, { state: JSON.stringify(state), events: [], versions: [] });
  await again.close();
  assert.match(
    (await run(versioned)).stdout,
    new RegExp(`  Version ${hash} is in force: not certified\\.\n`),
  );
  const changed = await run(versioned.replace('small-model', 'newer'));
  assert.match(
    changed.stdout,
    new RegExp(`promoted version does not apply: version ${hash} was made for small as 'small-model'`),
  );
});

test('a store that serve would not open is a problem at its place, and what the routes would do is said all the same', async () => {
  const damaged = join(folder, 'damaged.db');
  writeFileSync(damaged, 'no database');
  const newer = join(folder, 'newer.db');
  await (await openStore(`sqlite:${newer}`)).close();
  const database = new DatabaseSync(newer);
  database.exec("insert into weir_migration values (99, 'of the future', 0)");
  database.close();
  for (const [path, message] of [
    ['damaged.db', /damaged\.db is not a SQLite database/],
    ['newer.db', /newer\.db was last used by a newer Weir/],
    ['no/weir.db', /no\/weir\.db cannot be created: its folder does not exist/],
    ['damaged.db/weir.db', /damaged\.db\/weir\.db cannot be created: its folder is not a folder/],
  ] as const) {
    const { exitCode, stdout, stderr } = await run(`${WAITING}store: sqlite:./${path}\n`);
    assert.equal(exitCode, 1, path);
    assert.match(
      stdout,
      /weir\.yaml is usable, but its store is not: `npm run -s weir -- serve --config \S+` would not start\.\n/,
    );
    assert.match(stdout, /The versions in force are not known\.\n/);
    assert.match(stdout, /\nRoute auto\n/);
    assert.doesNotMatch(stdout, /No version is certified/);
    assert.match(
      stdout,
      /\n {2}The version in force on this route, if any, is not known: the store could not be read\.\n/,
    );
    assert.match(stderr, /^\/.*weir\.yaml:8:8 store: The store /);
    assert.match(stderr, message);
    const report = JSON.parse((await run(`${GOOD}store: sqlite:./${path}\n`, { json: true })).stdout);
    assert.deepEqual([report.ok, report.problems[0].path, report.routes.length], [false, 'store', 1]);
  }
  assert.equal(existsSync(join(folder, 'no')), false);
});

test('a store that is not there yet is told to be made', async () => {
  const { exitCode, stdout } = await run(`${GOOD}store: sqlite:./new.db\n`);
  assert.equal(exitCode, 0);
  assert.match(
    stdout,
    /recorded in .*new\.db, .*\nThe store does not exist yet; `npm run -s weir -- serve.*` creates it\.\n/,
  );
  assert.equal(existsSync(join(folder, 'new.db')), false, 'asking makes no store');
  assert.doesNotMatch((await run(`${GOOD}store: sqlite::memory:\n`)).stdout, /not there yet/);
});

test('tables of an older Weir are told to be brought up to date, and are left as they are', async () => {
  const path = join(folder, 'older.db');
  const store = await openStore(`sqlite:${path}`);
  await store.close();
  const before = new DatabaseSync(path);
  before.exec('delete from weir_migration where number > 2');
  before.close();
  const { exitCode, stdout, stderr } = await run(`${WAITING}store: sqlite:./older.db\n`);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(
    stdout,
    /The store was written by an older Weir\. `npm run -s weir -- serve.*` or `npm run -s weir -- migrate.*` will update its tables \(3 paid signals, 4 learning(?:, \d+ [a-z ]+)*\); until then the versions in force are not known\.\n/,
  );
  assert.doesNotMatch(stdout, /No version is certified/);
  assert.match(
    stdout,
    /in force on this route, if any, is not known: the store was written by an older Weir\.\n/,
  );
  const looked = new DatabaseSync(path, { readOnly: true });
  assert.equal(looked.prepare('select max(number) as latest from weir_migration').get()?.['latest'], 2);
  looked.close();
});

test('the command is registered with its options', () => {
  const program = new Command();
  registerCheck(program);
  const [command] = program.commands;
  assert.equal(command?.name(), 'check');
  assert.deepEqual(
    command?.options.map(({ long }) => long),
    ['--config', '--json'],
  );
});
