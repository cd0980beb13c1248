import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tables } from './signals.ts';
import { families } from './signals/families.ts';
import type { AnswerRow } from './signals/rows.ts';

/** Answers whose digits say whether they are right, which their mean log-probability does not. */
const rows = Array.from({ length: 360 }, (_, index): AnswerRow => {
  const sure = ((index * 7919) % 1009) / 1009;
  return {
    tier: ['small', 'medium', 'large'][index % 3] ?? '',
    split: index % 2 === 0 ? 'fit' : 'test',
    template: `t${index % 24}`,
    multiStep: index % 24 < 8,
    signals: {
      meanLogprob: -((index * 31) % 97) / 97,
      minMargin: ((index * 17) % 89) / 89,
      'digits.meanLogprob': Math.log(sure + 0.0005),
      outputTokens: index % 7,
      promptTokens: 20 + (index % 5),
    },
    score: sure > 0.5 ? 1 : 0,
  };
});
const lines = tables(rows);
const cells = (name: string): string[] =>
  (lines.find((line) => line.startsWith(`| ${name} |`)) ?? '').split('|').map((cell) => cell.trim());

test('the tables have every tier and every family', () => {
  for (const part of ['all groups', 'several steps', 'one step'])
    for (const tier of ['pooled', 'small', 'medium', 'large'])
      assert.notDeepEqual(cells(`${part}, ${tier}`), [''], `${part}, ${tier}`);
  for (const family of families) assert.notDeepEqual(cells(`${family} alone`), [''], family);
});

test('signals that know more than the mean log-probability beat it, and the interval says so', () => {
  const [, , counted, mean, all, difference = ''] = cells('all groups, pooled');
  assert.match(counted ?? '', /^180 \(\d+\), 12$/);
  assert.ok(Number(all) > 0.95 && Number(mean) < 0.7, `${all} ${mean}`);
  assert.match(difference, /^\+0\.\d+ \(\+0\.\d+ to \+0\.\d+\)$/);
});

test('without the useful family the rest does not beat it, and the detectable difference is printed', () => {
  const [, , all, difference = ''] = cells('without digits');
  assert.ok(Number(all) < 0.75, all);
  assert.match(difference, /^[+−]0\.\d+ \(−0\.\d+ to \+0\.\d+; 0\.\d+\)$/);
});
