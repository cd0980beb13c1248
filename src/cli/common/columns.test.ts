import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmless, sideBySide, wrapText } from './columns.ts';

test('what a model wrote cannot steer the terminal', () => {
  assert.equal(harmless('a\u001b[31mred\u001b[0m\u0007b\r\nc\td\u009b2J'), 'aredb\nc  d');
  // What turns the direction of writing would show another answer than was given.
  assert.equal(harmless('a\u202Eb\u2066c'), 'abc');
  assert.equal(harmless('Zürich, 東京 👍'), 'Zürich, 東京 👍');
});

test('lines break between words, and long words where they must', () => {
  assert.deepEqual(wrapText('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrapText('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  assert.deepEqual(wrapText('a\n\nb', 10), ['a', '', 'b']);
});

test('two texts stand beside one another under their heads', () => {
  const lines = sideBySide(
    [
      { head: 'A', text: 'one' },
      { head: 'B', text: 'two\nthree' },
    ],
    65,
  );
  assert.deepEqual(lines, [
    `${'A'.padEnd(30)}  │  B`,
    `${'one'.padEnd(30)}  │  two`,
    `${' '.repeat(30)}  │  three`,
  ]);
});

test('where the terminal is narrow, or there are many, they stand below one another; one stands alone', () => {
  const texts = ['one', 'two'].map((text, index) => ({ head: `Answer ${index}`, text }));
  assert.deepEqual(sideBySide(texts, 50), ['Answer 0', 'one', '', 'Answer 1', 'two']);
  assert.deepEqual(sideBySide(texts.slice(1), 200), ['Answer 1', 'two']);
  assert.deepEqual(sideBySide([], 80), []);
});
