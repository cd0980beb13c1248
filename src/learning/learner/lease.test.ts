import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { createLeaseKeeper, LEASE_MS, type HeldLease } from './lease.ts';

const held: HeldLease = { name: 'learn:auto', holder: 'me' };

/** A keeper whose time goes on when it is told to. */
function start(answer: () => Promise<boolean> = () => Promise.resolve(true)) {
  const kept: HeldLease[] = [];
  const waits: number[] = [];
  let awake: (() => void)[] = [];
  const keeper = createLeaseKeeper({
    keep(of) {
      kept.push(of);
      return answer();
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        awake.push(resolve);
        signal.addEventListener('abort', () => resolve());
      }),
  });
  const tick = async (): Promise<void> => {
    const now = awake;
    awake = [];
    now.forEach((wake) => wake());
    await setImmediate();
  };
  return { keeper, kept, waits, tick };
}

test('a lease is extended well before its end, as long as it is held', async () => {
  const { keeper, kept, waits, tick } = start();
  await tick();
  assert.deepEqual(kept, []);
  keeper.hold(held);
  for (let beat = 0; beat < 5; beat += 1) await tick();
  assert.deepEqual(kept, [held, held, held, held, held]);
  assert.ok(
    waits.every((ms) => ms <= LEASE_MS / 2),
    waits.join(),
  );
  keeper.hold();
  await tick();
  assert.equal(kept.length, 5);
});

test('after a second lease begins, only that one is extended', async () => {
  const { keeper, kept, tick } = start();
  const other = { ...held, holder: 'me again' };
  keeper.hold(held);
  keeper.hold(other);
  await tick();
  assert.deepEqual(kept, [other]);
});

test('a lost lease is dropped; where the store is unavailable, it is asked again', async () => {
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve(false)];
  const { keeper, kept, tick } = start(() => answers.shift()?.() ?? Promise.resolve(true));
  keeper.hold(held);
  for (let beat = 0; beat < 4; beat += 1) await tick();
  assert.equal(kept.length, 2);
});

test('a lease is not extended beyond half an hour of one fit', async () => {
  const { keeper, kept, tick } = start();
  keeper.hold(held);
  for (let beat = 0; beat < 200; beat += 1) await tick();
  assert.equal(kept.length, 90);
});
