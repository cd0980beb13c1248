import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TierColumns } from '../table/ladder-table.ts';
import { cascadeAdvice, firstPrice, keptAt, orderAdvice } from './ladder-advice.ts';

/** A tier's answers: their scores, and what each costs. */
function answersOf(score: readonly number[], cost: number): TierColumns {
  return {
    signals: score.map(() => ({})),
    paid: score.map(() => undefined),
    score: Float64Array.from(score),
    cost: Float64Array.from(score, () => cost),
    paidCost: Float64Array.from(score, () => NaN),
    failedChecks: new Uint8Array(score.length),
  };
}

const table = (...answers: TierColumns[]) => ({
  tiers: ['small', 'medium', 'large'].slice(0, answers.length),
  answers,
});

test('a tier that costs more than the next is in the wrong place, and one that is worse and dearer has none', () => {
  const good = answersOf([1, 1, 1, 0], 20);
  const poor = answersOf([1, 0, 0, 0], 5);
  assert.deepEqual(orderAdvice(table(poor, good)), []);
  assert.match(
    orderAdvice(table(good, poor)).join(),
    /wrong order: an answer of small costs 400\.0 % of what one of medium/,
  );
  assert.match(
    orderAdvice(table(answersOf([1, 1, 1, 1], 5), good)).join(),
    /^medium costs more than small and is right less often \(75\.0 % against 100\.0 %\): leave it out/,
  );
});

test('what the first tier could keep at a loss: the surest answers, as many as the loss allows', () => {
  const both = table(answersOf([1, 1, 0, 1], 5), answersOf([1, 1, 1, 1], 20));
  const sure = [0.9, 0.8, 0.7, 0.6];
  const at = (maxLoss: number): number => keptAt(both, [0, 1, 2, 3], (row) => sure[row] ?? NaN, maxLoss);
  assert.deepEqual([at(0), at(0.24), at(0.25)], [0.5, 0.5, 1]);
  assert.equal(firstPrice(both), 0.25);
});

test('a ladder that does not pay is told so, with the number that would change it', () => {
  const ladder = { tiers: ['small', 'large'], relativePrice: 0.35 };
  assert.equal(cascadeAdvice(ladder, { maxLoss: 0.05, kept: 0.5, relativeCost: 0.8 }), undefined);
  assert.equal(
    cascadeAdvice(ladder, { maxLoss: 0.05, kept: 0.23, relativeCost: 1.12 }),
    'Do not cascade for a loss of 0.05: the ladder costs 12.0 % more than large alone. Served by its confidence, small could keep 23.0 % of the questions at that loss, so asking it first pays if it costs less than that share of what large does; it costs 35.0 %.',
  );
});
