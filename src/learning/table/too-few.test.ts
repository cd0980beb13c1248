import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooFew } from './too-few.ts';

test('one question is, several are', () => {
  assert.equal(
    tooFew(1, 'to fit a policy on'),
    '1 labelled question is too few to fit a policy on: at least 20 are needed.',
  );
  assert.match(tooFew(0, 'to fit a policy on'), /^0 labelled questions are too few/);
  assert.match(tooFew(19, 'to fit a policy on'), /^19 labelled questions are too few/);
});
