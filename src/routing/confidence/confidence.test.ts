import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnValue } from '../signals/columns.ts';
import { believe, confidenceModelSchema, signalContributions, type ConfidenceModel } from './confidence.ts';
import { hashContent } from '../hash-content.ts';

const model: ConfidenceModel = {
  format: 1,
  name: 'test',
  intercept: 0.5,
  features: [
    { signal: 'meanLogprob', transform: 'logit-exp', centre: 1, scale: 2, weight: 1.5, missing: -0.25 },
    { signal: 'outputTokens', transform: 'log1p', centre: 2, scale: 1, weight: -0.5, missing: 0.125 },
  ],
  requires: ['meanLogprob'],
  evidence: {},
};

const state = { tier: 'small', paid: false, group: 'auto' };
const confidence = (signals: Record<string, number>): number | undefined =>
  believe(model, state, signals)?.confidence;

test('the probability is the logistic function of intercept and contributions', () => {
  const signals = { meanLogprob: Math.log(0.8), outputTokens: 9 };
  const known = confidence(signals);
  const first = (1.5 * (Math.log(4) - 1)) / 2;
  const second = -0.5 * (Math.log(10) - 2);
  assert.ok(known !== undefined);
  assert.ok(Math.abs(known - 1 / (1 + Math.exp(-(0.5 + first + second)))) < 1e-12);
  assert.ok(Math.abs((signalContributions(model, state, signals)[0]?.logOdds ?? 0) - first) < 1e-12);
});

test('a missing signal adds what the model says of missing ones, and has no value', () => {
  assert.deepEqual(signalContributions(model, state, { meanLogprob: -0.1 })[1], {
    signal: 'outputTokens',
    logOdds: 0.125,
  });
});

test('a signal contributes once, whatever number of columns is made of it', () => {
  const column = { signal: 'meanLogprob', centre: 0, scale: 1 };
  const columns = [
    { ...column, transform: 'logit-exp' as const },
    { signal: 'outputTokens', transform: 'log1p' as const, centre: 0, scale: 1 },
    { ...column, transform: 'identity' as const },
    { signal: 'outputTokens', transform: 'missing' as const, centre: 0, scale: 1 },
  ];
  const score = { shared: [0, 2, 3, 5, 7], groups: {} };
  const fitted: ConfidenceModel = {
    ...model,
    tiers: {
      small: { answered: { requires: [], columns, acceptable: score, better: score, worse: score } },
    },
  };
  const value = Math.log(0.8);
  const [first, second, ...further] = signalContributions(fitted, state, { meanLogprob: value });
  assert.deepEqual([first?.signal, first?.value], ['meanLogprob', value]);
  assert.ok(Math.abs((first?.logOdds ?? NaN) - (2 * Math.log(4) + 5 * value)) < 1e-9);
  assert.deepEqual([second, further], [{ signal: 'outputTokens', logOdds: 7 }, []]);
  const twice = { ...model, features: model.features.flatMap((feature) => [feature, feature]) };
  const doubled = signalContributions(twice, state, {});
  assert.deepEqual(
    doubled.map(({ signal, logOdds }) => [signal, logOdds]),
    [
      ['meanLogprob', -0.5],
      ['outputTokens', 0.25],
    ],
  );
});

test('without a signal that it requires the model knows nothing', () => {
  assert.equal(confidence({ outputTokens: 3 }), undefined);
  assert.equal(confidence({ meanLogprob: Number.NaN, outputTokens: 3 }), undefined);
});

test('probabilities of 0 and 1 are clipped, not infinite', () => {
  const feature = { signal: 'p', transform: 'logit' as const, centre: 0, scale: 1 };
  assert.ok(Math.abs(columnValue(feature, 0) + Math.log(1e6 - 1)) < 1e-9);
  assert.ok(Math.abs(columnValue(feature, 1) - Math.log(1e6 - 1)) < 1e-9);
});

test('any signals give a probability that rises with a signal of positive weight', () => {
  fc.assert(
    fc.property(fc.double({ max: 0, noNaN: true }), fc.double({ max: 0, noNaN: true }), (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const pLow = confidence({ meanLogprob: low }) ?? 0;
      const pHigh = confidence({ meanLogprob: high }) ?? 0;
      assert.ok(pLow >= 0 && pHigh <= 1 && pLow <= pHigh);
    }),
    { seed: 1 },
  );
});

test('a document with an unknown key is refused', () => {
  assert.equal(confidenceModelSchema.safeParse({ ...model, extra: 1 }).success, false);
  assert.equal(confidenceModelSchema.safeParse(model).success, true);
});

test('the same content has the same hash, whatever the order of its keys', () => {
  assert.equal(hashContent({ a: 1, b: { c: 2, d: 3 } }), hashContent({ b: { d: 3, c: 2 }, a: 1 }));
  assert.notEqual(hashContent({ a: 1 }), hashContent({ a: 2 }));
});
