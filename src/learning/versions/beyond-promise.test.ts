import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beyondPromise } from './beyond-promise.ts';

const measured = (value: number, lower: number, upper: number) => ({
  value,
  interval: { lower, upper },
  rows: '300 questions',
});

test('more loss than is promised is said, with whether it can be chance', () => {
  assert.equal(
    beyondPromise(0.02, measured(0.051, 0.032, 0.07)),
    'On 300 questions more was lost than is promised: 5.1 % (3.2 % to 7.0 %), where at most 2 % may be. ' +
      'That is hardly chance: it speaks against the certificate. Perhaps these questions, or the models, are not those that it was made for.',
  );
  assert.match(beyondPromise(0.02, measured(0.03, 0.01, 0.05)) ?? '', /That may be chance/);
});

test('no more loss than is promised, and a loss that is no number, are not said', () => {
  for (const value of [-0.1, 0, 0.02, Number.NaN])
    assert.equal(beyondPromise(0.02, measured(value, -1, 1)), undefined);
});
