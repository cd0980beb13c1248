import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createRecordSplitter, type RecordText } from './split-records.ts';

/** The records of a text that comes in pieces of this length. */
function split(text: string, length = text.length, longest?: number): RecordText[] {
  const splitter = createRecordSplitter(longest);
  const found: RecordText[] = [];
  for (let from = 0; from < text.length; from += Math.max(1, length))
    found.push(...splitter.push(text.slice(from, from + Math.max(1, length))));
  return [...found, ...splitter.end()];
}

const valuesIn = (records: readonly RecordText[]): unknown[] =>
  records.map(({ text = 'null' }) => JSON.parse(text) as unknown);

const RECORDS = [
  { a: 'x', data: ['y', '\n', '"}]'] },
  { b: { c: [{ data: [1] }] } },
  { text: 'data', list: [[], [{}]], '{[': 'ü \\ "' },
];

test('JSON Lines, a list, a list within an object, and both with line breaks give the same records, in pieces of any length', () => {
  const forms = [
    RECORDS.map((each) => JSON.stringify(each)).join('\n'),
    `\n${RECORDS.map((each) => JSON.stringify(each)).join('\n\n')}\n`,
    JSON.stringify(RECORDS),
    JSON.stringify(RECORDS, undefined, 2),
    JSON.stringify({ object: 'list', meta: { a: [1] }, data: RECORDS, more: false }, undefined, 2),
    JSON.stringify({ observations: RECORDS, data: 3 }, undefined, '\t'),
    RECORDS.map((each) => JSON.stringify(each, undefined, 2)).join('\n'),
  ];
  for (const form of forms)
    for (const length of [1, 3, 7, 1_000]) assert.deepEqual(valuesIn(split(form, length)), RECORDS, form);
});

test('a record says the line that it begins in', () => {
  assert.deepEqual(
    split('{"a":1}\n\n{"b":2}').map(({ line }) => line),
    [1, 3],
  );
  assert.deepEqual(
    split('[\n  {\n "a": 1\n },\n {"b": 2}\n]').map(({ line }) => line),
    [2, 5],
  );
});

test('a record that is too long is left out without being kept, and those behind it are found', () => {
  const long = { long: 'x'.repeat(500) };
  for (const form of [
    `{"a":1}\n${JSON.stringify(long)}\n{"b":2}`,
    JSON.stringify([{ a: 1 }, long, { b: 2 }], undefined, 1),
    JSON.stringify([{ a: 1 }, long, { b: 2 }]),
  ]) {
    const found = split(form, 64, 100);
    assert.deepEqual(
      found.map(({ text }) => text === undefined),
      [false, true, false],
      form,
    );
  }
});

test('a line that is no JSON stays a record, so that it can be counted; an unfinished end too', () => {
  assert.deepEqual(
    split('{"a":1}\nnot JSON\n{"b"').map(({ text }) => text),
    ['{"a":1}', 'not JSON', '{"b"'],
  );
  assert.equal(split('[{"a":1},{"b":').length, 2);
  assert.deepEqual(split(''), []);
  assert.deepEqual(split(' \n\t\n'), []);
});

test('any text ends, and no piece of it is lost between the pieces that it comes in', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ',',
    ':',
    '\n',
    'data',
    'a',
    '1',
    ' ',
    '{"data":[',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, length) => {
      const text = pieces.join('');
      assert.deepEqual(split(text, length), split(text));
    }),
    { numRuns: 2_000 },
  );
});

test('what is blank before the first record is counted and not kept, however long it is', () => {
  assert.deepEqual(
    split('\n \n\n{"a":1}\n', 2).map(({ line, text }) => [line, text]),
    [[4, '{"a":1}']],
  );
  assert.deepEqual(
    split('\n\n[\n{"a":1}]', 2).map(({ line, text }) => [line, text]),
    [[4, '{"a":1}']],
  );
  const splitter = createRecordSplitter();
  // Together more than a string can be; a few bytes of gzip are enough for it.
  const blank = ' '.repeat(1 << 20);
  for (let piece = 0; piece < 600; piece += 1) splitter.push(blank);
  assert.deepEqual([...splitter.push('{"a":1}\n'), ...splitter.end()], [{ line: 1, text: '{"a":1}' }]);
});
