import assert from 'node:assert/strict';
import { test } from 'node:test';
import { believe, type ConfidenceModel, confidenceModelSchema } from '../../routing/confidence/confidence.ts';
import type { Trace } from '../../traces/trace.ts';
import { fitPrior } from './fit-prior.ts';
import { priorRows, type PriorRow } from './prior-rows.ts';

/** Answers that are right as often as their log-probabilities say. */
function rows(count: number, tier = 'small'): PriorRow[] {
  return Array.from({ length: count }, (_, index) => {
    const p = ((index % 19) + 0.5) / 19;
    return {
      tier,
      split: index % 3 === 0 ? 'test' : 'fit',
      fold: `t${index % 7}`,
      signals: { meanLogprob: Math.log(p), minLogprob: Math.log(p) - 0.1, outputTokens: 3 },
      score: ((index * 7919) % 1000) / 1000 < p ? 1 : 0,
    };
  });
}

const sure = (model: ConfidenceModel, signals: Record<string, number>): number | undefined =>
  believe(model, { tier: 'small', paid: false, group: '' }, signals)?.confidence;

test('the prior is a valid document that learns what the signals say', () => {
  const model = fitPrior('prior', rows(600));
  assert.deepEqual(confidenceModelSchema.parse(model), model);
  const at = (p: number): number =>
    sure(model, { meanLogprob: Math.log(p), minLogprob: Math.log(p) - 0.1, outputTokens: 3 }) ?? NaN;
  assert.ok(Math.abs(at(0.9) - 0.9) < 0.1, String(at(0.9)));
  assert.ok(Math.abs(at(0.1) - 0.1) < 0.1, String(at(0.1)));
});

test('without a mean log-probability there is no confidence', () => {
  assert.equal(sure(fitPrior('prior', rows(200)), { outputTokens: 3 }), undefined);
});

test('its figures come from the test rows alone: other scores there change only the figures', () => {
  const before = rows(400);
  const after = before.map((row) => (row.split === 'test' ? { ...row, score: 1 - row.score } : row));
  const [one, two] = [fitPrior('prior', before), fitPrior('prior', after)];
  assert.deepEqual(one.features, two.features);
  assert.equal(one.intercept, two.intercept);
  assert.notDeepEqual(one.evidence['test'], two.evidence['test']);
});

test('each tier has the same weight, however many of its answers there are', () => {
  const many = rows(900, 'small');
  const few = rows(90, 'large').map((row) => ({ ...row, score: 1 }));
  const at = sure(fitPrior('prior', [...many, ...few]), {
    meanLogprob: Math.log(0.5),
    minLogprob: -0.8,
    outputTokens: 3,
  });
  assert.ok((at ?? 0) > 0.6, String(at));
});

test('without rows of one of the splits it fails and says so', () => {
  assert.throws(
    () =>
      fitPrior(
        'prior',
        rows(50).filter((row) => row.split === 'fit'),
      ),
    /split test/,
  );
});

test('rows come from scored answers with log-probabilities that no check vetoes', () => {
  const good = { answer: '4', score: 1, finish: 'stop', tokens: [{ t: '4', lp: -0.1 }] };
  const trace = (attempts: Trace['attempts'], split = 'fit'): Trace => ({
    id: 'a',
    group: 'g',
    split,
    cluster: 'c',
    attempts,
  });
  const found = priorRows(
    [
      trace({ small: good, large: { ...good, finish: 'length' }, other: good }),
      trace({ small: { answer: '4', tokens: good.tokens }, large: { answer: '4', score: 1 } }),
      trace({ small: good }, 'spare'),
      { ...trace({ large: { ...good, score: 0 } }, 'test'), template: 'sums' },
    ],
    ['small', 'large'],
  );
  assert.deepEqual(
    found.map(({ tier, split, fold, score }) => ({ tier, split, fold, score })),
    [
      { tier: 'small', split: 'fit', fold: 'c', score: 1 },
      { tier: 'large', split: 'test', fold: 'sums', score: 0 },
    ],
  );
});
