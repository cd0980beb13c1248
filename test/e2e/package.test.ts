/**
 * The package as `npm install -g` sets it up, away from the checkout: what runs from TypeScript there must run compiled here, with
 * its threads, its processes and the files that it reads. Needs npm, and its registry or what npm has kept of it.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { askAll, readQuestions, referenceLine } from '../../demo/traffic.ts';
import { createRandom, shuffled } from '../../src/calibration/fit/random.ts';
import type * as Judging from '../../src/schemas/judge.ts';
import { root } from '../project.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'weir-package-'));
const packed = join(folder, 'packed');
const prefix = join(folder, 'global');
const installed = join(prefix, 'lib/node_modules/weir-gateway');
const command = join(prefix, 'bin/weir');
const here = join(folder, 'empty');
/** Node 24 for the command's first line, and nothing of the checkout. */
const env = {
  PATH: [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.startsWith(root)),
  ].join(delimiter),
  HOME: process.env['HOME'] ?? '',
  XDG_CACHE_HOME: join(folder, 'cache'),
  NO_COLOR: '1',
};

/** Why the package could not be installed; on a machine that has to, that fails. */
let obstacle: string | undefined;
const children: ChildProcess[] = [];

before(async () => {
  await run(process.execPath, [join(root, 'scripts/release.ts'), '--try', '--out', packed], { cwd: root });
  const file = readdirSync(packed).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(here);
  const args = [
    'install',
    '-g',
    `--prefix=${prefix}`,
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=0',
  ];
  try {
    await run('npm', [...args, join(packed, file)], { cwd: here });
  } catch (error) {
    const words = String(error);
    if (
      process.env['CI'] !== undefined ||
      !/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENOTCACHED|ETIMEDOUT/.test(words)
    )
      throw error;
    obstacle = 'npm could not reach its registry';
  }
});
after(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

const weir = (...args: string[]) => spawnSync(command, args, { cwd: here, env, encoding: 'utf8' });

/** Starts the installed gateway, and gives its address once it says it. */
async function serve(
  ...args: string[]
): Promise<{ child: ChildProcess; origin: string; output: () => string }> {
  const child = spawn(command, ['serve', '--listen', '127.0.0.1:0', ...args], { cwd: here, env });
  children.push(child);
  let output = '';
  const origin = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      const [, address] = /listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', () => reject(new Error(output)));
  });
  return { child, origin, output: () => output };
}

describe('the installed package', () => {
  const installs = (name: string, work: () => Promise<void> | void): void =>
    void test(name, (context) => (obstacle === undefined ? work() : context.skip(obstacle)));

  installs('says its version and lists its commands', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual([weir('--version').stdout, weir('--version').stderr], [`${version}\n`, '']);
    assert.match(weir('--help').stdout, /^Usage: weir /);
    // This reads the file of every command, with all that it imports.
    const completion = weir('completion', 'bash');
    assert.deepEqual([completion.status, completion.stderr], [0, '']);
    assert.ok(
      existsSync(join(folder, 'cache/weir/compiled')),
      'what Node compiled is kept in the user’s folder',
    );
  });

  installs('names commands as they are typed here', () => {
    assert.match(weir('check').stderr, /write one with `weir init`/);
  });

  installs('has its own files and nothing of the checkout', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.startsWith('node_modules'),
    );
    assert.deepEqual(
      files.filter(
        (name) => name.endsWith('.ts') || name.includes('.test.') || /(^|\/)testing\.js$/.test(name),
      ),
      [],
    );
    for (const name of [
      'LICENSE',
      'NOTICE',
      'README.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'deploy/systemd/weir.service',
    ])
      assert.ok(files.includes(name), name);
  });

  installs(
    'is one process, answers the demonstration, keeps a record, and backs it up while it runs',
    async () => {
      const { child, origin } = await serve('--demonstration');
      assert.equal(childrenOf(child.pid ?? 0), '', 'no process behind the one that was started');
      const questions = readQuestions().slice(0, 3);
      await askAll(questions, origin);
      assert.match(weir('backup', 'copy.db').stdout, /^copy\.db: /);
      const traces = someTraces(300);
      const ladder = ['--tiers', 'small,medium,large', '--max-loss', '0.05'];
      const page = weir('report', traces, ...ladder, '--out', 'report.html');
      assert.equal(page.status, 0, page.stderr);
      assert.match(readFileSync(join(here, 'report.html'), 'utf8'), /<svg/);
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      assert.equal(weir('restore', 'copy.db').status, 0);
      assert.equal(weir('export', '--out', 'history.jsonl').status, 0);
      assert.equal(readFileSync(join(here, 'history.jsonl'), 'utf8').trim().split('\n').length, 3);
    },
  );

  installs('judges what clients wrote in a process of its own', async () => {
    const url = pathToFileURL(join(installed, 'dist/schemas/judge.js')).href;
    const { createSchemaJudge } = (await import(url)) as typeof Judging;
    const judge = createSchemaJudge();
    const value = 'x'.repeat(1_000_000);
    const verdict = await judge.judge({
      schema: { type: 'string' },
      value,
      text: JSON.stringify(value),
      key: 'k',
    });
    assert.equal(judge.state.processesStarted, 1);
    judge.close();
    assert.equal(verdict.verdict, 'fits');
  });

  installs('learns in its own thread', async () => {
    copyFileSync(join(installed, 'demo/learning.yaml'), join(here, 'learning.yaml'));
    writeFileSync(
      join(here, 'learning.yaml'),
      readFileSync(join(here, 'learning.yaml'), 'utf8').replace('../learning-demo.db', './learning.db'),
    );
    const questions = shuffled(readQuestions(), createRandom(1)).slice(0, 200);
    writeFileSync(
      join(here, 'references.jsonl'),
      questions.map((each) => `${referenceLine(each)}\n`).join(''),
    );
    const imported = weir('labels', 'import', 'references.jsonl', '--config', 'learning.yaml');
    assert.equal(imported.status, 0, imported.stderr);
    const { child, origin, output } = await serve('--demonstration', '--config', 'learning.yaml');
    await askAll(questions, origin);
    const fitted = /A candidate was fitted on \d+ audits and frozen/;
    while (!fitted.test(output())) {
      assert.equal(child.exitCode, null, output());
      await new Promise((wake) => setTimeout(wake, 200));
    }
    assert.match(weir('learning', '--config', 'learning.yaml').stdout, /Labels: \d+ audits with a verdict/);
  });

  const oldNode = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((each) => join(each, 'node'))
    .find(
      (file) =>
        existsSync(file) && Number(/^v(\d+)/.exec(spawnSync(file, ['-v']).stdout.toString())?.[1]) < 24,
    );

  test(
    'an old Node says in one line that it is too old',
    { skip: oldNode === undefined && 'this machine has no Node older than 24' },
    () => {
      const { status, stdout, stderr } = spawnSync(oldNode ?? '', [join(root, 'scripts/weir.cjs'), 'serve'], {
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^weir: Weir needs Node 24\.15 or newer, but this is \d+\.\d+\.\d+\. .*\n$/);
    },
  );
});

/** The first of the packed recordings, in a file of their own: a report on all of them takes long. */
function someTraces(count: number): string {
  const all = gunzipSync(readFileSync(join(installed, 'demo/traces.jsonl.gz'))).toString();
  const file = join(here, 'some.jsonl');
  writeFileSync(file, `${all.split('\n').slice(0, count).join('\n')}\n`);
  return file;
}

/** The processes that a process has started. */
function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
}
