import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../../src/traces/trace.ts';
import { answerRows } from './rows.ts';

const answer = { answer: 'It is 4.', score: 1, finish: 'stop', tokens: [{ t: 'It is 4.', lp: -0.5 }] };
const trace = (id: string, group: string, attempts: Trace['attempts'], split = 'test'): Trace => ({
  id,
  group,
  split,
  template: 'sums',
  prompt: 'What is 2 + 2?',
  attempts,
});

test('a row has what is known of the answer and of the request', () => {
  const [row] = answerRows([trace('a', 'arithmetic', { small: answer })], ['small']);
  assert.deepEqual(
    [row?.tier, row?.split, row?.template, row?.score],
    ['small', 'test', 'arithmetic/sums', 1],
  );
  assert.equal(row?.signals['meanLogprob'], -0.5);
  assert.equal(row?.signals['turns'], 1);
  assert.ok((row?.signals['promptTokens'] ?? 0) > 0);
});

test('reasoning, logic, word problems and hard arithmetic take several steps', () => {
  const rows = answerRows(
    ['reasoning', 'logic', 'word-problems', 'arithmetic-hard', 'notices'].map((group) =>
      trace(group, group, { small: answer }),
    ),
    ['small'],
  );
  assert.deepEqual(
    rows.map((row) => row.multiStep),
    [true, true, true, true, false],
  );
});

test('an answer that was cut off is not among them, and a template of another group is another one', () => {
  const rows = answerRows(
    [
      trace('a', 'logic', { small: { ...answer, finish: 'length' }, large: answer }),
      trace('b', 'dates', { small: answer }, 'fit'),
    ],
    ['small', 'large'],
  );
  assert.deepEqual(
    rows.map(({ tier, split, template }) => [tier, split, template]),
    [
      ['large', 'test', 'logic/sums'],
      ['small', 'fit', 'dates/sums'],
    ],
  );
});
