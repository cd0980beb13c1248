import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { linearScale, ticks } from './scale.ts';

test('a scale goes through its ends, upside down too', () => {
  const y = linearScale([0, 1], [300, 20]);
  assert.deepEqual([y(0), y(0.5), y(1)], [300, 160, 20]);
  assert.equal(linearScale([2, 2], [5, 9])(2), 5, 'without a span everything is at the start');
});

test('ticks are round and within', () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.5, 1]);
  assert.deepEqual(ticks(-0.013, 0.06, 5), [0, 0.02, 0.04, 0.06]);
  assert.deepEqual(ticks(3, 3, 5), [3]);
});

test('however wide the span, there are some ticks where three or more are wanted, rising, none outside', () => {
  fc.assert(
    fc.property(between(-1, 1), between(1e-4, 5), fc.integer({ min: 3, max: 10 }), (from, span, wanted) => {
      const all = ticks(from, from + span, wanted);
      assert.ok(all.length >= 1 && all.length <= wanted + 1, `${all.length} for ${wanted}`);
      all.forEach((tick, index) => {
        assert.ok(tick >= from - span * 1e-6 && tick <= from + span * (1 + 1e-6));
        assert.ok(index === 0 || tick > (all[index - 1] ?? NaN));
      });
    }),
  );
});
