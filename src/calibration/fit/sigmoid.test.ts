import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clipProbability, logit, sigmoid, softplus } from './sigmoid.ts';
import { PROPERTY, assertClose } from '../testing.ts';

test('the logistic function and the logit undo each other', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (p) =>
      assertClose(sigmoid(logit(p)), p, 1e-12),
    ),
    PROPERTY,
  );
});

test('nothing overflows', () => {
  assert.deepEqual([-1e4, 0, 1e4].map(sigmoid), [0, 0.5, 1]);
  assert.deepEqual([-1e4, 1e4].map(softplus), [0, 1e4]);
  assertClose(softplus(0), Math.LN2);
});

test('the logit of certainty is that of the floor', () => {
  assertClose(logit(1), Math.log((1 - 1e-6) / 1e-6), 1e-9);
  assertClose(logit(0, 1e-3), Math.log(1e-3 / (1 - 1e-3)));
  assert.equal(clipProbability(0.3), 0.3);
});
