import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCoins } from './coins.ts';

const ids = Array.from(
  { length: 20_000 },
  (_, number) => `0190a000-0000-7000-8000-${String(number).padStart(12, '0')}`,
);

test('coins are the digits of an HMAC that anyone with the secret can compute', () =>
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), fc.uuid(), (secret, id) => {
      const digits = createHmac('sha256', secret).update(`coins ${id}`).digest('hex');
      const { certification, learning, control, review } = createCoins(secret)(id);
      assert.deepEqual(
        [certification, learning, control, review],
        [0, 12, 24, 36].map((at) => Number.parseInt(digits.slice(at, at + 12), 16) / 2 ** 48),
      );
    }),
    { seed: 5, numRuns: 300 },
  ));

test('the same id falls the same way in every process with the secret, and another way with another', () => {
  const [one, again, other] = [createCoins('a secret'), createCoins('a secret'), createCoins('another')];
  for (const id of ids.slice(0, 100)) {
    assert.deepEqual(one(id), again(id));
    assert.notEqual(one(id).certification, other(id).certification);
  }
});

test('each coin is even, and says nothing of the other coins of its request', () => {
  const toss = createCoins('a secret');
  const tossed = ids.map(toss);
  for (const coin of ['certification', 'learning', 'control', 'review'] as const) {
    const low = tossed.filter((coins) => coins[coin] < 0.1);
    assert.ok(Math.abs(low.length / ids.length - 0.1) < 0.008, coin);
    for (const other of ['certification', 'learning', 'control', 'review'] as const)
      if (other !== coin)
        assert.ok(Math.abs(low.filter((coins) => coins[other] < 0.5).length / low.length - 0.5) < 0.05);
  }
});
