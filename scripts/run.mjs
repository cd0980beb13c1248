/**
 * Runs FILE of this package from any Node ≥ 18: in this process, or where it is too old, on the Node that the package pins:
 *
 *     node scripts/run.mjs FILE [ARGS…]
 *
 * Installs the dependencies first if they are missing. FILE is relative to the package; the program runs in the user's
 * current folder. This is plain JavaScript without dependencies, because it runs before TypeScript and node_modules are
 * available.
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** As `engines` in package.json says. */
const OLDEST_NODE = '24.15';
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'];
const HEARTBEAT_MS = 1_000;
const STALE_LOCK_MS = 15_000;
const LOOK_FOR_NPM_MS = 1_000;

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const modules = join(root, 'node_modules');
const pinnedNode = join(root, 'node_modules/node/bin/node');
const installedLock = join(root, 'node_modules/.package-lock.json');
const childProgram = join(root, 'scripts/child.mjs');
const mutex = join(root, '.weir/install.lock');

/** @param {string} message */
function say(message) {
  process.stderr.write(`weir: ${message}\n`);
}

/** @param {string} message @returns {never} */
function fail(message) {
  say(message);
  process.exit(1);
}

/** npm leaves a list of what it installed. It must have every package of the lock file, in the same version. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return true;
      const found = present[path];
      if (!found) return entry.optional === true;
      return found.version === entry.version && (!entry.integrity || found.integrity === entry.integrity);
    });
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end and passes on the signals that this process receives; to a detached program and all its
 * descendants.
 *
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, received: NodeJS.Signals | null }>}
 */
function runToEnd(command, args, options) {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, options);
    /** @type {NodeJS.Signals | null} */
    let received = null;
    /** @type {(signal: NodeJS.Signals) => void} */
    const send = (signal) => {
      if (!options.detached || !child.pid) return void child.kill(signal);
      try {
        process.kill(-child.pid, signal);
      } catch {
        // They have all ended.
      }
    };
    /** @type {(signal: NodeJS.Signals) => void} */
    const forward = (signal) => {
      received = signal;
      // A terminal sends Ctrl-C to its whole process group: a program that is not detached has it already.
      if (signal === 'SIGINT' && process.stdin.isTTY && !options.detached) return;
      send(signal);
    };
    const stopForwarding = () => FORWARDED.forEach((signal) => process.off(signal, forward));
    const killChild = () => send('SIGKILL');
    FORWARDED.forEach((signal) => process.on(signal, forward));
    process.on('exit', killChild);
    child.on('error', (error) => {
      stopForwarding();
      process.off('exit', killChild);
      reject(error);
    });
    child.on('exit', (code, signal) => {
      stopForwarding();
      process.off('exit', killChild);
      settle({ code, signal, received });
    });
  });
}

/** Ends this process the way its child ended. @param {number | null} code @param {NodeJS.Signals | null} signal */
function endLike(code, signal) {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(1), 1_000);
}

/** Takes the lock file, or returns false if a running launcher holds it. */
function takeMutex() {
  try {
    mkdirSync(dirname(mutex), { recursive: true });
    writeFileSync(mutex, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'EEXIST') fail(`cannot write ${mutex}: ${message}`);
  }
  try {
    if (Date.now() - statSync(mutex).mtimeMs > STALE_LOCK_MS) rmSync(mutex);
  } catch {
    // Its holder has just released it.
  }
  return false;
}

/** Shows the waiting launchers that the holder of the lock file is alive. */
function keepMutex() {
  try {
    utimesSync(mutex, new Date(), new Date());
  } catch {
    // Another launcher took this one for dead and removed the file. npm itself goes on.
  }
}

/** npm follows a link and empties the folder behind it, which others may be using. */
function refuseLink() {
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  fail(
    `${modules} is a symbolic link, and what it leads to is not what package-lock.json asks for. Nothing was installed, ` +
      'because npm would first empty that folder. Bring it up to date where it lies, or remove the link: ' +
      'the next start then installs into a folder of its own.',
  );
}

