import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const watcher = pathToFileURL(join(import.meta.dirname, 'process-errors.ts')).href;

/** Runs code in a process that watches for what nobody caught; it says what it saw, and ends. */
function run(code: string): { lines: string[]; status: number | null } {
  const program = `
    const { watchUncaught } = await import(${JSON.stringify(watcher)});
    const say = (text) => console.log(text);
    const log = { debug() {}, info() {}, warn() {}, error: ({ error }, message) => say(message + ': ' + error) };
    watchUncaught({ log, onUncaught: (kind) => say('counted ' + kind), onFatal: () => { say('fatal'); process.exitCode = 1; } });
    ${code}
    setTimeout(() => say('still here'), 50);`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  return { lines: stdout.split('\n').filter((line) => !/^\s+at /.test(line) && line !== ''), status };
}

test('a rejected promise that nobody caught is logged and counted, and the process goes on', () => {
  const { lines, status } = run("void Promise.reject(new Error('it broke'));");
  assert.equal(lines[0], 'counted rejection');
  assert.match(lines[1] ?? '', /the gateway goes on: Error: it broke/);
  assert.equal(lines.at(-1), 'still here');
  assert.equal(status, 0);
});

test('an exception that nobody caught ends the process in order, once', () => {
  const { lines, status } = run(
    "for (const name of ['one', 'two']) setImmediate(() => { throw new Error(name); });",
  );
  assert.deepEqual(
    lines.filter((line) => line === 'fatal'),
    ['fatal'],
  );
  assert.equal(lines.filter((line) => line === 'counted exception').length, 2);
  assert.equal(lines.at(-1), 'still here');
  assert.equal(status, 1);
});

test('a credential in the message of such an error is not logged, and what is no error is logged as well', () => {
  const { lines } = run("void Promise.reject('Bearer abc123def456ghi789 was refused');");
  assert.match(lines.join('\n'), /\[redacted\] was refused/);
});
