import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as newId } from 'uuid';
import { askedChanges, changesOf, idAt } from './learner-state.ts';

test('a moment stands between the ids that came before it and those that came later', () => {
  for (const atMs of [1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 41]) {
    const [before, after] = [newId({ msecs: atMs - 1 }), newId({ msecs: atMs })];
    assert.ok(before < idAt(atMs) && idAt(atMs) < after, `${before} < ${idAt(atMs)} < ${after}`);
  }
});

const tiers = [
  { name: 'small', model: 's', price: { input: 100, output: 400 } },
  { name: 'large', model: 'l' },
];

test('what did not change is no change', () => {
  assert.deepEqual(changesOf(tiers, structuredClone(tiers)), []);
});

test('another model, another price and other tiers are said, each with what it was', () => {
  const [small, large] = tiers;
  assert.ok(small !== undefined && large !== undefined);
  const now = [
    { ...small, price: { input: 100, output: 200 } },
    { ...large, model: 'xl' },
  ];
  assert.deepEqual(changesOf(tiers, now), [
    { what: 'model', message: "The model of large changed from 'l' to 'xl'." },
    {
      what: 'price',
      message:
        'The price of small changed from 0.1 USD for a million tokens in and 0.4 out to 0.1 USD for a million tokens in and 0.2 out.',
    },
  ]);
  assert.deepEqual(changesOf(tiers, [small]), [
    { what: 'model', message: 'The tiers are small now; they were small → large.' },
  ]);
});

test('another promise and other judges are said; how tests are run is no change', () => {
  const asked = { objective: { maxQualityLoss: 0.02, certainty: 0.9 }, scorer: 'the judge kim' };
  assert.deepEqual(askedChanges(asked, structuredClone(asked)), []);
  assert.deepEqual(askedChanges(undefined, asked), [], 'it was not noted yet');
  assert.deepEqual(
    askedChanges(asked, { objective: { maxQualityLoss: 0.05, certainty: 0.95 }, scorer: 'the judge lee' }),
    [
      {
        what: 'promise',
        message: 'A loss of at most 0.05 is promised now, with certainty 0.95; it was 0.02, with 0.9.',
      },
      { what: 'model', message: 'Answers are judged by the judge lee now; it was the judge kim.' },
    ],
  );
});
