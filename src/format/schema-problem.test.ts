import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { inPlainWords } from './schema-problem.ts';

const schema = z.strictObject({
  name: z.string().min(1),
  list: z.array(z.int()).min(1).optional(),
  kind: z.enum(['exact', 'number', 'set']).optional(),
  share: z.number().min(0).max(1).optional(),
  flag: z.boolean().optional(),
  inner: z.object({ text: z.string().max(3) }).optional(),
  either: z.union([z.string(), z.array(z.unknown()), z.null()]).optional(),
  words: z.union([z.enum(['all']), z.boolean()]).optional(),
  own: z.string('say who you are').optional(),
});

function finding(value: object): string {
  const { error } = schema.safeParse({ name: 'x', ...value }, { error: inPlainWords });
  return error?.issues.map(({ message }) => message).join('; ') ?? 'nothing';
}

const cases: readonly (readonly [what: string, value: object, message: string])[] = [
  ['nothing wrong', {}, 'nothing'],
  ['a missing field', { name: undefined }, 'it is missing, and must be a string'],
  ['another type', { name: 7 }, 'it must be a string, and is a number'],
  ['a number beyond all', { share: Infinity }, 'it must be a number, and is not a finite one'],
  ['null', { name: null }, 'it must be a string, and is null'],
  ['an empty text', { name: '' }, 'it must not be empty'],
  ['a text for a list', { list: 'x' }, 'it must be a list, and is a string'],
  ['an empty list', { list: [] }, 'it must have at least 1 entry'],
  ['a fraction', { list: [1.5] }, 'it must be a whole number'],
  ['another word', { kind: 'nope' }, "it must be 'exact', 'number' or 'set'"],
  ['too much', { share: 2 }, 'it must be at most 1'],
  ['too little', { share: -1 }, 'it must be at least 0'],
  ['no truth value', { flag: 'yes' }, 'it must be true or false, and is a string'],
  ['a list for an object', { inner: [] }, 'it must be an object, and is a list'],
  ['none of several types', { either: 5 }, 'it must be a string, a list or null, and is a number'],
  ['none of several, words among them', { words: 5 }, 'Invalid input'],
  ['a long text', { inner: { text: 'four' } }, 'it must have at most 3 characters'],
  ['an unknown field', { nam: 1 }, "it has 'nam', which is not known"],
  ['a message of the schema itself', { own: 1 }, 'say who you are'],
];

for (const [what, value, message] of cases) {
  test(`a finding is said in plain words: ${what}`, () => {
    assert.equal(finding(value), message);
  });
}

test('a finding never shows the value that was wrong', () => {
  assert.doesNotMatch(finding({ kind: 'sk-secret', share: 'sk-secret' }), /sk-secret/);
});
