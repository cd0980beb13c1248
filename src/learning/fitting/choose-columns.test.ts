import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnSchema, encode } from '../../routing/signals/columns.ts';
import type { Signals } from '../../routing/attempt.ts';
import { chooseColumns } from './choose-columns.ts';

const rowsOf = (count: number, row: (index: number) => Signals): Signals[] =>
  Array.from({ length: count }, (_, index) => row(index));
const shown = (rows: readonly Signals[]): string[] =>
  chooseColumns(rows).columns.map(({ signal, transform }) => `${signal} ${transform}`);

test('a signal is transformed by what it is: a probability, its logarithm, a count, anything else', () => {
  const rows = rowsOf(20, (i) => ({
    pTrue: (i + 0.5) / 20,
    meanLogprob: -i / 10,
    outputTokens: i,
    entropy: i / 7,
    flag: i % 2,
  }));
  assert.deepEqual(shown(rows), [
    'entropy identity',
    'flag identity',
    'meanLogprob logit-exp',
    'outputTokens log1p',
    'pTrue logit',
  ]);
});

test('a signal that some rows lack gets a flag, and only what no row lacks is required', () => {
  const rows = rowsOf(20, (i) => ({ all: i, ...(i < 8 ? { some: i } : {}) }));
  const { columns, requires } = chooseColumns(rows);
  assert.deepEqual(
    columns.map(({ signal, transform }) => `${signal} ${transform}`),
    ['all identity', 'some identity', 'some missing'],
  );
  assert.deepEqual(requires, ['all']);
});

test('a constant signal, one in hardly any row, and one that another makes redundant get no column', () => {
  const rows = rowsOf(20, (i) => ({
    constant: 0.7,
    answerWords: i,
    outputTokens: 2 * i,
    ...(i < 4 ? { seldom: i } : {}),
  }));
  assert.deepEqual(shown(rows), ['outputTokens log1p']);
  assert.deepEqual(chooseColumns([]), { columns: [], requires: [] });
});

test('a signal that is present or absent but never changes gets only its flag', () => {
  assert.deepEqual(shown(rowsOf(20, (i): Signals => (i % 2 === 0 ? { there: 1 } : {}))), ['there missing']);
});

test('any numbers give columns that are finite, can be written, and encode finite rows', () => {
  const value = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, 1, 1e308, -1e308, 1e200, 5e-324, Infinity, NaN, -1),
  );
  const name = fc.constantFrom('p', 'xLogprob', 'outputTokens', '__proto__', 'constructor');
  fc.assert(
    fc.property(fc.array(fc.dictionary(name, value), { minLength: 1, maxLength: 30 }), (rows) => {
      const { columns } = chooseColumns(rows);
      for (const column of columns) assert.deepEqual(columnSchema.parse(column), column);
      for (const row of [...rows, { p: 1e308, outputTokens: -1e308, xLogprob: 1e308 }])
        assert.ok(encode(columns, row).every(Number.isFinite));
    }),
    { seed: 12, numRuns: 300 },
  );
});
