import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom, drawClusters, drawOnePerCluster, groupByCluster, shuffled } from './random.ts';
import { PROPERTY, assertClose } from '../testing.ts';

test('the same seed shuffles the same way, another differently', () => {
  const items = Array.from({ length: 20 }, (_, index) => index);
  assert.deepEqual(shuffled(items, createRandom(7)), shuffled(items, createRandom(7)));
  assert.notDeepEqual(shuffled(items, createRandom(7)), shuffled(items, createRandom(8)));
});

test('a shuffle keeps every item and leaves the original alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const before = [...items];
      const after = shuffled(items, createRandom(seed));
      assert.deepEqual(items, before);
      assert.deepEqual(
        after.toSorted((a, b) => a - b),
        before.toSorted((a, b) => a - b),
      );
    }),
    PROPERTY,
  );
});

test('every order of three is as likely as another', () => {
  const random = createRandom(1);
  const seen = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = shuffled('abc', random).join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.equal(seen.size, 6);
  for (const times of seen.values()) assertClose(times, 1000, 0.15);
});

test('rows without a cluster are clusters of their own', () => {
  assert.deepEqual(groupByCluster(['a', undefined, 'b', 'a', undefined, 0]), [[0, 3], [1], [2], [4], [5]]);
});

test('one row of each cluster is drawn, each with the same chance', () => {
  const groups = [[0, 3, 5], [1]];
  const random = createRandom(3);
  const times = [0, 0, 0, 0, 0, 0];
  for (let draw = 0; draw < 3000; draw++) {
    const rows = drawOnePerCluster(groups, random);
    assert.equal(rows.length, 2);
    for (const row of rows) times[row] = (times[row] ?? 0) + 1;
  }
  assert.equal(times[1], 3000);
  for (const row of [0, 3, 5]) assertClose(times[row], 1000, 0.1);
});

test('a bootstrap draws clusters whole, as many as there are', () => {
  const groups = [[0, 2], [1], [3]];
  const random = createRandom(5);
  for (let draw = 0; draw < 50; draw++) {
    const times = drawClusters(groups, 4, random);
    assert.equal(times[0], times[2]);
    assert.equal((times[0] ?? 0) + (times[1] ?? 0) + (times[3] ?? 0), 3);
  }
});
