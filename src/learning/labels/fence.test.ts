import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fenceFor } from './fence.ts';

test('the same texts have the same fence, others another', () => {
  assert.equal(fenceFor(['a', 'b']), fenceFor(['a', 'b']));
  assert.notEqual(fenceFor(['a', 'b']), fenceFor(['ab', '']));
  assert.match(fenceFor([]), /^[0-9a-f]{16}$/);
});

test('no text holds its fence, not even one that knows how others are made', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      const known = [...texts, fenceFor(texts), fenceFor(texts).toUpperCase()];
      const fence = fenceFor(known);
      assert.ok(known.every((text) => !text.toLowerCase().includes(fence)));
    }),
  );
});
