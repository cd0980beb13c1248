import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, type Agreement } from './agreement.ts';

const cases: [Agreement, boolean, string, string][] = [
  ['exact', true, 'Paris', ' paris. '],
  ['exact', true, 'The capital is Paris.', 'Paris'],
  ['exact', true, 'Let me think.\nFinal answer: Paris', 'Paris'],
  ['exact', false, 'Paris', 'Lyon'],
  ['exact', false, 'Not Paris', 'Paris'],
  ['exact', true, 'Yes, it is.', 'Yes'],
  ['exact', false, 'Yes', 'No'],
  ['exact', true, 'One.\n\nTwo.', 'One. Two.'],
  ['exact', false, 'One.\n\nTwo.', 'One.\n\nThree.'],
  ['exact', false, 'red | blue', 'red'],
  ['exact', false, '', ''],
  ['number', true, 'It costs 12 apples in all: 12.', 'The answer is 12'],
  ['number', true, '3 + 4 = 7', 'seven'],
  ['number', true, '50%', '0.5'],
  ['number', false, '12', '13'],
  ['number', false, 'I cannot say.', 'I cannot say.'],
  ['set', true, 'red, blue', 'blue and red'],
  ['set', false, 'red, blue', 'red'],
  ['set', false, '', ''],
];

test('two answers agree where they conclude with the same text, number or set', () => {
  for (const [kind, expected, one, other] of cases)
    assert.equal(agree(kind, one, other), expected, `${kind}: ${one} / ${other}`);
});

test('the order of the answers does not matter', () => {
  for (const [kind, , one, other] of cases)
    assert.equal(agree(kind, one, other), agree(kind, other, one), `${kind}: ${one} / ${other}`);
  fc.assert(
    fc.property(
      fc.constantFrom<Agreement>('exact', 'number', 'set'),
      fc.string(),
      fc.string(),
      (kind, one, other) => assert.equal(agree(kind, one, other), agree(kind, other, one)),
    ),
  );
});
