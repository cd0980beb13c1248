import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../traces/trace.ts';
import { questionHash, rescoreAll, withEarlier } from './question.ts';

const question = (more: Partial<Trace> = {}): Trace => ({
  id: 'a',
  group: 'g',
  prompt: 'What is 2 + 2?',
  attempts: {},
  ...more,
});

test('a question is known by what is asked, not by its group, reference or attempts', () => {
  const same = question({ group: 'other', reference: '4', attempts: { small: { answer: '4' } } });
  assert.equal(questionHash(question()), questionHash(same));
  for (const other of [
    { prompt: 'What is 2 + 3?' },
    { system: 'Be brief.' },
    { maxTokens: 8 },
    { responseFormat: { type: 'json_object' } },
  ]) {
    assert.notEqual(questionHash(question()), questionHash(question(other)), JSON.stringify(other));
  }
});

test('rescoring changes the scores that the checker now sees otherwise, counts them, and leaves the rest', () => {
  const checked = { reference: '4', check: 'number' } as const;
  const { traces, changed } = rescoreAll([
    question({
      ...checked,
      attempts: { small: { answer: '4', score: 0, latencyMs: 7 }, large: { answer: '5', score: 0 } },
    }),
    question({ id: 'b', attempts: { small: { answer: 'anything', score: 0.5 } } }),
  ]);
  assert.equal(changed, 1);
  assert.deepEqual(traces[0]?.attempts, {
    small: { answer: '4', score: 1, latencyMs: 7 },
    large: { answer: '5', score: 0 },
  });
  assert.deepEqual(
    traces[1]?.attempts,
    { small: { answer: 'anything', score: 0.5 } },
    'without a checker the score stays',
  );
});

test('paid signals of an earlier recording are kept with the same answer, and with no other', () => {
  const paid = (value: number) => ({ pTrue: { value, costUsd: 1e-6 } });
  const [same, other] = withEarlier(
    [
      question({
        attempts: { small: { answer: '4', score: 1, paidSignals: { verbalized: { value: 0.9 } } } },
      }),
      question({ id: 'b', attempts: { small: { answer: '5' } } }),
    ],
    [
      question({ attempts: { small: { answer: '4', paidSignals: paid(0.7) } } }),
      question({ id: 'b', attempts: { small: { answer: '4', paidSignals: paid(0.3) } } }),
    ],
  );
  assert.deepEqual(same?.attempts['small'], {
    answer: '4',
    score: 1,
    paidSignals: { ...paid(0.7), verbalized: { value: 0.9 } },
  });
  assert.deepEqual(other?.attempts['small'], { answer: '5' });
});

test('earlier answers are taken over for the same question alone', () => {
  const earlier = [
    question({ attempts: { small: { answer: '4' } } }),
    question({ id: 'b', attempts: { small: { answer: 'b' } } }),
  ];
  const [same, changed] = withEarlier(
    [question({ attempts: { large: { answer: '4!' } } }), question({ id: 'b', prompt: 'New?' })],
    earlier,
  );
  assert.deepEqual(same?.attempts, { small: { answer: '4' }, large: { answer: '4!' } });
  assert.deepEqual(changed?.attempts, {});
});
