import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossFitted, fitChosen, type LabelledRow } from './fit.ts';

/** Answers of two tiers: `sure` says how often they are right, `noise` says nothing. */
function rows(count: number): LabelledRow[] {
  return Array.from({ length: count }, (_, index) => {
    const p = ((index % 23) + 0.5) / 23;
    return {
      tier: index % 2 === 0 ? 'small' : 'large',
      template: `t${index % 11}`,
      signals: { sure: p, noise: (index * 37) % 101 },
      score: ((index * 7919) % 1009) / 1009 < p ? 1 : 0,
    };
  });
}

test('it learns what tells right from wrong, and that noise does not', () => {
  const { predict } = fitChosen(rows(600));
  const at = (sure: number, noise: number): number => predict({ tier: 'small', signals: { sure, noise } });
  assert.ok(at(0.9, 50) > 0.75 && at(0.1, 50) < 0.25, `${at(0.9, 50)} ${at(0.1, 50)}`);
  assert.ok(Math.abs(at(0.5, 0) - at(0.5, 100)) < (at(0.9, 50) - at(0.1, 50)) / 4);
});

test('a tier that is more often right than its signals say has an intercept of its own', () => {
  const better = rows(600).map((row) => (row.tier === 'large' ? { ...row, score: 1 } : row));
  const { predict } = fitChosen(better);
  const signals = { sure: 0.5, noise: 50 };
  assert.ok(predict({ tier: 'large', signals }) > predict({ tier: 'small', signals }) + 0.2);
});

test('a tier that it never saw, and a signal that is missing, get a probability all the same', () => {
  const { predict } = fitChosen(rows(300));
  const p = predict({ tier: 'other', signals: { noise: 3 } });
  assert.ok(p > 0 && p < 1);
});

test('the ridge is the better of those it has, judged on templates that were left out', () => {
  const { ridge, logLoss } = fitChosen(rows(600));
  assert.ok(ridge.shared >= 1 && ridge.tier >= 20);
  assert.ok(logLoss > 0.3 && logLoss < Math.LN2, String(logLoss));
});

test('a row is cross-fitted by models that never saw its template', () => {
  const before = rows(240);
  const changed = before.map((row) => (row.template === 't3' ? { ...row, score: 1 - row.score } : row));
  const [one, other] = [crossFitted(before), crossFitted(changed)];
  before.forEach((row, index) => {
    assert.equal(one[index] === other[index], ['t3', 't8'].includes(row.template), row.template);
  });
});
