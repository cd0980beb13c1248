import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tier } from '../../routing/policy.ts';
import type { RecordedFacts } from '../../upstream/upstream.ts';
import type { ReadAnswer } from '../../upstream/answer-reader.ts';
import { spendingOf } from './cost.ts';

const tier: Tier = {
  name: 'a',
  model: 'a',
  upstream: 'u',
  location: 'cloud',
  price: { input: 10, output: 100 },
};
const { price: _, ...unpriced } = tier;
const read: ReadAnswer = {
  view: { text: 'two words', toolCalls: [] },
  signals: {},
  reasoning: '',
  toolCallIds: [],
};
const counted: ReadAnswer = { ...read, usage: { inputTokens: 5, outputTokens: 2 } };
const recorded: RecordedFacts = { signals: {}, paidSignals: [], costNanoUsd: 77, hasText: true };

test('what the server counted is paid at the tier’s price', async () => {
  assert.deepEqual(await spendingOf(tier, counted, () => ['x'], undefined), {
    usage: { inputTokens: 5, outputTokens: 2, estimated: false },
    costNanoUsd: 250,
  });
});

test('where the server counted nothing the texts are counted', async () => {
  const { usage, costNanoUsd } = await spendingOf(tier, read, () => ['one', 'two'], undefined);
  assert.equal(usage?.estimated, true);
  assert.ok((usage?.inputTokens ?? 0) > 1 && usage?.outputTokens === 2);
  assert.equal(costNanoUsd, (usage?.inputTokens ?? 0) * 10 + 200);
});

test('what the server counted is not counted again: nobody reads the prompt', async () => {
  const prompt = () => assert.fail('the prompt was read');
  await spendingOf(tier, counted, prompt, undefined);
  await spendingOf(tier, read, prompt, recorded);
});

test('without a price the cost is not known', async () => {
  assert.equal((await spendingOf(unpriced, counted, () => [], undefined)).costNanoUsd, undefined);
});

test('of a recorded call nothing is estimated: its tokens at the tier’s price, else its recorded cost', async () => {
  assert.equal((await spendingOf(tier, counted, () => [], recorded)).costNanoUsd, 250);
  assert.equal((await spendingOf(unpriced, counted, () => [], recorded)).costNanoUsd, 77);
  assert.deepEqual(await spendingOf(tier, read, () => ['x'], recorded), { costNanoUsd: 77 });
  const { costNanoUsd: __, ...unknown } = recorded;
  assert.deepEqual(await spendingOf(tier, read, () => ['x'], unknown), {});
});
