import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shiftToClear, boxOfWords } from './label-position.ts';

const block = { left: 0, right: 100, top: 100, bottom: 140 };
const room = { top: 0, bottom: 300 };

test('words cover what stands on their base line, before it where they end there', () => {
  const { left, right, top, bottom } = boxOfWords([50, 20], 'ten letter', 'start');
  assert.ok(left === 50 && right > 100 && right < 130 && top < 20 && bottom >= 20);
  assert.equal(boxOfWords([50, 20], 'ten letter', 'end').right, 50);
});

test('a block stays where nothing is in its way', () => {
  assert.equal(shiftToClear(block, [], room), 0);
  assert.equal(shiftToClear(block, [{ left: 100, right: 200, top: 0, bottom: 300 }], room), 0);
});

test('it moves the least way up or down', () => {
  assert.equal(shiftToClear(block, [{ left: 50, right: 60, top: 134, bottom: 150 }], room), -6);
  assert.equal(shiftToClear(block, [{ left: 50, right: 60, top: 90, bottom: 104 }], room), 4);
});

test('it does not leave the picture, and stays where there is no room at all', () => {
  assert.equal(
    shiftToClear(block, [{ left: 50, right: 60, top: 134, bottom: 150 }], { top: 100, bottom: 300 }),
    50,
  );
  assert.equal(shiftToClear(block, [{ left: 0, right: 100, top: 0, bottom: 300 }], room), 0);
});
