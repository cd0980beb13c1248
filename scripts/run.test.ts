import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, test } from 'node:test';

const launcher = join(import.meta.dirname, 'run.mjs');
const childProgram = join(import.meta.dirname, 'child.mjs');

/** The variables npm leaves for its scripts would tell the launcher under test about the outer run. */
const cleanEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/i.test(name),
  ),
);
const systemPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** A Node of this machine that the package does not support, or undefined. */
const oldNode = systemPath
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(
    (file) => existsSync(file) && Number(/^v(\d+)/.exec(spawnSync(file, ['-v']).stdout.toString())?.[1]) < 24,
  );
const needsOldNode = oldNode === undefined ? { skip: 'this machine has no Node older than 24' } : {};

const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-run-')));
  folders.push(folder);
  return folder;
}

/**
 * A package with the launcher, and this very Node as its `node` dependency: like the real one it gets its binary
 * from an install script. That script notes each of its runs in `installs.txt`.
 */
function fixturePackage(programs: Record<string, string> = {}): string {
  const root = temporaryFolder();
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  mkdirSync(join(root, 'scripts'));
  mkdirSync(join(root, 'fake-node/bin'), { recursive: true });
  copyFileSync(launcher, join(root, 'scripts/run.mjs'));
  copyFileSync(childProgram, join(root, 'scripts/child.mjs'));
  write(
    'package.json',
    JSON.stringify({
      name: 'fixture',
      version: '1.0.0',
      scripts: { weir: 'exec node scripts/run.mjs program.mjs' },
      devDependencies: { node: 'file:fake-node' },
    }),
  );
  write(
    'package-lock.json',
    JSON.stringify({
      name: 'fixture',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'fixture', version: '1.0.0', devDependencies: { node: 'file:fake-node' } },
        'fake-node': { name: 'node', version: '1.0.0', dev: true, hasInstallScript: true },
        'node_modules/node': { resolved: 'fake-node', link: true },
      },
    }),
  );
  write(
    'fake-node/package.json',
    JSON.stringify({ name: 'node', version: '1.0.0', scripts: { preinstall: 'node install.mjs' } }),
  );
  write(
    'fake-node/install.mjs',
    `import { appendFileSync, rmSync, symlinkSync } from 'node:fs';
     await new Promise((wake) => setTimeout(wake, Number(process.env.INSTALL_MS ?? 0)));
     appendFileSync(${JSON.stringify(join(root, 'installs.txt'))}, 'once\\n');
     rmSync('bin/node', { force: true });
     symlinkSync(${JSON.stringify(process.execPath)}, 'bin/node');`,
  );
  for (const [name, text] of Object.entries({ 'program.mjs': 'console.log("ran")', ...programs }))
    write(name, text);
  return root;
}

/** The same package with its dependencies in place, without npm's help. */
function installedPackage(programs: Record<string, string> = {}): string {
  const root = fixturePackage(programs);
  mkdirSync(join(root, 'node_modules'));
  symlinkSync('../fake-node', join(root, 'node_modules/node'));
  symlinkSync(process.execPath, join(root, 'fake-node/bin/node'));
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: object;
  };
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  return root;
}

interface LaunchOptions {
  node?: string | undefined;
  cwd?: string;
  env?: Record<string, string>;
}

