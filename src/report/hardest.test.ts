import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hardestQuestions } from './hardest.ts';
import type { ReportRow } from './rows.ts';

const row = (
  id: string,
  served: 'small' | 'large',
  answers: ReportRow['answers'],
  more: Partial<ReportRow> = {},
): ReportRow => ({
  id,
  group: 'g',
  served,
  answers,
  spent: [{ tier: served, on: 'answer', cost: 1 }],
  lastCost: 2,
  ...more,
});
const tiers = ['small', 'large'];
const ids = ({ shown }: { shown: { id: string }[] }): string[] => shown.map(({ id }) => id);

test('confidently wrong is what was served with high confidence and is wrong, surest first', () => {
  const { confidentlyWrong, sureFrom } = hardestQuestions(
    [
      row('unsure', 'small', { small: { score: 0, confidence: 0.6 }, large: { score: 1 } }),
      row('sure', 'small', { small: { score: 0, confidence: 0.85 }, large: { score: 1 } }),
      row('surer', 'small', { small: { score: 0.4, confidence: 0.95 }, large: { score: 1 } }),
      row('right', 'small', { small: { score: 1, confidence: 0.99 }, large: { score: 1 } }),
      row('passed over', 'large', { small: { score: 0, confidence: 0.99 }, large: { score: 1 } }),
    ],
    tiers,
  );
  assert.deepEqual(ids(confidentlyWrong), ['surer', 'sure']);
  assert.equal(sureFrom, 0.8);
  assert.deepEqual(confidentlyWrong.shown[0], {
    id: 'surer',
    group: 'g',
    served: 'small',
    confidence: 0.95,
    servedScore: 0.4,
    lastScore: 1,
  });
});

test('where the paid signals were bought, theirs is the confidence it was served with', () => {
  const answers = { small: { score: 0, confidence: 0.5, paidConfidence: 0.9 }, large: { score: 1 } };
  const bought = row('bought', 'small', answers, {
    spent: [
      { tier: 'small', on: 'answer', cost: 1 },
      { tier: 'small', on: 'signals', cost: 1 },
    ],
  });
  const { confidentlyWrong } = hardestQuestions([bought, row('not', 'small', answers)], tiers);
  assert.deepEqual(ids(confidentlyWrong), ['bought']);
  assert.equal(confidentlyWrong.shown[0]?.confidence, 0.9);
});

test('of the questions that no tier gets right, those that every tier was sure of come first', () => {
  const { nobodyRight } = hardestQuestions(
    [
      row('small is right', 'large', { small: { score: 1, confidence: 0.9 }, large: { score: 0 } }),
      row('unsure', 'large', { small: { score: 0, confidence: 0.3 }, large: { score: 0 } }),
      row('sure', 'large', { small: { score: 0, confidence: 0.9 }, large: { score: 0 } }),
      row('fine', 'large', { small: { score: 0, confidence: 0.9 }, large: { score: 1 } }),
      row('not scored', 'large', { small: { score: 0 }, large: {} }),
    ],
    tiers,
  );
  assert.deepEqual(ids(nobodyRight), ['sure', 'unsure', 'small is right']);
});

test('all are counted, and no more are shown than anybody reads', () => {
  const many = Array.from({ length: 40 }, (_, index) => row(String(index), 'large', { large: { score: 0 } }));
  const { nobodyRight } = hardestQuestions(many, tiers);
  assert.deepEqual([nobodyRight.count, nobodyRight.shown.length], [40, 12]);
});

test('texts are there where the traces have them, and long ones are cut', () => {
  const wrong = { large: { score: 0 } };
  const { nobodyRight } = hardestQuestions(
    [
      row('told', 'large', wrong, { question: 'x'.repeat(10_000), answer: 'no', reference: 'yes' }),
      row('silent', 'large', wrong),
    ],
    tiers,
  );
  const [told, silent] = nobodyRight.shown;
  assert.match(told?.question ?? '', /^x{4000} \[…\]$/);
  assert.deepEqual([told?.answer, told?.reference], ['no', 'yes']);
  assert.ok(silent !== undefined && !('question' in silent) && !('answer' in silent));
});
