import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerSignals, requestFeatures } from '../../src/routing/signals/read-signals.ts';
import { families, familyOf, onlyFamilies } from './families.ts';

function everySignal(): Record<string, number> {
  const answer = createAnswerSignals();
  for (const token of ['The', ' sum', ' is', ' 12', '.']) {
    const top_logprobs = [
      { token, logprob: -0.2 },
      { token: 'x', logprob: -2 },
    ];
    answer.add({ token, logprob: -0.2, top_logprobs });
  }
  const messages = [{ role: 'user', content: 'What is 3 + 9?' }];
  return { ...answer.finish('The sum is 12.', 5), ...requestFeatures({ messages }) };
}

test('every signal of an answer and of its request belongs to a family, and every family has one', () => {
  const found = new Set(Object.keys(everySignal()).map(familyOf));
  assert.deepEqual([...found].toSorted(), families.toSorted());
});

test('the families part the signals: together they are all of them, and none is in two', () => {
  const all = everySignal();
  const parts = families.flatMap((family) => Object.keys(onlyFamilies(all, [family])));
  assert.deepEqual(parts.toSorted(), Object.keys(all).toSorted());
});

test('a margin of the answer span is told from the span, not from the margins', () => {
  assert.equal(familyOf('span.minMargin'), 'answer span');
  assert.equal(familyOf('minMargin'), 'margins');
});

test('a signal without a family is an error', () => {
  assert.throws(() => familyOf('moonPhase'), /moonPhase belongs to no family/);
});
