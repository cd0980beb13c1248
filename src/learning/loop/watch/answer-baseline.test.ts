import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logit } from '../../../calibration/fit/sigmoid.ts';
import type { LadderTable } from '../../table/ladder-table.ts';
import { mean } from '../../table/measure-rows.ts';
import { expectedBadRate, confidentAnswers, readBaselines, baselinesOf } from './answer-baseline.ts';
import { freezeCandidate } from '../freeze.ts';
import { startLoop } from '../loop.ts';
import { testAudits, testHistory, testSettings, testTable } from '../testing.ts';

const table = testTable({ rows: 1_200 });
const { version } = freezeCandidate(
  testSettings(),
  startLoop(0),
  undefined,
  testHistory(table, testAudits(400)),
);
const later = Array.from({ length: 800 }, (_, index) => 400 + index);

test('every tier but the last has a confidence within (0, 1) and the score of its answer', () => {
  for (const row of later.slice(0, 50)) {
    const answers = confidentAnswers(version, table, row);
    assert.deepEqual(
      answers.map(({ tier, score }) => ({ tier, score })),
      [{ tier: 'small', score: table.answers[0]?.score[row] }],
    );
    assert.ok(answers.every(({ confidence }) => confidence > 0 && confidence < 1));
  }
});

test('an answer that fails a check or has no score is left out', () => {
  const [small, large] = table.answers;
  assert.ok(small !== undefined && large !== undefined);
  const vetoed = { ...small, failedChecks: small.failedChecks.map((_, row) => (row === 5 ? 1 : 0)) };
  const unscored = { ...small, score: small.score.map((score, row) => (row === 5 ? NaN : score)) };
  for (const first of [vetoed, unscored]) {
    const other: LadderTable = { ...table, answers: [first, large] };
    assert.deepEqual(confidentAnswers(version, other, 5), []);
    assert.equal(confidentAnswers(version, other, 6).length, 1);
  }
});

test('the baseline is how many more answers were bad than their confidence says, plus a standard error', () => {
  const usual = baselinesOf(version, table, later);
  const answers = later.flatMap((row) => confidentAnswers(version, table, row));
  const bad = mean(answers.map(({ score }) => 1 - score));
  const expected = mean(answers.map(({ confidence }) => 1 - confidence));
  const error = Math.sqrt((bad * (1 - bad)) / answers.length);
  const shift = Math.max(0, logit(bad + error) - logit(expected));
  assert.deepEqual(Object.keys(usual), ['small']);
  assert.ok(Math.abs((usual['small']?.badShift ?? NaN) - shift) < 0.01, JSON.stringify({ usual, shift }));
  assert.ok((usual['small']?.drift ?? 0) > 0);
  assert.deepEqual(baselinesOf(version, table, []), {});
});

test('the chance of a bad answer follows the confidence, and is not watched if it can hardly rise', () => {
  assert.ok(Math.abs((expectedBadRate(0.7, 0) ?? NaN) - 0.3) < 1e-12);
  assert.ok((expectedBadRate(0.7, 0.5) ?? NaN) > 0.4);
  assert.equal(expectedBadRate(0.999, 0), 0.01);
  assert.equal(expectedBadRate(0.001, 0), undefined);
});

test('it is read back from a version’s evidence, and anything else there is ignored', () => {
  const usual = baselinesOf(version, table, later);
  assert.deepEqual(readBaselines(JSON.parse(JSON.stringify(usual))), usual);
  for (const other of [undefined, null, 3, { small: 3 }, { small: { badShift: 1 } }])
    assert.equal(readBaselines(other), undefined);
});
