import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWaiting, type WaitingJob } from './waiting.ts';

interface Named extends WaitingJob {
  name: string;
}

const job = (name: string, key: string, isKnown = true, bytes = 1): Named => ({ name, key, isKnown, bytes });

function takeAll(waiting: ReturnType<typeof createWaiting<Named>>): string[] {
  const names: string[] = [];
  for (let next = waiting.take(); next !== undefined; next = waiting.take()) names.push(next.name);
  return names;
}

test('known schemas go first, and the keys take turns', () => {
  const waiting = createWaiting<Named>(100, 100);
  const jobs = [
    job('n1', 'a', false),
    job('a1', 'a'),
    job('a2', 'a'),
    job('a3', 'a'),
    job('b1', 'b'),
    job('c1', 'c'),
  ];
  for (const each of jobs) assert.ok(waiting.add(each));
  assert.deepEqual(takeAll(waiting), ['a1', 'b1', 'c1', 'a2', 'a3', 'n1']);
  assert.deepEqual([waiting.size, waiting.bytes], [0, 0]);
});

test('more jobs or bytes than there may be are refused', () => {
  const waiting = createWaiting<Named>(2, 10);
  assert.ok(waiting.add(job('a', 'k', true, 8)));
  assert.ok(!waiting.add(job('b', 'k', true, 3)));
  assert.ok(waiting.add(job('c', 'k', true, 2)));
  assert.ok(!waiting.add(job('d', 'k', true, 0)));
});

test('a job that gave up is not taken, and removing it again changes nothing', () => {
  const waiting = createWaiting<Named>(10, 10);
  const [first, second] = [job('first', 'k'), job('second', 'k')];
  waiting.add(first);
  waiting.add(second);
  waiting.remove(first);
  waiting.remove(first);
  assert.deepEqual([waiting.size, waiting.bytes], [1, 1]);
  assert.deepEqual(takeAll(waiting), ['second']);
  waiting.remove(second);
  assert.equal(waiting.size, 0);
});

test('whatever order jobs come in, each is taken once and no key waits for two turns of another', () => {
  const jobs = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(jobs, (entries) => {
      const waiting = createWaiting<Named>(100, 100);
      for (const [index, [key, isKnown]] of entries.entries()) waiting.add(job(String(index), key, isKnown));
      const taken: Named[] = [];
      for (let next = waiting.take(); next !== undefined; next = waiting.take()) taken.push(next);
      assert.equal(new Set(taken.map(({ name }) => name)).size, entries.length);
      for (const [index, { key, isKnown }] of taken.entries()) {
        const again = taken.findIndex(
          (each, at) => at > index && each.key === key && each.isKnown === isKnown,
        );
        const between = taken.slice(index + 1, Math.max(again, index + 1));
        const later = new Set(
          taken
            .slice(again)
            .filter((each) => each.isKnown === isKnown)
            .map((each) => each.key),
        );
        if (again < 0) continue;
        later.delete(key);
        for (const other of later)
          assert.ok(
            between.some((each) => each.key === other),
            `${other} waits for ${key}`,
          );
      }
    }),
  );
});
