import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memberOf } from '../../defined.ts';
import type { Completion } from './chat.ts';
import { largerUsage, usageOf, type CountedUsage } from './read-usage.ts';

/** What is read of chunks that say their usage like this, one after the other; as they came from JSON. */
function read(...usages: unknown[]): unknown {
  let counted: CountedUsage | undefined;
  for (const usage of usages) {
    const said = usageOf(JSON.parse(JSON.stringify({ choices: [], usage: usage ?? null })) as Completion);
    if (said !== undefined) counted = largerUsage(counted, said);
  }
  return counted;
}

const counts = (input: unknown, output: unknown, more: object = {}) => ({
  prompt_tokens: input,
  completion_tokens: output,
  ...more,
});

test('reasoning that is billed beside the completion is told by the total, and counts as output', () => {
  const details = { completion_tokens_details: { reasoning_tokens: 300 } };
  assert.deepEqual(read(counts(10, 5, { total_tokens: 315, ...details })), {
    inputTokens: 10,
    outputTokens: 305,
    reasoningTokens: 300,
  });
  assert.deepEqual(read(counts(10, 305, { total_tokens: 315, ...details })), {
    inputTokens: 10,
    outputTokens: 305,
    reasoningTokens: 300,
  });
  // No part is larger than the whole; and the count may stand outside of the details.
  assert.deepEqual(read(counts(10, 5, { reasoning_tokens: 300 })), {
    inputTokens: 10,
    outputTokens: 305,
    reasoningTokens: 300,
  });
  assert.deepEqual(read(counts(10, 305, details)), {
    inputTokens: 10,
    outputTokens: 305,
    reasoningTokens: 300,
  });
});

test('usage that is said again as zeros, or smaller, does not replace what was counted', () => {
  const real = { inputTokens: 10, outputTokens: 5 };
  assert.deepEqual(read(counts(10, 5), counts(0, 0)), real);
  assert.deepEqual(read(counts(10, 5), counts(10, 0)), real);
  assert.deepEqual(read(counts(10, 1), counts(10, 5)), real);
  assert.equal(read(counts(0, 0)), undefined);
});

test('floats and texts are counts; negative numbers and nonsense are none', () => {
  assert.deepEqual(read(counts('10', 4.5)), { inputTokens: 10, outputTokens: 5 });
  assert.deepEqual(read({ input_tokens: 10, output_tokens: 5 }), { inputTokens: 10, outputTokens: 5 });
  for (const bad of [-1, 'many', null, {}, [], true, 1e300, '1e3'])
    assert.equal(read(counts(10, bad)), undefined, JSON.stringify(bad));
  for (const bad of [null, 'x', 7, []]) assert.equal(read(bad), undefined);
});

test('cached input is a part of the prompt, in the names of OpenAI, OpenRouter, DeepSeek, Gemini and Moonshot', () => {
  const cached = { inputTokens: 100, outputTokens: 5, cachedInputTokens: 64 };
  for (const said of [
    { prompt_tokens_details: { cached_tokens: 64 } },
    { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
    { cachedContentTokenCount: 64 },
    { cached_tokens: 64 },
    { cache_read_input_tokens: 64, total_tokens: 105 },
  ])
    assert.deepEqual(read(counts(100, 5, said)), cached, JSON.stringify(said));
  assert.deepEqual(
    read({ input_tokens: 100, output_tokens: 5, input_tokens_details: { cached_tokens: 64 } }),
    cached,
  );
  const both = { prompt_tokens_details: { cached_tokens: 64, cache_write_tokens: 30 } };
  assert.deepEqual(read(counts(100, 5, both)), { ...cached, cacheWriteTokens: 30 });
  assert.deepEqual(read(counts(100, 5, { prompt_tokens_details: { cached_tokens: 0 } })), {
    ...cached,
    cachedInputTokens: 0,
  });
});

test('Anthropic counts its cache beside the prompt; under other names the total tells', () => {
  const cache = { cache_read_input_tokens: 60, cache_creation_input_tokens: 30 };
  const counted = { inputTokens: 100, outputTokens: 5, cachedInputTokens: 60, cacheWriteTokens: 30 };
  assert.deepEqual(read({ input_tokens: 10, output_tokens: 5, ...cache }), counted);
  assert.deepEqual(read(counts(100, 5, { ...cache, total_tokens: 105 })), counted);
  assert.deepEqual(read(counts(10, 5, { ...cache, total_tokens: 105 })), counted);
  // No part is larger than the whole.
  assert.deepEqual(read(counts(10, 5, cache)), counted);
  assert.deepEqual(read(counts(10, 5, { ...cache, total_tokens: 15 })), counted);
});

test('reasoning and cache are told apart in one total, and a total alone names reasoning', () => {
  const thinking = (total: number) => ({
    cache_read_input_tokens: 60,
    total_tokens: total,
    completion_tokens_details: { reasoning_tokens: 40 },
  });
  const counted = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 60, reasoningTokens: 40 };
  assert.deepEqual(read(counts(100, 50, thinking(150))), counted);
  assert.deepEqual(read(counts(100, 10, thinking(150))), counted);
  assert.deepEqual(read(counts(40, 10, thinking(150))), counted);
  assert.deepEqual(read(counts(40, 50, thinking(150))), counted);
  assert.deepEqual(read(counts(10, 5, { total_tokens: 315 })), {
    inputTokens: 10,
    outputTokens: 305,
    reasoningTokens: 300,
  });
});

test('sounds and pictures are counted by kind, and zeros are none', () => {
  const details = {
    prompt_tokens_details: { audio_tokens: 7, image_tokens: 0 },
    completion_tokens_details: { audio_tokens: 3, image_tokens: 2 },
  };
  assert.deepEqual(read(counts(10, 5, details)), {
    inputTokens: 10,
    outputTokens: 5,
    otherTokens: { audioInput: 7, audioOutput: 3, imageOutput: 2 },
  });
  for (const nothing of [null, 7, 'x', [], { cached_tokens: 'many' }])
    assert.deepEqual(read(counts(10, 5, { prompt_tokens_details: nothing })), {
      inputTokens: 10,
      outputTokens: 5,
    });
});

test('what is kept for an hour is told from other writes, in the names of Anthropic and of gateways', () => {
  const hour = { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 };
  const anthropics = { input_tokens: 5, output_tokens: 1, cache_creation_input_tokens: 10 };
  assert.deepEqual(read({ ...anthropics, cache_creation: hour }), {
    inputTokens: 15,
    outputTokens: 1,
    cacheWriteTokens: 10,
    cacheWriteHourTokens: 6,
  });
  for (const details of [{ cache_write_1h_tokens: 6 }, { cache_creation_token_details: hour }])
    assert.equal(
      memberOf(
        read(counts(20, 1, { prompt_tokens_details: { cache_write_tokens: 10, ...details } })),
        'cacheWriteHourTokens',
      ),
      6,
    );
  // It is a part of what was written, and none is no count.
  const hourOf = (creation: unknown): unknown =>
    memberOf(read({ ...anthropics, cache_creation: creation }), 'cacheWriteHourTokens');
  assert.equal(hourOf({ ephemeral_1h_input_tokens: 99 }), 10);
  for (const nothing of [null, 7, {}, { ephemeral_1h_input_tokens: 0 }])
    assert.equal(hourOf(nothing), undefined);
});
