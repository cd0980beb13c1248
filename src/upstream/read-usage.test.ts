import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Completion } from '../protocol/common/chat.ts';
import { createAnswerReader } from './answer-reader.ts';

/** What is read of answers that say their usage like this, one after the other; as they came from JSON. */
function read(...usages: unknown[]): unknown {
  const reader = createAnswerReader();
  for (const usage of usages)
    reader.add(JSON.parse(JSON.stringify({ choices: [], usage: usage ?? null })) as Completion);
  return reader.finish().usage;
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
