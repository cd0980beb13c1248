/**
 * Installs what clients are tested with, outside the tree.
 *
 *     node test/clients/install.ts core|second|GROUP…
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, GROUPS, missing, pythonOf, stampOf, type GroupName } from './groups.ts';

const names = Object.keys(GROUPS) as GroupName[];
const given = process.argv.slice(2);
const wanted = names.filter((name) => given.includes(name) || given.includes(GROUPS[name].set));
if (given.length === 0 || wanted.length === 0) {
  console.error(`Name a set (core, second) or groups: ${names.join(', ')}.`);
  process.exit(2);
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

for (const name of wanted) {
  if (missing(name) === false) continue;
  const { kind, packages } = GROUPS[name];
  const folder = folderOf(name);
  const began = Date.now();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (kind === 'python') {
    run('python3', ['-m', 'venv', folder], folder);
    run(pythonOf(name), ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages], folder);
  } else {
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    // npm may run on an older Node than the tests do.
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], folder);
  }
  writeFileSync(stampOf(name), JSON.stringify(packages));
  console.log(`${name}: installed in ${Math.round((Date.now() - began) / 1000)} s`);
}
