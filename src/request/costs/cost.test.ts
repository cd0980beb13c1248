import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy, Tier } from '../../routing/policy.ts';
import type { RecordedFacts } from '../../upstream/upstream.ts';
import type { ReadAnswer } from '../../upstream/answer-reader.ts';
import { baselineOf, spendingOf } from './cost.ts';

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

test('in a loop of an agent the baseline is what the last tier alone is billed, its caches counted', async () => {
  const large: Tier = { ...tier, name: 'large', price: { input: 3_000, cachedInput: 300, output: 15_000 } };
  const small: Tier = { ...tier, name: 'small', price: { input: 500, cachedInput: 300, output: 2_000 } };
  const policy: Policy = {
    route: 'auto',
    tiers: [small, large],
    rule: { kind: 'thresholds', thresholds: [0.8] },
    onAbstain: 'serve',
    data: {},
    certified: false,
  };
  let [spent, alone, baseline, withoutCaches] = [0, 0, 0, 0];
  for (let turn = 0; turn < 30; turn += 1) {
    const before = turn * 1_200;
    const usage = { inputTokens: before + 1_200, outputTokens: 100, cachedInputTokens: before };
    const { costNanoUsd = NaN } = await spendingOf(small, { ...read, usage }, () => [], undefined);
    spent += costNanoUsd;
    alone += 1_200 * 3_000 + before * 300 + 100 * 15_000;
    const served = { usage: { ...usage, estimated: false } };
    const found = baselineOf(policy, [{ tier: 0, costNanoUsd }], served);
    assert.deepEqual([found?.measured, found?.leastNanoUsd], [false, undefined]);
    baseline += found?.nanoUsd ?? NaN;
    const { cachedInputTokens: __, ...unsaid } = served.usage;
    const unknown = baselineOf(policy, [{ tier: 0 }], { usage: unsaid });
    withoutCaches += unknown?.nanoUsd ?? NaN;
    assert.ok((unknown?.leastNanoUsd ?? NaN) <= (found?.nanoUsd ?? NaN));
  }
  assert.equal(baseline, alone);
  // What would be shown if caches were ignored, and what is so.
  assert.ok(spent / withoutCaches < 0.15 && spent / alone > 0.5, `${spent / withoutCaches} ${spent / alone}`);
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