function launch(root: string, args: string[], options: LaunchOptions = {}): ChildProcess {
  const { node = process.execPath, cwd = root, env } = options;
  const child = spawn(node, [join(root, 'scripts/run.mjs'), ...args], {
    cwd,
    env: { ...cleanEnv, PATH: systemPath, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

async function ending(child: ChildProcess): Promise<Ending> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

function run(root: string, args: string[], options?: LaunchOptions): Promise<Ending> {
  return ending(launch(root, args, options));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The old Node runs the program as its child, the pinned Node runs it itself: both must behave alike. */
const launchers = [
  { name: 'the pinned Node', node: process.execPath, skip: {} },
  { name: 'an old Node', node: oldNode, skip: needsOldNode },
];

for (const { name, node, skip } of launchers) {
  test(`${name} passes on arguments, output and the exit code`, skip, async () => {
    const root = installedPackage({
      'program.mjs':
        'console.log(JSON.stringify([process.version, ...process.argv.slice(2)])); process.exitCode = 7;',
    });
    const ended = await run(root, ['program.mjs', '--json', 'two words', ''], { node });
    assert.deepEqual(JSON.parse(ended.stdout), [process.version, '--json', 'two words', '']);
    assert.equal(ended.stderr, '');
    assert.equal(ended.code, 7);
  });

  test(`${name} keeps the folder it was started in, and finds FILE in the package`, skip, async () => {
    const root = installedPackage({ 'program.mjs': 'console.log(process.cwd())' });
    const elsewhere = temporaryFolder();
    const ended = await run(root, ['program.mjs'], { node, cwd: elsewhere });
    assert.equal(ended.stdout.trim(), elsewhere);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`${name} lets the program answer ${signal} in its own way`, skip, async () => {
      const root = installedPackage({
        'program.mjs': `process.on('${signal}', () => { console.log('got it'); process.exit(3); });
                        setInterval(() => {}, 1000); console.log('ready');`,
      });
      const child = launch(root, ['program.mjs'], { node });
      const ended = ending(child);
      if (child.stdout) await once(child.stdout, 'data');
      child.kill(signal);
      const { code, stdout } = await ended;
      assert.equal(stdout, 'ready\ngot it\n');
      assert.equal(code, 3);
    });

    test(`${name} dies of ${signal} where the program does, and leaves no orphan`, skip, async () => {
      const root = installedPackage({
        'program.mjs': 'setInterval(() => {}, 1000); console.log(process.pid);',
      });
      const child = launch(root, ['program.mjs'], { node });
      const ended = ending(child);
      if (child.stdout) await once(child.stdout, 'data');
      child.kill(signal);
      const { signal: killedBy, stdout } = await ended;
      assert.equal(killedBy, signal);
      assert.equal(isAlive(Number(stdout)), false);
    });
  }

  test(`${name} reports the signal of a program that killed itself`, skip, async () => {
    const root = installedPackage({
      'program.mjs': "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);",
    });
    assert.equal((await run(root, ['program.mjs'], { node })).signal, 'SIGKILL');
  });

  test(`${name} installs the dependencies that are missing, silent on standard output`, skip, async () => {
    const root = fixturePackage({ 'program.mjs': 'console.log(process.version)' });
    const first = await run(root, ['program.mjs'], { node });
    assert.equal(first.stdout.trim(), process.version, first.stderr);
    assert.match(first.stderr, /installing the dependencies/);
    const second = await run(root, ['program.mjs'], { node });
    assert.equal(second.stderr, '');
    assert.equal(readFileSync(join(root, 'installs.txt'), 'utf8'), 'once\n');
  });
}

test('the pinned Node is the program, so that nothing is left even after SIGKILL', async () => {
  const root = installedPackage({ 'program.mjs': 'setInterval(() => {}, 1000); console.log(process.pid);' });
  const child = launch(root, ['program.mjs']);
  const ended = ending(child);
  if (child.stdout) await once(child.stdout, 'data');
  child.kill('SIGKILL');
  const { stdout } = await ended;
  assert.equal(Number(stdout), child.pid);
});

/** A program that listens, says its process and port, and is busy for a while after SIGTERM. */
const LISTENING = `import { createServer } from 'node:http';
  const server = createServer().listen(0, '127.0.0.1', () => console.log(process.pid, server.address().port));
  process.on('SIGTERM', () => server.close(() => console.log('drained')));`;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const outcome = await Promise.race([
    once(server.listen(port, '127.0.0.1'), 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return outcome;
}

test(
  'an old Node that is killed leaves no orphan on the port: its program ends as SIGTERM ends it',
  needsOldNode,
  async () => {
    const root = installedPackage({ 'program.mjs': LISTENING });
    const child = launch(root, ['program.mjs'], { node: oldNode });
    const ended = ending(child);
    assert.ok(child.stdout);
    const [pid, port] = String((await once(child.stdout, 'data'))[0])
      .split(' ')
      .map(Number);
    assert.ok(pid !== undefined && port !== undefined && pid !== child.pid);
    child.kill('SIGKILL');
    // The output ends when the last process that writes to it has ended.
    const { signal, stdout } = await ended;
    assert.equal(signal, 'SIGKILL');
    assert.match(stdout, /drained/);
    assert.equal(await isFree(port), true);
  },
);

for (const { name, node, skip } of launchers)
  test(`npm that is killed leaves no orphan on the port of ${name}`, skip, async () => {
    const root = installedPackage({ 'program.mjs': LISTENING });
    const env = {
      ...cleanEnv,
      PATH: node === process.execPath ? `${dirname(node)}:${systemPath}` : systemPath,
    };
    const npm = spawn('npm', ['run', '-s', 'weir'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(npm);
    const ended = ending(npm);
    const [pid, port] = String((await once(npm.stdout, 'data'))[0])
      .split(' ')
      .map(Number);
    assert.ok(pid !== undefined && port !== undefined && pid !== npm.pid);
    npm.kill('SIGKILL');
    assert.match((await ended).stdout, /drained/);
    assert.equal(await isFree(port), true);
  });

test('a lock that asks for another version is installed again', async () => {
  const root = installedPackage();
  const stamp = join(root, 'node_modules/.package-lock.json');
  writeFileSync(stamp, readFileSync(stamp, 'utf8').replaceAll('1.0.0', '0.9.0'));
  const ended = await run(root, ['program.mjs']);
  assert.equal(ended.stdout, 'ran\n', ended.stderr);
  assert.match(ended.stderr, /installing the dependencies/);
});

test('through a link nothing is installed: the folder behind it stays as it is, and the message says what to do', async () => {
  const [root, shared] = [fixturePackage(), temporaryFolder()];
  writeFileSync(join(shared, 'of-others.txt'), 'kept');
  symlinkSync(shared, join(root, 'node_modules'));
  const refused = await run(root, ['program.mjs']);
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /node_modules is a symbolic link.* Nothing was installed.* remove the link/);
  assert.equal(readFileSync(join(shared, 'of-others.txt'), 'utf8'), 'kept');
  assert.equal(existsSync(join(root, '.weir/install.lock')), false);
  rmSync(shared, { recursive: true });
  assert.match((await run(root, ['program.mjs'])).stderr, /node_modules is a symbolic link/);
  rmSync(join(root, 'node_modules'));
  assert.equal((await run(root, ['program.mjs'])).stdout, 'ran\n');
});

test('a link to what the lock asks for is used', async () => {
  const [root, owner] = [fixturePackage(), installedPackage()];
  symlinkSync(join(owner, 'node_modules'), join(root, 'node_modules'));
  const ended = await run(root, ['program.mjs']);
  assert.equal(ended.stdout, 'ran\n', ended.stderr);
});

test('two launchers at once install once, and both run', async () => {
  const root = fixturePackage();
  const endings = await Promise.all(
    [1, 2, 3].map(() => run(root, ['program.mjs'], { env: { INSTALL_MS: '700' } })),
  );
  assert.deepEqual(
    endings.map((ended) => ended.stdout),
    ['ran\n', 'ran\n', 'ran\n'],
  );
  assert.equal(readFileSync(join(root, 'installs.txt'), 'utf8'), 'once\n');
  assert.equal(existsSync(join(root, '.weir/install.lock')), false);
});

test('the lock of a launcher that was killed long ago does not keep others waiting', async () => {
  const root = fixturePackage();
  mkdirSync(join(root, '.weir'));
  writeFileSync(join(root, '.weir/install.lock'), '1');
  utimesSync(join(root, '.weir/install.lock'), new Date(0), new Date(0));
  assert.equal((await run(root, ['program.mjs'])).stdout, 'ran\n');
});

test('an installation that is interrupted dies of the signal and is made again', async () => {
  const root = fixturePackage();
  const child = launch(root, ['program.mjs'], { env: { INSTALL_MS: '60000' } });
  const ended = ending(child);
  if (child.stderr) await once(child.stderr, 'data');
  await new Promise((wake) => setTimeout(wake, 1_000));
  child.kill('SIGTERM');
  const { signal, stdout } = await ended;
  assert.equal(signal, 'SIGTERM');
  assert.equal(stdout, '');
  assert.equal(existsSync(join(root, '.weir/install.lock')), false);
  assert.equal((await run(root, ['program.mjs'])).stdout, 'ran\n');
});

test('an installation that fails ends with 1 and npm’s own words', async () => {
  const root = fixturePackage();
  writeFileSync(join(root, 'package-lock.json'), '{}');
  const ended = await run(root, ['program.mjs'], { env: { npm_config_loglevel: 'silent' } });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /npm error/);
  assert.match(ended.stderr, /npm ci failed in /);
});

test('without install scripts an old Node says what to type', needsOldNode, async () => {
  const root = fixturePackage();
  const env = { npm_config_ignore_scripts: 'true' };
  const ended = await run(root, ['program.mjs'], { node: oldNode, env });
  assert.equal(ended.code, 1);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, /npm rebuild node --ignore-scripts=false/);
});

test('without install scripts a Node that is new enough runs the program itself', async () => {
  const env = { npm_config_ignore_scripts: 'true' };
  const ended = await run(fixturePackage(), ['program.mjs'], { env });
  assert.equal(ended.stdout, 'ran\n', ended.stderr);
});

test('a pinned Node that cannot run on this machine is reported', needsOldNode, async () => {
  const root = installedPackage();
  const binary = join(root, 'fake-node/bin/node');
  rmSync(binary);
  writeFileSync(binary, '#!/no/such/loader\n');
  chmodSync(binary, 0o755);
  const ended = await run(root, ['program.mjs'], { node: oldNode });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /could not be started/);
});

test('through npm, from another folder, the program stands where its user does', async () => {
  const root = installedPackage({ 'program.mjs': 'console.log(process.cwd(), process.env.INIT_CWD)' });
  const elsewhere = temporaryFolder();
  const ended = spawnSync('npm', ['--prefix', root, 'run', '-s', 'weir'], {
    cwd: elsewhere,
    env: { ...cleanEnv, PATH: systemPath },
  });
  assert.equal(ended.stdout.toString().trim(), `${elsewhere} undefined`, ended.stderr.toString());
});

test('without a FILE it ends with 2 and its usage', async () => {
  const ended = await run(installedPackage(), []);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /usage: .*run\.mjs FILE/);
});

test('a missing npm is reported', async () => {
  const ended = await run(fixturePackage(), ['program.mjs'], { env: { PATH: dirname(launcher) } });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /npm could not be started/);
});
