import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encode } from 'gpt-tokenizer';
import { checks, scoreAnswer } from '../src/traces/check.ts';
import { questionLines, questionsFile } from './generate.ts';
import { normalisedPrompt, shortAnswer } from './questions/all.ts';
import type { Question } from './questions/all.ts';

const text = readFileSync(questionsFile, 'utf8');
const questions = text
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Question);
const groups = Map.groupBy(questions, ({ group }) => group);
const count = (...names: string[]): number =>
  names.reduce((sum, name) => sum + (groups.get(name)?.length ?? 0), 0);
const distinct = (values: readonly string[]): number => new Set(values).size;

test('generating the questions again gives the identical file', () => {
  assert.ok(questionLines() === text, 'run node demo/generate.ts');
});

test('there are enough questions of each kind', () => {
  assert.ok(questions.length >= 2000);
  assert.ok(groups.size >= 14);
  assert.ok(count('knowledge', 'messages', 'reading') >= 220, 'written by hand');
  assert.ok(count('notices', 'statements') >= 250, 'that a very small model can answer');
  assert.ok(count('word-problems', 'logic', 'reasoning') >= 300, 'of several steps');
  assert.equal(count('reasoning'), 100, 'with their reasoning shown');
});

test('ids are unique, and so are prompts', () => {
  assert.equal(distinct(questions.map(({ id }) => id)), questions.length);
  assert.equal(distinct(questions.map(({ prompt }) => normalisedPrompt(prompt))), questions.length);
});

test('a template, and a cluster, is on one side of the split only', () => {
  for (const key of ['template', 'cluster'] as const) {
    for (const [name, rows] of Map.groupBy(questions, (question) => `${question.group}/${question[key]}`)) {
      assert.equal(distinct(rows.map(({ split }) => split)), 1, name);
    }
  }
});

test('every group has at least five templates, and about 60 % of its questions to fit on', () => {
  for (const [group, rows] of groups) {
    assert.ok(distinct(rows.map(({ template }) => template)) >= 5, group);
    const share = rows.filter(({ split }) => split === 'fit').length / rows.length;
    assert.ok(share >= 0.5 && share <= 0.7, `${group}: ${share}`);
  }
});

test('every reference, and each of its alternatives, passes its own checker in the usual wordings', () => {
  for (const { id, check, reference } of questions) {
    assert.ok(checks.includes(check), id);
    for (const right of reference.split(' | ')) {
      for (const answer of [
        right,
        `${right}.`,
        `**${right}**`,
        `The answer is ${right}.`,
        `Let me see.\n\nFinal answer: ${right}`,
      ]) {
        assert.equal(scoreAnswer(check, reference, answer), 1, `${id} ${answer}`);
      }
    }
  }
});

test('no reference passes for the other option or label of its template', () => {
  const closed = questions.filter(({ check }) => check === 'choice');
  for (const [name, rows] of Map.groupBy(closed, ({ group, template }) => `${group}/${template}`)) {
    const labels = new Set(rows.map(({ reference }) => reference));
    assert.ok(labels.size > 1, name);
    for (const label of labels) {
      for (const other of labels)
        assert.equal(scoreAnswer('choice', label, other), label === other ? 1 : 0, name);
    }
  }
});

test('prompts are short, and only the shown reasoning gets a long answer', () => {
  const tokens = questions.map(({ prompt }) => encode(prompt).length);
  assert.ok(tokens.filter((n) => n < 60).length / tokens.length > 0.8);
  assert.ok(Math.max(...tokens) <= 120);
  for (const { id, group, maxTokens, system } of questions) {
    assert.ok(
      group === 'reasoning'
        ? maxTokens === 160 && system !== shortAnswer
        : maxTokens <= 48 && system === shortAnswer,
      id,
    );
  }
});
