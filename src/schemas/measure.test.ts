import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWithin } from './measure.ts';

/** The least limits that a value is within. */
function sizeOf(value: unknown): { maxValues: number; maxDepth: number; maxText: number } {
  if (typeof value === 'string') return { maxValues: 1, maxDepth: 0, maxText: value.length };
  if (typeof value !== 'object' || value === null) return { maxValues: 1, maxDepth: 0, maxText: 0 };
  const size = { maxValues: 1, maxDepth: 0, maxText: 0 };
  for (const [key, inner] of Object.entries(value)) {
    const part = sizeOf(inner);
    size.maxValues += part.maxValues;
    size.maxDepth = Math.max(size.maxDepth, part.maxDepth + 1);
    size.maxText += part.maxText + (Array.isArray(value) ? 0 : key.length);
  }
  return size;
}

test('a value is within its own size, and not within less of anything', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const size = sizeOf(value);
      assert.ok(isWithin(value, size));
      for (const limit of ['maxValues', 'maxDepth', 'maxText'] as const) {
        if (size[limit] === 0 || (limit === 'maxValues' && size.maxValues === 1)) continue;
        assert.ok(!isWithin(value, { ...size, [limit]: size[limit] - 1 }), limit);
      }
    }),
  );
});

test('a value that is nested half a million deep is measured without recursion', () => {
  const deep: unknown = JSON.parse('['.repeat(500_000) + ']'.repeat(500_000));
  const limits = { maxValues: 1_000_000, maxDepth: 500_000, maxText: 0 };
  assert.ok(isWithin(deep, limits));
  assert.ok(!isWithin(deep, { ...limits, maxDepth: 499_998 }));
});
