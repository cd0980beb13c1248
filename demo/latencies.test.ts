import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../src/traces/trace.ts';
import { latencyTable, spread, timesOf } from './latencies.ts';

const trace = (id: string, group: string, attempts: Trace['attempts'] = {}): Trace => ({
  id,
  group,
  attempts,
});
const questions = [
  ...Array.from({ length: 60 }, (_, index) => trace(`a${index}`, 'a')),
  ...Array.from({ length: 30 }, (_, index) => trace(`b${index}`, 'b')),
  ...Array.from({ length: 10 }, (_, index) => trace(`c${index}`, 'c')),
];

test('the questions are spread over the groups in proportion, and are the same each time', () => {
  const drawn = spread(questions, 20);
  const count = (group: string): number => drawn.filter((each) => each.group === group).length;
  assert.deepEqual([count('a'), count('b'), count('c')], [12, 6, 2]);
  assert.equal(new Set(drawn.map(({ id }) => id)).size, 20);
  assert.deepEqual(spread(questions, 20), drawn);
});

test('they are not simply the first of each group', () => {
  assert.notDeepEqual(
    spread(questions, 20)
      .filter(({ group }) => group === 'a')
      .map(({ id }) => id)
      .toSorted(),
    questions
      .slice(0, 12)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test('the table has the median and the tenth and ninetieth percentile of each tier', () => {
  const timed = timesOf(
    Array.from({ length: 10 }, (_, index) =>
      trace(`q${index}`, 'a', {
        small: { latencyMs: 100 * (index + 1), outputTokens: index },
        ...(index < 3 ? { large: { latencyMs: 2000 } } : {}),
      }),
    ),
  );
  assert.deepEqual(latencyTable(timed, ['small', 'large']).slice(2), [
    '| small | 10 | 0.50 s | 0.10–0.90 s | 4 |',
    '| large | 3 | 2.00 s | 2.00–2.00 s |  |',
  ]);
});

test('a recording without latencies is refused', () => {
  assert.throws(
    () => timesOf([trace('q', 'a', { small: { answer: '4' } })]),
    /q: the answer of small has no latency/,
  );
});
