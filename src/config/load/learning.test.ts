import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DEFAULT_JUDGE_PROMPT } from '../../learning/labels/judge.ts';
import { describeChanges } from '../describe/describe-changes.ts';
import { parseConfig } from './load.ts';
import { formatProblem } from './problem.ts';
import { BASE, ENVIRONMENT, problemsOf, usable, warningsAbout } from '../testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-prompt-'));
after(() => rmSync(folder, { recursive: true }));

const learning = (keys: string): string => `${BASE}learning: { ${keys} }\n`;
const wrong = (keys: string): string[] =>
  problemsOf(learning(keys)).map((problem) => problem.replace(/^weir.yaml:\d+:\d+ learning\./, ''));

/** A file beside the configuration, and what loading says of it. */
function withPrompt(content: string | Uint8Array): { prompt: string | undefined; problems: string[] } {
  writeFileSync(join(folder, 'prompt.txt'), content);
  return loadedWith('prompt.txt');
}

function loadedWith(path: string): { prompt: string | undefined; problems: string[] } {
  const text = learning(`judge: large, judgePrompt: ${path}`);
  const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: ENVIRONMENT });
  return loaded.ok
    ? { prompt: loaded.config.learning?.judgePrompt, problems: [] }
    : {
        prompt: undefined,
        problems: loaded.problems.map((each) => formatProblem(each).replaceAll(folder, '')),
      };
}

test('without the block nothing is learned; an empty one takes every default', () => {
  assert.equal(usable(BASE).learning, undefined);
  assert.deepEqual(usable(learning('')).learning, {
    auditRate: 0.05,
    startRate: 0.25,
    closeRate: 0.05,
    dailyBudgetUsd: 1,
    maxConcurrent: 1,
    promote: 'automatic',
  });
});

test('a rate under two per cent would certify nothing, and is refused', () => {
  assert.match(wrong('auditRate: 0.01')[0] ?? '', /^auditRate: .*0\.02/);
  assert.match(wrong('startRate: 0')[0] ?? '', /^startRate: .*0\.02/);
  assert.match(wrong('closeRate: 2')[0] ?? '', /^closeRate: /);
  assert.match(wrong('dailyBudgetUsd: -1')[0] ?? '', /^dailyBudgetUsd: /);
  assert.match(wrong('maxConcurrent: 0')[0] ?? '', /^maxConcurrent: /);
  assert.match(wrong('agreement: fuzzy')[0] ?? '', /^agreement: .*exact.*number.*set/);
  assert.match(wrong('auditrate: 0.1')[0] ?? '', /did you mean 'auditRate'/);
});

test('the judge is a model of the configuration', () => {
  assert.equal(usable(learning('judge: large')).learning?.judge, 'large');
  assert.deepEqual(wrong('judge: larg'), ["judge: there is no model named 'larg'; did you mean 'large'?"]);
});

test('a judge that is one of the tiers it judges is warned of', () => {
  const route = 'routes:\n  auto: { tiers: [small, medium, large], objective: { maxQualityLoss: 0.02 } }\n';
  const warned = (judge: string): string[] => warningsAbout(`${learning(`judge: ${judge}`)}${route}`);
  assert.deepEqual(warned('large'), []);
  assert.match(
    warned('medium')[0] ?? '',
    /learning\.judge: this model would judge its own answers \(medium of route 'auto'\)/,
  );
});

test('a judge’s prompt is read from its file, relative to the configuration', () => {
  assert.deepEqual(withPrompt(DEFAULT_JUDGE_PROMPT), { prompt: DEFAULT_JUDGE_PROMPT, problems: [] });
});

test('a prompt that cannot be read, or lacks a placeholder, is a problem at its place', () => {
  mkdirSync(join(folder, 'a-folder'));
  const only = (found: ReturnType<typeof withPrompt>): string => {
    assert.equal(found.problems.length, 1, found.problems.join('\n'));
    return (found.problems[0] ?? '').replace(/^weir\.yaml:8:\d+ learning\.judgePrompt: /, '');
  };
  assert.equal(only(loadedWith('none.txt')), '/none.txt does not exist');
  assert.equal(only(loadedWith('a-folder')), 'this is a folder, not a file');
  assert.match(only(withPrompt('x'.repeat(70_000))), /larger than 65536 bytes/);
  assert.match(only(withPrompt(new Uint8Array([0xff, 0xfe, 0x00]))), /not UTF-8/);
  assert.match(
    only(withPrompt('{{question}} {{first}} {{second}}')),
    /lacks \{\{judged\}\}; docs\/learning\.md/,
  );
});

test('a prompt without a judge belongs to nothing', () => {
  writeFileSync(join(folder, 'prompt.txt'), DEFAULT_JUDGE_PROMPT);
  const text = learning('judgePrompt: prompt.txt');
  const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: ENVIRONMENT });
  assert.ok(!loaded.ok);
  assert.deepEqual(
    loaded.problems.map(({ path, message }) => [path, message]),
    [['learning.judgePrompt', 'it has no effect without `judge`; set `judge`, or remove it']],
  );
});

test('a change of what is learned is named', () => {
  assert.deepEqual(describeChanges(usable(BASE), usable(learning(''))), ['learning changed']);
  assert.deepEqual(describeChanges(usable(learning('')), usable(BASE)), ['learning changed']);
});
