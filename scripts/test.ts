/**
 * Runs `npm test`: node's own test runner, over every test of the project or over the files named.
 *
 *     npm test -- [FILE…] [--test-name-pattern=PATTERN] [any other option of `node --test`]
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const folders = ['src', 'demo', 'scripts', 'test'];

/** Options of `node --test` whose value may be the next argument, where it would look like a file. */
const VALUED = new Set([
  '--test-name-pattern',
  '--test-skip-pattern',
  '--test-concurrency',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-shard',
  '--test-timeout',
  '--import',
]);

const options: string[] = [];
const files: string[] = [];
const given = process.argv.slice(2);
while (given.length > 0) {
  const argument = given.shift() ?? '';
  if (!argument.startsWith('-')) files.push(resolve(argument));
  else if (VALUED.has(argument)) options.push(argument, ...given.splice(0, 1));
  else options.push(argument);
}
const isGiven = (name: string): boolean => options.some((option) => option.split('=')[0] === name);

const defaults = {
  '--test-reporter': 'spec',
  '--test-concurrency': String(Math.max(2, availableParallelism())),
  // For a whole file. A test that hangs is reported instead of blocking everything.
  '--test-timeout': String(10 * 60_000),
};
for (const [name, value] of Object.entries(defaults)) {
  if (!isGiven(name)) options.push(`${name}=${value}`);
}
if (files.length === 0) files.push(...folders.map((folder) => join(root, folder, '**/*.test.ts')));

if (process.execve === undefined) throw new Error('the tests need a POSIX system');
process.chdir(root);
// This process becomes the runner, so that only the runner's signals, exit code and closing lines count.
process.execve(process.execPath, [process.execPath, '--test', ...options, ...files]);
