import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare.ts';
import type { LabelledRow } from './fit.ts';

const rows = (count: number): LabelledRow[] =>
  Array.from({ length: count }, (_, index) => ({
    tier: 'small',
    template: `t${index % 20}`,
    signals: { good: ((index * 7919) % 1009) / 1009, bad: ((index * 31) % 97) / 97 },
    score: ((index * 7919) % 1009) / 1009 > 0.6 ? 1 : 0,
  }));
const by = (name: string, count: number): number[] =>
  rows(count).map(({ signals }) => signals[name] ?? Number.NaN);

test('a model that orders perfectly beats one that guesses, and the interval says so', () => {
  const compared = compare(rows(400), by('good', 400), by('bad', 400));
  assert.equal(compared?.first, 1);
  assert.ok((compared?.lower ?? 0) > 0.2);
  assert.equal(compared?.answers, 400);
  assert.equal(compared?.templates, 20);
  assert.equal(compared?.right, rows(400).filter(({ score }) => score === 1).length);
});

test('a model against itself differs by nothing, and any difference could be found', () => {
  const compared = compare(rows(200), by('bad', 200), by('bad', 200));
  assert.deepEqual(
    [compared?.difference, compared?.lower, compared?.upper, compared?.detectable],
    [0, 0, 0, 0],
  );
});

test("what can be detected is the interval's half width with the power added: 1.43 of it", () => {
  const { lower = 0, upper = 0, detectable = 0 } = compare(rows(150), by('bad', 150), by('good', 150)) ?? {};
  assert.ok(Math.abs(detectable / ((upper - lower) / 2) - (1.96 + 0.8416) / 1.96) < 1e-9);
});

test('the same rows give the same interval', () => {
  assert.deepEqual(
    compare(rows(100), by('good', 100), by('bad', 100)),
    compare(rows(100), by('good', 100), by('bad', 100)),
  );
});

test('if every answer is right, there is nothing to order', () => {
  assert.equal(
    compare(
      rows(50).map((row) => ({ ...row, score: 1 })),
      by('good', 50),
      by('bad', 50),
    ),
    undefined,
  );
});
