import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from './defined.ts';

test('members without a value are left out, and null is a value', () => {
  const count: number | undefined = undefined;
  const found: { name: string; count?: number; why: null } = defined({ name: 'a', count, why: null });
  assert.deepEqual(found, { name: 'a', why: null });
  assert.equal('count' in found, false);
});
