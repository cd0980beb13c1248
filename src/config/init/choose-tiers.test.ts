import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../../test/numbers.ts';
import { chooseTiers } from './choose-tiers.ts';

const sizes = (billions: number[], slots = 3): (number | undefined)[] =>
  chooseTiers(
    billions.map((value) => ({ billions: value })),
    slots,
  ).map((model) => model.billions);

test('the smallest, the largest and the one best between them make the ladder', () => {
  assert.deepEqual(sizes([70, 4, 12, 8, 14]), [4, 14, 70]);
  assert.deepEqual(sizes([4, 70]), [4, 70]);
  assert.deepEqual(sizes([8]), [8]);
  assert.deepEqual(sizes([4, 12, 70], 2), [4, 70]);
});

test('models of about one size are one tier', () => {
  assert.deepEqual(sizes([7, 8]), [7]);
  assert.deepEqual(sizes([4, 5, 8]), [4, 8]);
  assert.deepEqual(sizes([4, 60, 70]), [4, 70]);
});

test('a model of unknown size takes part only where no size is known', () => {
  const named = (models: { name: string; billions?: number }[]): string[] =>
    chooseTiers(models, 3).map(({ name }) => name);
  assert.deepEqual(named([{ name: 'x' }, { name: 'b', billions: 8 }, { name: 'a', billions: 1 }]), [
    'a',
    'b',
  ]);
  assert.deepEqual(named([{ name: 'x' }, { name: 'y' }]), ['x', 'y']);
  assert.deepEqual(named([]), []);
});

test('a ladder only grows, holds no model twice, and keeps to its slots', () => {
  fc.assert(
    fc.property(fc.array(between(0.1, 500)), fc.integer({ min: 1, max: 5 }), (all, slots) => {
      const chosen = chooseTiers(
        all.map((billions) => ({ billions })),
        slots,
      );
      assert.ok(chosen.length <= slots && chosen.length === Math.min(chosen.length, all.length));
      assert.equal(chosen.length > 0, all.length > 0);
      for (const [index, { billions }] of chosen.entries())
        assert.ok(index === 0 || billions > (chosen[index - 1]?.billions ?? 0));
    }),
  );
});
