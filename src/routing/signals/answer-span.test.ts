import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAnswerSpan } from './answer-span.ts';

/** The tokens of the answer itself: what a restart leaves behind is not kept. */
function spanOf(...tokens: readonly string[]): string[] {
  const span = createAnswerSpan();
  let kept: string[] = [];
  for (const token of tokens) {
    const { inside, restart } = span.next(token);
    if (restart) kept = [];
    if (inside) kept.push(token);
  }
  return kept;
}

test('where nothing introduces an answer, all clauses are it', () => {
  assert.deepEqual(spanOf('Paris', '.', ' Not', ' Lyon', '\n', 'Surely', '.'), [
    'Paris',
    ' Not',
    ' Lyon',
    'Surely',
  ]);
});

test('a clause that ends before an introduction ends nothing after it', () => {
  assert.deepEqual(spanOf('Well', '.', ' It', ' is', ' Paris', ',', ' a', ' city'), [' Paris']);
});

test('a point within a number ends no clause', () => {
  assert.deepEqual(spanOf('π', ' =', ' 3', '.', '14', ' or', ' so'), [' 3', '14', ' or', ' so']);
});

test('braces within a text make no JSON of it', () => {
  assert.deepEqual(spanOf('Dear', ' {', 'name', '}', '!'), ['Dear', ' {', 'name', '}']);
});

test('of a list every entry is the answer, of an object what stands after a colon', () => {
  assert.deepEqual(spanOf('["', 'Paris', '", "', 'Lyon', '"]'), ['Paris', 'Lyon']);
  assert.deepEqual(spanOf(' \n', '{"', 'a', '": ["', 'b', '", "', 'c', '"], "', 'd', '":', ' null', '}'), [
    'b',
    'c',
    ' null',
  ]);
});

/** JSON text as pairs: a character, and whether it lies in a scalar value. */
function marked(value: unknown): [string, boolean][] {
  const marks = (text: string, inValue: boolean): [string, boolean][] =>
    Array.from(text, (character) => [character, inValue]);
  const quoted = (text: string, inValue: boolean): [string, boolean][] => [
    ['"', false],
    ...marks(JSON.stringify(text).slice(1, -1), inValue),
    ['"', false],
  ];
  const list = (open: string, items: [string, boolean][][], close: string): [string, boolean][] => [
    [open, false],
    ...items.flatMap((item, index): [string, boolean][] => [
      ...(index > 0 ? marks(', ', false) : []),
      ...item,
    ]),
    [close, false],
  ];
  if (typeof value === 'string') return quoted(value, true);
  if (typeof value !== 'object' || value === null) return marks(JSON.stringify(value), true);
  if (Array.isArray(value)) return list('[', value.map(marked), ']');
  const entries = Object.entries(value).map(([key, inner]): [string, boolean][] => [
    ...quoted(key, false),
    ...marks(': ', false),
    ...marked(inner),
  ]);
  return list('{', entries, '}');
}

test('in any JSON, cut into tokens anywhere, a token is inside where a character of it is in a scalar value', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('"', '\\', '', ':', ',', '[{', 'a "b" \\"'));
  const { root } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.double().map(String).map(Number),
      fc.boolean(),
      tie('root'),
    ),
    root: fc.oneof(
      { depthSize: 'small' },
      fc.array(fc.oneof(text, fc.constant(null)), { maxLength: 4 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(root, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (value, lengths) => {
      const characters = marked(value);
      const span = createAnswerSpan();
      for (let from = 0; from < characters.length;) {
        const token = characters.slice(from, from + (lengths.next().value ?? 1));
        from += token.length;
        assert.deepEqual(span.next(token.map(([character]) => character).join('')), {
          inside: token.some(([, inValue]) => inValue),
          restart: false,
        });
      }
    }),
    { seed: 3, numRuns: 500 },
  );
});
