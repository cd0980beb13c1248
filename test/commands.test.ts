/**
 * The commands that the documents tell to type: each is one that the program takes, and those of README and of docs/cli.md that need
 * neither an account nor a model run as they are printed, in a checkout of their own.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { filesOf, root, textOf } from './project.ts';

const DOCUMENTS = filesOf('*.md', 'docs/*.md', 'demo/*.md');
const CALLED = /^(?:\$ )?(?:npm run -s weir -- |weir )(?=[a-z])/;

/** The commands of a document: lines of its blocks, and code between backticks. */
function commandsOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^(`{3,})[a-z]*\n(.*?)^\1/gms)].flatMap(([, , block = '']) =>
    block.split('\n').map((line) => line.trim()),
  );
  const spans = [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const inner = [...blocks, ...spans].filter((each) => CALLED.test(each));
  return inner.map((each) => each.replace(CALLED, '').replace(/ +#.*$/, ''));
}

/** A command's words as a shell gives them; `undefined` where it is no whole command: a pattern, or a sentence. */
function wordsOf(command: string): string[] | undefined {
  if (/[…|<>;&()[\]*]/.test(command)) return undefined;
  return (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}

/** What the program says of a command that has not all its arguments. */
const NOT_WHOLE: ReadonlySet<string> = new Set([
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
]);

/** Makes a command do nothing, so that only its arguments are read. */
function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(disarm);
}

test('every command that a document tells to type is one that the program takes', async () => {
  let seen = 0;
  for (const document of DOCUMENTS) {
    for (const command of commandsOf(textOf(document))) {
      const words = wordsOf(command);
      // A name by itself, such as `weir tune`, is spoken of, and needs no arguments there.
      if (words === undefined || words.every((word) => /^[a-z]+$/.test(word))) continue;
      const program = await createProgram();
      disarm(program);
      seen += 1;
      // In a sentence, a command may stand for itself with one of its options.
      await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => {
        const { code, message } = error as { code?: string; message: string };
        // A word in capitals stands for a value, which may be one of a few.
        const isPlaceholder =
          code === 'commander.invalidArgument' && words.some((word) => /^[A-Z]+$/.test(word));
        if (!NOT_WHOLE.has(code ?? '') && !isPlaceholder) assert.fail(`${document}: ${command}: ${message}`);
      });
    }
  }
  assert.ok(seen > 20, String(seen));
});

/**
 * In the place of the launcher, which has tests of its own: it only starts the program. The real one would install what a changed lock
 * file names, and a test must not change what is installed.
 */
const LAUNCHER = `
const [file, ...args] = process.argv.slice(2);
process.env.WEIR_COMMAND = 'npm run -s weir --';
process.argv = [process.execPath, file, ...args];
await import(${JSON.stringify(pathToFileURL(join(root, '/')).href)} + file);
`;

let folder: string;
const started: ChildProcess[] = [];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-readme-'));
  for (const name of ['src', 'demo']) symlinkSync(join(root, name), join(folder, name));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'scripts/run.mjs'), LAUNCHER);
});
after(() => {
  for (const { pid, exitCode } of started)
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts a line of the README in the checkout, as a shell does. */
function type(line: string, environment: Record<string, string> = {}): ChildProcess {
  // The Node of this process, whatever the path begins with.
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH, HOME: folder, XDG_STATE_HOME: join(folder, '.state'), ...environment };
  return spawn('sh', ['-c', line], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function typed(
  line: string,
  environment?: Record<string, string>,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = type(line, environment);
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => void (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => void (err += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

/** A line of README that stands there word for word. */
function fromReadme(text: string): string {
  assert.ok(textOf('README.md').includes(text), `README has no '${text}'`);
  return text;
}

let address = '';

test('README: npm start serves the demonstration, and the curl line gets the answer that is printed', async () => {
  const child = type(`${fromReadme('npm start')} -- --listen 127.0.0.1:0`);
  started.push(child);
  let said = '';
  address = await new Promise<string>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [, found] = /Weir listens on (\S+)\. /.exec(said) ?? [];
      if (found !== undefined && said.includes('To use your own models')) resolve(found);
    });
    child.on('close', () => reject(new Error(said)));
  });
  const [, curl = '', printed = ''] =
    /^\$ (curl .*)\n((?:.*\n)*?)```/m.exec(textOf('README.md')) ?? assert.fail('README has no curl line');
  const { code, out } = await typed(curl.replace('http://127.0.0.1:8787', address));
  assert.equal(code, 0, out);
  /** What is the same for every request. */
  const shape = (text: string): string[] =>
    text
      .replaceAll('\r', '')
      .split('\n')
      .map((each) => each.replace(/^(x-weir-id): .*/, '$1').replace(/"(?:id|created)":[^,]*,/g, ''));
  assert.deepEqual(shape(out), shape(printed));
});

test('README: what is typed beside the demonstration works on it', async () => {
  const learning = await typed(fromReadme('npm run -s weir -- learning'));
  assert.deepEqual([learning.code, /Route auto/.test(learning.out)], [0, true], learning.err);
  const replayed = await typed(
    fromReadme('npm run -s weir -- replay FILE').replace('FILE', 'demo/traces.jsonl.gz'),
  );
  assert.equal(replayed.code, 0, replayed.err);
  const keys = await typed(fromReadme('npm run -s weir -- keys create'));
  assert.match(keys.err, new RegExp(`^Store: weir\\.db, .*; a gateway runs on it at ${address}`));
  assert.match(keys.out, /^weir-\S{43}\n$/);
});

test('README: the tuned policy of the demonstration costs what README says', async () => {
  const { code, out, err } = await typed(
    fromReadme(
      'npm run -s weir -- tune demo/traces.jsonl.gz --tiers small,medium,large --max-loss 0.05 --certainty 0.9',
    ),
  );
  assert.equal(code, 0, err);
  const [, cost = ''] = /by the command above, costs (\d+ %)/.exec(textOf('README.md')) ?? [];
  const [, found = ''] = /the policy costs ([\d.]+) %/.exec(out) ?? assert.fail(out);
  assert.equal(`${Math.round(Number(found))} %`, cost);
});

test('README: its configuration is one that check explains; init beside it refuses, and says how to replace it', async () => {
  const [, yaml = ''] = /```yaml\n(# weir\.yaml.*?)```/s.exec(textOf('README.md')) ?? [];
  writeFileSync(join(folder, 'weir.yaml'), yaml);
  const check = await typed(fromReadme('npm run -s weir -- check'), { OPENAI_API_KEY: 'sk-of-nobody' });
  assert.equal(check.code, 0, check.err);
  assert.match(check.out, /^weir\.yaml is usable/);
  const init = await typed(fromReadme('npm run -s weir -- init'));
  assert.deepEqual([init.code, /already exists/.test(init.err)], [2, true], init.err);
  rmSync(join(folder, 'weir.yaml'));
});

test('docs/cli.md: its examples that need no model run as printed', async () => {
  const examples = commandsOf(textOf('docs/cli.md')).filter((each) => /^(?:savings|replay demo)/.test(each));
  assert.ok(examples.length >= 3, examples.join('\n'));
  for (const example of examples.filter((each) => wordsOf(each)?.some((word) => word.startsWith('--')))) {
    const { code, err } = await typed(`npm run -s weir -- ${example}`);
    assert.equal(code, 0, `${example}: ${err}`);
  }
});
