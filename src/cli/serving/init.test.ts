import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import type { Identify } from '../../config/init/detect.ts';
import { loadConfig } from '../../config/load/load.ts';
import { cloudQuestion, type AskCloud } from '../common/ask-at-terminal.ts';
import { failed } from '../common/exit.ts';
import { init, registerInit } from './init.ts';
import type { InitOptions, InitSurroundings } from './init.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-init-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
const newPath = (): string => join(folder, `weir-${++files}.yaml`);

/** A machine on which a server with two models answers on port 8080. */
const identify: Identify = async (baseUrl) =>
  baseUrl.includes(':8080')
    ? { kind: 'llama.cpp', chatModels: [{ id: 'qwen-4b' }, { id: 'qwen-32b' }], leftOut: [] }
    : undefined;
const nothing: Identify = async () => undefined;

function run(options: Partial<InitOptions>, surroundings: Partial<InitSurroundings> = {}) {
  return init(
    { output: newPath(), force: false, yesCloud: [], json: false, ...options },
    { environment: {}, identify, fetch, now: new Date('2026-11-01T00:00:00Z'), ...surroundings },
  );
}

test('what runs here is found, written, and said', async () => {
  const output = newPath();
  const { exitCode, stdout, stderr } = await run({ output });
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /The ladder is qwen-4b .* → qwen-32b .*\n/);
  assert.match(
    stdout,
    /Wrote .*\. Next, run `npm run -s weir -- check.*`, then `npm run -s weir -- serve.*`\.\n$/,
  );
  const loaded = loadConfig(output, {});
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.config.routes.auto?.tiers, ['qwen-4b', 'qwen-32b']);
});

test('a file that is there is not replaced, and nothing is looked for', async () => {
  const output = newPath();
  writeFileSync(output, 'mine');
  const never: Identify = async () => assert.fail('asked');
  const { exitCode, stderr } = await run({ output }, { identify: never });
  assert.equal(exitCode, 2);
  assert.match(stderr, /already exists and was not changed\. Replace it with --force/);
  assert.equal(readFileSync(output, 'utf8'), 'mine');
});

test('with force it is', async () => {
  const output = newPath();
  writeFileSync(output, 'mine');
  assert.equal((await run({ output, force: true })).exitCode, 0);
  assert.match(readFileSync(output, 'utf8'), /qwen-4b/);
});

test('a cloud provider is used only after a yes on the command line or at the terminal', async () => {
  const environment = { OPENAI_API_KEY: 'sk-very-secret', GEMINI_API_KEY: 'also-secret' };
  const upstreams = async (
    options: Partial<InitOptions>,
    more: Partial<InitSurroundings> = {},
  ): Promise<string[]> => {
    const output = newPath();
    const result = await run({ output, ...options }, { environment, ...more });
    assert.equal(result.exitCode, 0, result.stderr);
    assert.ok(!`${result.stdout}${readFileSync(output, 'utf8')}`.includes('secret'));
    const loaded = loadConfig(output, environment);
    assert.ok(loaded.ok);
    return Object.keys(loaded.config.upstreams);
  };
  assert.deepEqual(await upstreams({}), ['llama-cpp']);
  assert.deepEqual(await upstreams({ yesCloud: ['openai'] }), ['llama-cpp', 'openai']);
  assert.deepEqual(await upstreams({}, { ask: async () => false }), ['llama-cpp']);
  assert.deepEqual(await upstreams({}, { ask: async ({ name }) => name === 'gemini' }), [
    'llama-cpp',
    'gemini',
  ]);
});

test('nobody is asked about a provider that the command line names, or whose key is not there', async () => {
  const asked: string[] = [];
  const environment = { OPENAI_API_KEY: 'x', GEMINI_API_KEY: 'x' };
  const ask = async ({ name }: { name: string }): Promise<boolean> => {
    asked.push(name);
    return false;
  };
  await run({ yesCloud: ['openai'] }, { environment, ask });
  assert.deepEqual(asked, ['gemini']);
});

