import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usageOf } from '../../protocol/common/read-usage.ts';
import { wireUsageOf } from './usage.ts';

test('what Anthropic keeps for an hour is told from what it keeps for five minutes', () => {
  const usage = {
    input_tokens: 5,
    output_tokens: 2,
    cache_read_input_tokens: 7,
    cache_creation_input_tokens: 10,
    cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
  };
  assert.deepEqual(usageOf({ usage: wireUsageOf(usage) ?? null }), {
    inputTokens: 22,
    outputTokens: 2,
    cachedInputTokens: 7,
    cacheWriteTokens: 10,
    cacheWriteHourTokens: 6,
  });
  const { cache_creation: _, ...without } = usage;
  assert.equal(
    Object.hasOwn(usageOf({ usage: wireUsageOf(without) ?? null }) ?? {}, 'cacheWriteHourTokens'),
    false,
  );
});
