import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { interpolate } from './interpolate.ts';
import { masked, unmasked } from './mask.ts';

const environment = { NAME: 'value', EMPTY: '', NESTED: '${NAME}' };
const textOf = (source: string): string => interpolate(source, environment).text;

test('a reference becomes the value of the variable', () => {
  assert.equal(textOf('a ${NAME} b ${NAME}'), 'a value b value');
});

test('a default is used where the variable is unset or empty', () => {
  assert.equal(textOf('${MISSING:-x y}${EMPTY:-z}${NAME:-no}'), 'x yzvalue');
  assert.equal(textOf('${MISSING:-}'), '');
});

test('two dollar signs stand for the characters themselves', () => {
  assert.equal(textOf('$${NAME} $NAME $5'), '${NAME} $NAME $5');
});

test('values are not looked through again', () => {
  assert.equal(textOf('${NESTED}'), '${NAME}');
});

test('an unset variable is a problem that names it', () => {
  const { problems } = interpolate('${MISSING} ${ALSO}', environment);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /environment variable MISSING is not set.*\$\{MISSING:-default\}/);
});

test('what every object inherits is no variable', () => {
  assert.equal(interpolate('${constructor}', environment).problems.length, 1);
});

test('a reference that cannot be read is a problem', () => {
  for (const source of ['${', '${}', '${1A}', '${NAME', '${NA ME}'])
    assert.match(
      interpolate(source, environment).problems[0] ?? '',
      /must be followed by a variable name/,
      source,
    );
});

test('it is known whether a value of the environment is in the text', () => {
  const from = (source: string): boolean => interpolate(source, environment).fromEnvironment;
  assert.deepEqual(['${NAME}', '${MISSING:-x}', 'x', '$${NAME}'].map(from), [true, false, false, false]);
});

test('masking keeps every place in the text, and is undone', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '\n', ' ') }), (text) => {
      assert.equal(masked(text).length, text.length);
      assert.equal(unmasked(masked(text)), text);
    }),
  );
});
