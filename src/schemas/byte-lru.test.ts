import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createByteLru } from './byte-lru.ts';

test('what was used last is kept, in as many bytes as there may be', () => {
  const evicted: string[] = [];
  const lru = createByteLru<string>(10, (value) => evicted.push(value));
  lru.set('a', 'A', 4);
  lru.set('b', 'B', 4);
  assert.equal(lru.get('a'), 'A');
  lru.set('c', 'C', 4);
  assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c'), lru.bytes], ['A', undefined, 'C', 8]);
  assert.deepEqual(evicted, ['B']);
});

test('an entry that is replaced counts once, and one that is too large is not kept', () => {
  const evicted: string[] = [];
  const lru = createByteLru<string>(10, (value) => evicted.push(value));
  lru.set('a', 'A', 4);
  lru.set('a', 'AA', 7);
  assert.deepEqual([lru.get('a'), lru.bytes], ['AA', 7]);
  lru.set('a', 'huge', 11);
  assert.deepEqual([lru.get('a'), lru.bytes, evicted], [undefined, 0, ['huge']]);
  lru.set('b', 'B', 10);
  lru.clear();
  assert.deepEqual([lru.get('b'), lru.bytes], [undefined, 0]);
});

test('whatever is set, the bytes are those of the entries and never too many', () => {
  const sets = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(12)));
  fc.assert(
    fc.property(sets, (entries) => {
      const lru = createByteLru<number>(20);
      for (const [key, bytes] of entries) lru.set(key, bytes, bytes);
      assert.ok(lru.bytes <= 20);
      const kept = ['a', 'b', 'c', 'd'].map((key) => lru.get(key) ?? 0);
      assert.equal(
        kept.reduce((sum, bytes) => sum + bytes, 0),
        lru.bytes,
      );
    }),
  );
});
