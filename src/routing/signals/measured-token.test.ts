import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asLogprob, measureToken } from './measured-token.ts';

const choiceOf = (...logprobs: (number | null | string)[]) =>
  measureToken({ token: 'a', logprob: -1, top_logprobs: logprobs.map((logprob) => ({ logprob })) as never })
    .choice;

test('a log-probability is at most 0, but for what rounding adds; anything else is none', () => {
  assert.deepEqual([-0.5, 0, -9999, -Infinity].map(asLogprob), [-0.5, 0, -9999, -Infinity]);
  assert.deepEqual([1e-7, 0.001].map(asLogprob), [0, 0]);
  for (const none of [0.01, 3, Infinity, Number.NaN, null, undefined, '-1', {}])
    assert.ok(Number.isNaN(asLogprob(none as number)));
});

test('a token with a positive log-probability says nothing', () => {
  assert.ok(Number.isNaN(measureToken({ token: 'a', logprob: 0.5 }).logprob));
  assert.equal(measureToken({ token: 'a', logprob: 1e-6 }).logprob, 0);
});

test('an alternative that has no log-probability is none; with fewer than two there is no choice', () => {
  assert.deepEqual(choiceOf(-0.5, -2, 4, null, '-1'), choiceOf(-0.5, -2));
  assert.equal(choiceOf(-0.5, 4), undefined);
  assert.equal(choiceOf(-0.5, null), undefined);
  assert.equal(choiceOf(), undefined);
});

test('a margin is between 0 and 20, however unlikely a server says that all alternatives are', () => {
  assert.equal(choiceOf(-1, -3)?.margin, 2);
  assert.equal(choiceOf(0, -9999)?.margin, 20);
  assert.equal(choiceOf(-9999, -9999)?.margin, 0);
  assert.equal(choiceOf(-25, -30, -Infinity)?.margin, 0);
  assert.equal(choiceOf(-Infinity, -Infinity)?.margin, 0);
});
