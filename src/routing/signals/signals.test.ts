import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFeatures, withoutTextSignals } from './read-signals.ts';
import { isAvailable, paidSignalNamed, SIGNALS, signalsOf } from './signals.ts';

test('every signal has a name of its own, a range, and a meaning that ends as a sentence', () => {
  const signals = signalsOf(SIGNALS);
  const names = signals.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, range, meaning, sameAs } of signals) {
    assert.ok(range[0] < range[1], name);
    assert.match(meaning, /^[A-Z].*\.$/, name);
    assert.ok(sameAs === undefined || names.includes(sameAs), name);
  }
});

test('a group writes the signals that it declares, and no others', () => {
  const request = Object.keys(requestFeatures({ messages: [] }));
  const declared = SIGNALS.free.flatMap(({ ofRequest, signals }) => (ofRequest === undefined ? [] : signals));
  assert.deepEqual(
    request,
    declared.map(({ name }) => name),
  );
});

test('without its text an answer keeps every signal but those of the text', () => {
  assert.deepEqual(withoutTextSignals({ answerWords: 3, outputTokens: 5, meanLogprob: -1, other: 2 }), {
    outputTokens: 5,
    meanLogprob: -1,
    other: 2,
  });
});

test('a paid signal that needs log-probabilities is available where they may come', () => {
  assert.deepEqual(
    (['stream', 'plain', undefined, 'none'] as const).map((logprobs) => isAvailable('pTrue', logprobs)),
    [true, true, true, false],
  );
  assert.equal(isAvailable('verbalized', 'none'), true);
  assert.equal(isAvailable('agreement', 'stream'), false);
  assert.equal(paidSignalNamed('agreement'), undefined);
});
