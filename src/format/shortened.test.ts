import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortened } from './shortened.ts';

test('a text that is short enough is left alone; of a longer one the middle is left out', () => {
  assert.equal(shortened('abcdefghij', 10), 'abcdefghij');
  assert.equal(shortened('abcdefghijk', 10), 'abcdef…ijk');
  for (const most of [3, 4, 50]) assert.equal(shortened('x'.repeat(1_000), most).length, most);
});