test('the question says whether a model here is asked first, and cancelling it writes no file', async () => {
  const environment = { OPENAI_API_KEY: 'x' };
  const questions: string[] = [];
  const ask: AskCloud = async (provider, hasLocal) => {
    questions.push(cloudQuestion(provider, hasLocal));
    throw failed('cancelled');
  };
  const output = newPath();
  await assert.rejects(run({ output }, { environment, ask }), /cancelled/);
  await assert.rejects(run({ output }, { environment, ask, identify: nothing }), /cancelled/);
  assert.match(questions[0] ?? '', /requests that no local model answers well to OpenAI/);
  assert.match(questions[1] ?? '', /no model runs on this machine\. Send every request to OpenAI/);
  assert.equal(existsSync(output), false);
});

test('with a cloud provider alone every question is said to go there', async () => {
  const { stdout } = await run(
    { yesCloud: ['openai'] },
    { environment: { OPENAI_API_KEY: 'x' }, identify: nothing },
  );
  assert.match(stdout, /You allowed OpenAI: every request goes to gpt-4\.1 there and costs money\./);
});

test('a yes to a provider that cannot be used ends with 2 and writes nothing', async () => {
  const output = newPath();
  const { exitCode, stderr } = await run({ output, yesCloud: ['openai', 'clouds'] });
  assert.equal(exitCode, 2);
  assert.match(stderr, /OPENAI_API_KEY is not set/);
  assert.match(stderr, /There is no cloud provider named 'clouds'/);
  assert.equal(existsSync(output), false);
});

test('with nothing to build from it writes a template, which check explains step by step', async () => {
  const output = newPath();
  const { exitCode, stdout } = await run({ output }, { identify: nothing });
  assert.equal(exitCode, 0);
  assert.match(
    stdout,
    /No model server answered\. .*\nNo model was found\. .*--force\.\nOr fill in .*weir-/s,
  );
  const lacking = (text: string): string[] => {
    writeFileSync(output, text);
    const loaded = loadConfig(output, { OPENAI_API_KEY: 'x' });
    return loaded.ok ? [] : loaded.problems.map(({ path }) => path);
  };
  const template = readFileSync(output, 'utf8');
  assert.ok(template.includes(`run:\n#   npm run -s weir -- check --config ${output}\n`), template);
  assert.deepEqual(lacking(template), ['upstreams', 'models', 'routes']);
  const [first = '', second = '', third = ''] = template.split(/^(?=# Step \d)/m).slice(1);
  const done = (step: string): string => step.replaceAll(/^ {2}# /gm, '  ');
  const head = template.slice(0, template.indexOf(first));
  assert.deepEqual(lacking(head + done(first) + second + third), ['models', 'routes']);
  assert.deepEqual(lacking(head + done(first) + done(second) + third), ['routes']);
  assert.deepEqual(lacking(head + done(first) + done(second) + done(third)), []);
  const loaded = loadConfig(output, { OPENAI_API_KEY: 'x' });
  assert.ok(loaded.ok && loaded.warnings.length === 0);
  assert.equal(loaded.config.models['small']?.maxOutputTokens, 1024);
});

test('a place that cannot be written to ends with 1', async () => {
  const { exitCode, stderr } = await run({ output: join(folder, 'none', 'weir.yaml') });
  assert.equal(exitCode, 1);
  assert.match(stderr, /cannot be written \(ENOENT\)/);
});

test('as JSON it is one document on standard output', async () => {
  const good = await run({ json: true });
  assert.equal(JSON.parse(good.stdout).ok, true);
  const bad = await run({ json: true, yesCloud: ['clouds'] });
  assert.deepEqual([bad.exitCode, bad.stderr, JSON.parse(bad.stdout).ok], [2, '', false]);
});

test('the command is registered with its options', () => {
  const program = new Command();
  registerInit(program);
  const [command] = program.commands;
  assert.equal(command?.name(), 'init');
  assert.deepEqual(
    command?.options.map(({ long }) => long),
    ['--output', '--force', '--yes-cloud', '--json'],
  );
});