/** Runs `npm ci`, one launcher at a time. Returns once node_modules matches the lock file. */
async function install() {
  refuseLink();
  for (let waits = 0; !takeMutex(); waits += 1) {
    if (waits === 0) say('waiting for another launcher to install the dependencies');
    await new Promise((wake) => setTimeout(wake, 200));
  }
  const release = () => rmSync(mutex, { force: true });
  process.on('exit', release);
  const heartbeat = setInterval(keepMutex, HEARTBEAT_MS);
  try {
    if (!isInstalled()) await npmCi();
  } finally {
    clearInterval(heartbeat);
    release();
    process.off('exit', release);
  }
}

async function npmCi() {
  say('installing the dependencies (npm ci)');
  // An interrupted installation must not look like a finished one.
  rmSync(installedLock, { force: true });
  // npm must not run on the Node that it is about to delete.
  const ownBin = join(root, 'node_modules/.bin');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => resolve(folder) !== ownBin);
  const options = ['--include=dev', '--no-engine-strict', '--no-audit', '--no-fund', '--loglevel=error'];
  const ended = await runToEnd('npm', ['ci', `--prefix=${root}`, ...options], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 2, 2],
    detached: true,
  }).catch((error) => fail(`npm could not be started (${error.message})`));
  if (ended.received !== null) {
    rmSync(mutex, { force: true });
    endLike(null, ended.received);
    await new Promise(() => {});
  }
  if (ended.code !== 0) fail(`npm ci failed in ${root}`);
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // From 24.15 on, Node's SQLite is no experiment any more.
  return major >= 26 || (major === 24 && minor >= 15);
}

/** The pinned Node, for a Node that is too old itself. */
function choosePinned() {
  if (existsSync(pinnedNode)) return pinnedNode;
  return fail(
    `Weir needs Node ${OLDEST_NODE} or newer, but this is ${process.versions.node}. Its own Node could not be set up, ` +
      `because npm's install scripts are switched off.\nRun this once in ${root}:\n\n` +
      '    npm rebuild node --ignore-scripts=false\n',
  );
}

/** How the user types a command of Weir: the program prints commands that can be pasted. */
function callingWords() {
  const { INIT_CWD: callersFolder = '' } = process.env;
  const fromRoot = relative(root, realpathSync(existsSync(callersFolder) ? callersFolder : process.cwd()));
  if (!fromRoot.startsWith('..') && !isAbsolute(fromRoot)) return 'npm run -s weir --';
  return `npm --prefix ${/^[\w./@:+-]+$/.test(root) ? root : `'${root.replaceAll("'", "'\\''")}'`} run -s weir --`;
}

/** npm moves to the package before it runs a script, and leaves the user's folder in INIT_CWD. */
function enterCallersFolder() {
  const { INIT_CWD: callersFolder, npm_package_json: packageJson } = process.env;
  delete process.env.INIT_CWD;
  if (!callersFolder || !packageJson || !existsSync(callersFolder)) return;
  if (realpathSync(dirname(packageJson)) === root && process.cwd() === root) process.chdir(callersFolder);
}

/**
 * Ends this process, as SIGTERM does, when the npm that started it is gone: npm that is killed passes nothing on. Where
 * somebody else started it, nothing is watched: a program may outlive its shell.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_script?.startsWith('exec node scripts/run.mjs') !== true) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_FOR_NPM_MS);
  watch.unref();
}

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  say('usage: node scripts/run.mjs FILE [ARGS…]');
  process.exit(2);
}
if (!isInstalled()) await install();
if (file.endsWith('.ts')) process.env.WEIR_COMMAND ??= callingWords();
enterCallersFolder();
endWithNpm();
const program = resolve(root, file);
if (isNewEnough(process.versions.node)) {
  // This process is the program: there is none beside it.
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
} else {
  const node = choosePinned();
  const ended = await runToEnd(node, [childProgram, program, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  }).catch((error) =>
    fail(
      `${node} could not be started (${error.message}); use your own Node ${OLDEST_NODE} or newer instead`,
    ),
  );
  endLike(ended.code, ended.signal);
}
