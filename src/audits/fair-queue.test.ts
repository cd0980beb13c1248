import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFairQueue } from './fair-queue.ts';
import { createTimeLimits } from './time-limit.ts';

const limits = { items: 6, characters: 1_000 };

test('one who sends much loses what is too much, and nobody else loses anything', () => {
  const queue = createFairQueue<string>(limits);
  const dropped = Array.from({ length: 20 }, (_, number) => queue.add('many', `m${number}`, 1)).flat();
  assert.deepEqual(
    dropped,
    Array.from({ length: 14 }, (_, number) => `m${number + 6}`),
    'the newest',
  );
  assert.deepEqual(queue.add('few', 'f0', 1), ['m5']);
  assert.deepEqual(queue.add('few', 'f1', 1), ['m4']);
  assert.deepEqual(queue.add('few', 'f2', 1), ['m3']);
  assert.deepEqual(queue.add('few', 'f3', 1), ['f3'], 'each has its half');
  assert.equal(queue.size, 6);
});

test('who sends what is long gives way first where characters are what is short', () => {
  const queue = createFairQueue<string>(limits);
  queue.add('short', 's0', 10);
  queue.add('short', 's1', 10);
  queue.add('long', 'l0', 900);
  assert.deepEqual(queue.add('short', 's2', 100), ['l0']);
  assert.deepEqual(queue.add('long', 'l1', 2_000), ['l1'], 'what can never fit');
});

test('time is shared, not turns: what takes long is served more rarely', () => {
  const queue = createFairQueue<string>({ items: 1_000, characters: 1_000 });
  for (let number = 0; number < 100; number += 1) {
    queue.add('slow', `s${number}`, 1);
    queue.add('quick', `q${number}`, 1);
  }
  const served = { slow: 0, quick: 0 };
  for (let turn = 0; turn < 60; turn += 1) {
    const { sender } = queue.take() ?? { sender: '' };
    if (sender === 'slow') served.slow += 1;
    else served.quick += 1;
    queue.ended(sender, sender === 'slow' ? 9_000 : 1_000);
  }
  assert.deepEqual(served, { slow: 6, quick: 54 });
});

test('of several places nobody takes a second one before everybody has the first', () => {
  const queue = createFairQueue<string>(limits);
  queue.add('one', 'a', 1);
  queue.add('one', 'b', 1);
  queue.add('two', 'c', 1);
  assert.deepEqual(
    [queue.take(), queue.take(), queue.take(), queue.take()].map((taken) => taken?.item),
    ['a', 'c', 'b', undefined],
  );
});

test('who was away has saved up nothing, and owes nothing', () => {
  const queue = createFairQueue<string>(limits);
  queue.add('old', 'o0', 1);
  queue.take();
  queue.ended('old', 50_000);
  queue.add('old', 'o1', 1);
  queue.add('old', 'o2', 1);
  queue.add('new', 'n0', 1);
  assert.deepEqual(
    [queue.take(), queue.take()].map((taken) => taken?.sender),
    ['old', 'new'],
  );
});

test('nothing is lost or doubled, whatever comes and goes, and the limits hold', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({
        sender: fc.constantFrom('a', 'b', '__proto__'),
        characters: fc.integer({ min: 0, max: 400 }),
      }),
      fc.constant('take' as const),
      fc.constant('clear' as const),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (script) => {
      const queue = createFairQueue<number>(limits);
      const inside = new Map<number, number>();
      let next = 0;
      const leave = (item: number): void => assert.ok(inside.delete(item), `${item} leaves once`);
      for (const step of script) {
        if (step === 'take') {
          const taken = queue.take();
          assert.equal(taken === undefined, inside.size === 0);
          if (taken === undefined) continue;
          leave(taken.item);
          queue.ended(taken.sender, 10);
        } else if (step === 'clear') {
          for (const item of queue.clear()) leave(item);
          assert.equal(inside.size, 0);
        } else {
          inside.set(next, step.characters);
          for (const item of queue.add(step.sender, next++, step.characters)) leave(item);
        }
        assert.equal(queue.size, inside.size);
        assert.ok(inside.size <= limits.items);
        assert.ok([...inside.values()].reduce((sum, length) => sum + length, 0) <= limits.characters);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('an audit that hangs ends ten times after the usual time, at least half a minute and at most as a request', () => {
  const time = createTimeLimits();
  assert.equal(time.of('auto', 600_000), 600_000, 'nothing is usual yet');
  for (let audit = 0; audit < 100; audit += 1) time.ended('auto', 5_000);
  assert.ok(Math.abs(time.of('auto', 600_000) - 50_000) < 1);
  assert.equal(time.of('other', 600_000), 600_000);
  time.ended('auto', 600_000);
  assert.ok(time.of('auto', 600_000) < 70_000, 'one slow audit makes little difference');
  assert.equal(time.of('auto', 20_000), 20_000);
  // Where all take longer than they may, the limit follows.
  for (let audit = 0; audit < 40; audit += 1) time.ended('auto', time.of('auto', 600_000));
  assert.equal(time.of('auto', 600_000), 600_000);
  for (let audit = 0; audit < 100; audit += 1) time.ended('quick', 100);
  assert.equal(time.of('quick', 600_000), 30_000);
});
