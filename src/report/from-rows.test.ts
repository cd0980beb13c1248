import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../calibration/fit/random.ts';
import { reportFromRows } from './from-rows.ts';
import type { ReportRow } from './rows.ts';
import { sampleFrame, sampleReport, sampleRows } from './testing.ts';

const frame = sampleFrame(createRandom(1), true);
const rows = sampleRows(createRandom(2), 600);
const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

test('the sample is the same for the same seed, and another for another', () => {
  assert.deepEqual(sampleReport({ seed: 3, questions: 200 }), sampleReport({ seed: 3, questions: 200 }));
  assert.notDeepEqual(sampleReport({ seed: 3, questions: 200 }), sampleReport({ seed: 4, questions: 200 }));
});

test('the data is JSON: what is written is what is read', () => {
  const data = reportFromRows(rows, frame);
  assert.deepEqual(JSON.parse(JSON.stringify(data)), data);
});

test('it does not depend on the order of the rows', () => {
  const { hardest: _, ...data } = reportFromRows(rows, frame);
  const { hardest: __, ...turned } = reportFromRows(rows.toReversed(), frame);
  near(turned.result.relativeCost.value, data.result.relativeCost.value);
  near(turned.result.loss?.upper, data.result.loss?.upper ?? NaN);
  assert.deepEqual(
    turned.groups.map(({ group, questions }) => [group, questions]),
    data.groups.map(({ group, questions }) => [group, questions]),
  );
  assert.deepEqual(
    turned.confidence.map(({ histogram }) => histogram),
    data.confidence.map(({ histogram }) => histogram),
  );
});

test('what is spent adds up to the relative cost, and every call is counted once', () => {
  const data = reportFromRows(rows, frame);
  near(
    data.spend.reduce((sum, { relativeCost }) => sum + relativeCost, 0),
    data.result.relativeCost.value,
  );
  assert.equal(
    data.spend.reduce((sum, { calls }) => sum + calls, 0),
    rows.reduce((sum, { spent }) => sum + spent.length, 0),
  );
  const served = data.spend.filter(({ on }) => on === 'served').reduce((sum, { calls }) => sum + calls, 0);
  assert.equal(served, rows.length, 'one answer of each question is served');
});

test('groups add up to the whole', () => {
  const data = reportFromRows(rows, frame);
  assert.equal(
    data.groups.reduce((sum, { questions }) => sum + questions, 0),
    rows.length,
  );
  near(
    data.groups.reduce((sum, { questions, loss }) => sum + questions * (loss?.value ?? NaN), 0) / rows.length,
    data.result.loss?.value ?? NaN,
  );
  const sizes = data.groups.map(({ questions }) => questions);
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
  );
});

test('the loss is the difference of the two mean scores', () => {
  const { result } = reportFromRows(rows, frame);
  near((result.lastScore ?? NaN) - (result.score ?? NaN), result.loss?.value ?? NaN);
});

test('a panel counts every answer with confidence and score, asked or not', () => {
  const { confidence } = reportFromRows(rows, frame);
  assert.deepEqual(
    confidence.map(({ tier, paid }) => `${tier} ${paid ? 'paid' : 'free'}`),
    ['small-8b free', 'small-8b paid', 'medium-70b free'],
  );
  for (const { questions, histogram, reliability, accuracy } of confidence) {
    assert.equal(questions, rows.length);
    near(
      histogram.reduce((sum, { right, wrong }) => sum + right + wrong, 0),
      rows.length,
    );
    near(histogram.reduce((sum, { right }) => sum + right, 0) / rows.length, accuracy);
    near(
      reliability.reduce((sum, { mass }) => sum + mass, 0),
      rows.length,
    );
  }
});

test('few answers make few bins: an interval has to say something', () => {
  const { confidence } = reportFromRows(rows.slice(0, 50), frame);
  assert.deepEqual(
    confidence.map(({ reliability }) => reliability.length),
    [2, 2, 2],
  );
});

test('always-last loses nothing by definition, and is certain of it', () => {
  const asked: ReportRow[] = rows.map((row) => ({
    ...row,
    served: 'large-405b',
    spent: [{ tier: 'large-405b', on: 'answer', cost: row.lastCost }],
  }));
  const { result, groups } = reportFromRows(asked, { ...frame, frontier: { ...frame.frontier, chosen: 0 } });
  assert.deepEqual(result.loss, { value: 0, lower: 0, upper: 0 });
  near(result.relativeCost.value, 1);
  near(result.relativeCost.lower, 1);
  assert.ok(groups.every(({ loss }) => loss?.upper === 0));
});

test('without scores of the last tier the loss is missing, not 0', () => {
  const unscored = rows.map((row) => ({ ...row, answers: { ...row.answers, 'large-405b': {} } }));
  const data = reportFromRows(unscored, frame);
  assert.ok(!('loss' in data.result) && !('score' in data.result));
  assert.ok(data.groups.every((group) => !('loss' in group)));
  assert.equal(data.hardest.nobodyRight.count, 0);
});

test('dollars are missing where only relative prices are known', () => {
  const { usdPerUnit, ...relative } = frame;
  assert.equal(usdPerUnit, 1e-5);
  assert.ok(!('alwaysLastUsd' in reportFromRows(rows, relative).result));
  const always = rows.reduce((sum, { lastCost }) => sum + lastCost, 0) / rows.length;
  near(reportFromRows(rows, frame).result.alwaysLastUsd, always * 1e-5);
});

test('rows without confidence make no panel, and are no error', () => {
  const silent = rows.map((row) => ({
    ...row,
    answers: Object.fromEntries(
      Object.entries(row.answers).map(([tier, { score }]) => [tier, score === undefined ? {} : { score }]),
    ),
  }));
  const data = reportFromRows(silent, frame);
  assert.deepEqual(data.confidence, []);
  assert.ok(data.groups.every(({ confidence }) => Object.keys(confidence).length === 0));
  assert.equal(data.hardest.confidentlyWrong.count, 0);
});
