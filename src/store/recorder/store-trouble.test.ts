import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStoreTrouble } from './store-trouble.ts';

/** What is logged, with a clock that is set. */
function watched() {
  const logged: string[] = [];
  const clock = { nowMs: 0 };
  const trouble = createStoreTrouble(
    {
      warn: (fields, message) => void logged.push(`warn ${message} ${JSON.stringify(fields)}`),
      info: (_fields, message) => void logged.push(`info ${message}`),
    },
    () => clock.nowMs,
  );
  return { trouble, logged, clock };
}

const full = new Error('the disk is full');

test('the first failure is said at once, with what the store said, and those that follow are not', () => {
  const { trouble, logged, clock } = watched();
  for (let time = 0; time < 5; time += 1) {
    trouble.failed(full);
    clock.nowMs += 60_000;
  }
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /^warn The store takes no rows.*\{"error":"the disk is full"\}$/);
});

test('that it works again is said once, and nothing while it always worked', () => {
  const { trouble, logged } = watched();
  trouble.worked();
  assert.deepEqual(logged, []);
  trouble.failed(full);
  trouble.worked();
  trouble.worked();
  assert.deepEqual(logged.slice(1), ['info The store takes rows again.']);
});

test('a store that comes and goes is said once in ten seconds', () => {
  const { trouble, logged, clock } = watched();
  for (clock.nowMs = 0; clock.nowMs < 10_000; clock.nowMs += 100) {
    trouble.failed(full);
    trouble.worked();
  }
  assert.equal(logged.length, 2);
  trouble.failed(full);
  assert.equal(logged.length, 3);
});
