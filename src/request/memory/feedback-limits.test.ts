import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../../errors.ts';
import { createFeedbackLimits } from './feedback-limits.ts';

const limited =
  (retryAfterMs: number) =>
  (error: unknown): boolean =>
    error instanceof WeirError &&
    error.code === 'rate_limit_exceeded' &&
    error.status === 429 &&
    error.retryAfterMs === retryAfterMs;

test('a key may send so many within its window, and again when that is over', () => {
  let at = 5;
  const limits = createFeedbackLimits({ now: () => at, ofKey: { most: 2, withinMs: 1_000 } });
  limits.ofKey('a');
  at = 400;
  limits.ofKey('a');
  assert.throws(() => limits.ofKey('a'), limited(605));
  limits.ofKey('b');
  at = 1_005;
  limits.ofKey('a');
});

test('a completion takes so many of each source: users cannot keep out operators', () => {
  const limits = createFeedbackLimits({ now: () => 0, ofCompletion: { most: 1, withinMs: 1_000 } });
  limits.ofCompletion('x', 'user');
  assert.throws(() => limits.ofCompletion('x', 'user'), limited(1_000));
  limits.ofCompletion('x', 'operator');
  limits.ofCompletion('y', 'user');
});

test('only so many names are remembered, the oldest is forgotten first', () => {
  const limits = createFeedbackLimits({ now: () => 0, ofCompletion: { most: 1, withinMs: 1_000 } });
  limits.ofCompletion('first', 'user');
  for (let number = 0; number < 19_999; number++) limits.ofCompletion(String(number), 'user');
  assert.throws(() => limits.ofCompletion('first', 'user'), limited(1_000));
  limits.ofCompletion('one more', 'user');
  limits.ofCompletion('first', 'user');
});
