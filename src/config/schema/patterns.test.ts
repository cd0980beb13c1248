import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matcher, overlap, patternLength } from './patterns.ts';

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 5 });
const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });

test('a star stands for any characters, also none', () => {
  const covers = matcher('gpt-4*');
  for (const text of ['gpt-4', 'gpt-4o', 'gpt-4.1-mini']) assert.ok(covers(text), text);
  for (const text of ['gpt-5', 'GPT-4o', 'my-gpt-4']) assert.ok(!covers(text), text);
});

test('a star alone covers every name', () => {
  fc.assert(fc.property(fc.string(), (text) => matcher('*')(text)));
});

test('nothing but the star is special', () => {
  assert.ok(matcher('a.c*')('a.cd'));
  assert.ok(!matcher('a.c*')('abcd'));
});

test('the ends of a pattern do not share characters of the name', () => {
  assert.ok(!matcher('ab*ba')('aba'));
  assert.ok(matcher('ab*ba')('abba'));
});

test('a pattern covers what the same regular expression covers', () => {
  fc.assert(
    fc.property(pattern, name, (text, word) => {
      const expression = new RegExp(`^${text.replaceAll('*', '.*')}$`);
      assert.equal(matcher(text)(word), expression.test(word));
    }),
    { numRuns: 2_000 },
  );
});

test('a hostile name is judged in no time', () => {
  assert.equal(matcher('*a*a*a*a*a*a*a*a*b')('a'.repeat(100_000)), false);
});

const WORDS = Array.from({ length: 8 }, (_, length) =>
  Array.from({ length: 2 ** length }, (_unused, bits) =>
    Array.from({ length }, (_one, index) => ((bits >> index) & 1 ? 'a' : 'b')).join(''),
  ),
).flat();

test('two patterns overlap exactly where some name fits both', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 4 });
  fc.assert(
    fc.property(short, short, (a, b) => {
      const [first, second] = [matcher(a), matcher(b)];
      assert.equal(
        overlap(a, b),
        WORDS.some((word) => first(word) && second(word)),
        `${a} ${b}`,
      );
    }),
    { numRuns: 1_000 },
  );
});

test('the length of a pattern is that of the characters which must be there', () => {
  assert.deepEqual(['*', 'gpt-4*', '*-mini', 'gpt-4o'].map(patternLength), [0, 5, 5, 6]);
});
