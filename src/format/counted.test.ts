import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted } from './counted.ts';

test('one is one, and everything else is many', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'audit')),
    ['0 audits', '1 audit', '2 audits'],
  );
  assert.deepEqual(
    [1, 3].map((count) => counted(count, 'policy', 'policies')),
    ['1 policy', '3 policies'],
  );
});
