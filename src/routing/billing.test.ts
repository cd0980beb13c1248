import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billOf, leastBillOf, worstBillOf, type Price } from './billing.ts';

const price: Price = { input: 100, output: 1_000, cachedInput: 10, cacheWrite: 125 };
const tokens = { inputTokens: 1_000, outputTokens: 50 };

test('cached input is billed at its own price, and what was written to the cache too', () => {
  assert.equal(billOf(price, tokens), 150_000);
  assert.equal(billOf(price, { ...tokens, cachedInputTokens: 900 }), 9_000 + 10_000 + 50_000);
  assert.equal(
    billOf(price, { ...tokens, cachedInputTokens: 600, cacheWriteTokens: 300 }),
    6_000 + 37_500 + 10_000 + 50_000,
  );
});

test('without a price of their own, cached and written input cost what other input does', () => {
  const plain: Price = { input: 100, output: 1_000 };
  assert.equal(billOf(plain, { ...tokens, cachedInputTokens: 600, cacheWriteTokens: 300 }), 150_000);
});

test('a long prompt has its own prices, for all tokens of the call', () => {
  const long: Price = {
    ...price,
    longPrompts: [
      { above: 2_000, input: 200, output: 2_000 },
      { above: 3_000, input: 300, output: 3_000 },
    ],
  };
  assert.equal(billOf(long, { inputTokens: 2_000, outputTokens: 1 }), 200_000 + 1_000);
  assert.equal(billOf(long, { inputTokens: 2_001, outputTokens: 1 }), 400_200 + 2_000);
  assert.equal(billOf(long, { inputTokens: 3_001, outputTokens: 1 }), 900_300 + 3_000);
});

test('sounds and pictures cost what their price says, and without one nothing is known of the cost', () => {
  const heard = { ...tokens, otherTokens: { audioInput: 400, audioOutput: 20 } };
  assert.equal(billOf(price, heard), undefined);
  assert.equal(
    billOf({ ...price, audioInput: 500, audioOutput: 4_000 }, heard),
    200_000 + 80_000 + 60_000 + 30_000,
  );
  // Cached sounds are in two kinds.
  const cached = { ...heard, cachedInputTokens: 900 };
  assert.equal(billOf({ ...price, audioInput: 500, audioOutput: 4_000 }, cached), undefined);
});

test('the least that a call cost is that all of its prompt was cached, where nothing is said and it can be', () => {
  assert.equal(leastBillOf(price, tokens), 10_000 + 50_000);
  assert.equal(leastBillOf(price, { ...tokens, cachedInputTokens: 0 }), undefined);
  assert.equal(leastBillOf(price, { inputTokens: 63, outputTokens: 1 }), undefined);
  assert.equal(leastBillOf({ input: 100, output: 1_000 }, tokens), undefined);
  assert.equal(leastBillOf(undefined, tokens), undefined);
});

test('the worst is the dearest kind of input, at the prices of a prompt of that length', () => {
  assert.equal(worstBillOf(price, tokens), 125_000 + 50_000);
  assert.equal(
    worstBillOf({ ...price, longPrompts: [{ above: 1, input: 200, output: 1 }] }, tokens),
    200_050,
  );
  assert.equal(worstBillOf(undefined, tokens), undefined);
});

test('what is kept for an hour has its own price, else 1.6 times that of other writes, else that of other input', () => {
  const written = { inputTokens: 100, outputTokens: 0, cacheWriteTokens: 40, cacheWriteHourTokens: 30 };
  const at = (more: object): number | undefined => billOf({ input: 100, output: 1, ...more }, written);
  assert.equal(at({ cacheWrite: 125, cacheWrite1h: 210 }), 60 * 100 + 10 * 125 + 30 * 210);
  assert.equal(at({ cacheWrite: 125 }), 60 * 100 + 10 * 125 + 30 * 200);
  assert.equal(at({}), 100 * 100);
});
