import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, weir } from './common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => ({ folder, remove } = await createFolder()));
after(() => remove());

test('--help lists the commands on standard output and ends with 0', async () => {
  const { code, stdout, stderr } = await weir(['--help'], folder);
  assert.deepEqual([code, stderr], [0, '']);
  for (const command of ['serve', 'init', 'check', 'doctor', 'record', 'replay', 'keys', 'migrate']) {
    assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'));
  }
});

test('--version prints the version of the package and ends with 0', async () => {
  const { code, stdout } = await weir(['--version'], folder);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('unusable arguments end with 2, and say what is meant', async () => {
  const misspelt = await weir(['serv'], folder);
  assert.equal(misspelt.code, 2);
  assert.match(misspelt.stderr, /Did you mean serve\?/);
  const option = await weir(['replay', 'x', '--rout', 'auto'], folder);
  assert.equal(option.code, 2);
  assert.match(option.stderr, /Did you mean --route\?/);
  assert.equal((await weir(['replay'], folder)).code, 2, 'an argument is missing');
  assert.equal((await weir([], folder)).code, 2, 'no command at all');
});

test('a configuration with problems ends every command with 2 and names them all', async () => {
  const file = join(folder, 'broken.yaml');
  await writeFile(file, 'upstreams: {}\nmodels: {}\nroutes: { auto: { tiers: [larg] } }\nlisten: nowhere\n');
  for (const command of [['serve'], ['doctor'], ['replay', 'x.jsonl'], ['keys', 'list'], ['migrate']]) {
    const { code, stderr } = await weir([...command, '--config', file], folder);
    assert.equal(code, 2, command.join(' '));
    assert.match(stderr, /broken\.yaml:3:\d+ routes\.auto\.tiers\.0: there is no model named 'larg'/);
    assert.match(stderr, /broken\.yaml:4:\d+ listen: it must be HOST:PORT/);
  }
});

test('a configuration that is not there ends with 2 and says what writes one', async () => {
  const { code, stderr } = await weir(['serve', '--config', 'none.yaml'], folder);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^weir: none\.yaml: the file does not exist; write one with `npm run -s weir -- init --output none.yaml`$/m,
  );
});

test('a reader that has read enough ends the command quietly', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => void (stderr += text.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.deepEqual([code, stderr], [0, '']);
});
