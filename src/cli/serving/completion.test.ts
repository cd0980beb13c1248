import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { weir } from '../common/testing.ts';
import { createProgram } from '../program.ts';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const skipWithout = (shell: string) => ({ skip: !has(shell) && `this machine has no ${shell}` });

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-completion-'));
  writeFileSync(join(folder, 'mine.yaml'), '');
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout, stderr } = await weir(['completion', shell], folder);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

/** What a real bash offers for the last of these words. */
function offered(script: string, words: readonly string[]): string[] {
  const array = words.map((word) => `'${word}'`).join(' ');
  const ask = `${script}
COMP_WORDS=(weir ${array}); COMP_CWORD=${words.length}
_weir; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-uc', ask], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

test(
  'bash completes every command and option of the program, and files in their places',
  skipWithout('bash'),
  async () => {
    const script = await scriptOf('bash');
    const { commands } = await createProgram();
    assert.deepEqual(
      offered(script, ['']),
      commands.map((command) => command.name()),
    );
    assert.deepEqual(offered(script, ['re']), ['restore', 'review', 'record', 'replay', 'report']);
    assert.deepEqual(offered(script, ['keys', '']), ['create', 'list', 'revoke']);
    assert.deepEqual(offered(script, ['keys', 'create', '--o']), ['--operator']);
    assert.deepEqual(
      offered(script, ['keys', '--config', 'mine.yaml', 'cre']),
      ['create'],
      'after an option with a value',
    );
    const files: string[][] = [
      ['serve', '--config', ''],
      ['serve', '--config', 'm'],
      ['restore', 'm'],
      ['tune', ''],
    ];
    for (const words of files) assert.deepEqual(offered(script, words), [], 'so that bash offers files');
    for (const command of commands.filter((each) => each.commands.length === 0)) {
      const options = command.options.map(({ long }) => long);
      assert.deepEqual(offered(script, [command.name(), '--']), [...options, '--help'], command.name());
    }
  },
);

test(
  'bash offers files where no command and no option fits, as the shell does it',
  skipWithout('bash'),
  async () => {
    const script = await scriptOf('bash');
    const { stdout } = spawnSync('bash', ['-c', `${script}\ncomplete -p weir`], { encoding: 'utf8' });
    assert.match(stdout, /-o default .*-F _weir weir/);
  },
);

for (const shell of ['zsh', 'fish'])
  test(`${shell} can read its script`, skipWithout(shell), async () => {
    const input = await scriptOf(shell);
    const { status, stderr } = spawnSync(shell, ['-n'], { input, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });

test('every shell’s script names every command, and another shell ends with 2', async () => {
  const { commands } = await createProgram();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptOf(shell);
    for (const command of commands) assert.ok(script.includes(command.name()), `${shell}: ${command.name()}`);
  }
  const other = await weir(['completion', 'tcsh'], folder);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /bash, zsh, fish/);
});
