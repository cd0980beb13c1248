import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { didYouMean, nearest } from './suggest.ts';

const MODELS = ['small', 'medium', 'large', 'qwen3:4b', 'gpt-4o-mini'];

test('a slip of the finger finds what was meant', () => {
  const slips = { larg: 'large', lrage: 'large', Medium: 'medium', smalll: 'small', 'qwen3-4b': 'qwen3:4b' };
  for (const [slip, meant] of Object.entries(slips)) assert.deepEqual(nearest(slip, MODELS), [meant], slip);
});

test('a part of a name finds the name', () => {
  assert.deepEqual(nearest('gpt-4o', MODELS), ['gpt-4o-mini']);
});

test('what resembles nothing finds nothing', () => {
  for (const word of ['', 'xyz', 'llama', 'a', 'x'.repeat(10_000)])
    assert.deepEqual(nearest(word, MODELS), [], word);
  assert.equal(didYouMean('xyz', MODELS), '');
});

test('the nearest come first, and no more of them than asked for', () => {
  assert.deepEqual(nearest('tier-1', ['tier-22', 'tier-2', 'tier-1b'], 2), ['tier-1b', 'tier-2']);
});

test('the suggestion is a question', () => {
  assert.equal(didYouMean('larg', MODELS), "; did you mean 'large'?");
});

test('a known name is its own nearest, whatever it is', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1 });
  fc.assert(
    fc.property(names, (known) => {
      const [name = ''] = known;
      const [found = ''] = nearest(name, known);
      return found.toLowerCase() === name.toLowerCase();
    }),
  );
});
