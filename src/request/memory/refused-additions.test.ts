import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AskedTier } from '../../upstream/asked-tier.ts';
import { REFUSAL_HOLDS_MS } from './abilities.ts';
import { createRefusedAdditions } from './refused-additions.ts';

const tier: AskedTier = {
  name: 'small',
  model: 'tiny',
  upstream: 'local',
  dropParams: [],
  params: new Map(),
  logprobs: 'stream',
};

function additionsAt() {
  const clock = { now: 0 };
  return { clock, ...createRefusedAdditions(() => clock.now) };
}

test('where nothing was refused the tier itself comes back', () => {
  assert.equal(additionsAt().asking(tier, ['tools'], 'one'), tier);
});

test('a refusal holds for its own key at once, and for others once a second key meets it', () => {
  const { asking, refused } = additionsAt();
  refused({ logprobs: 'none' }, [], 'one');
  refused({ logprobs: 'none' }, [], 'one');
  assert.equal(asking(tier, [], 'one').logprobs, 'none');
  assert.equal(asking(tier, [], 'two').logprobs, 'stream');
  refused({ logprobs: 'none' }, [], 'two');
  assert.equal(asking(tier, [], 'three').logprobs, 'none');
});

test('what is refused with tools is still asked for without them', () => {
  const { asking, refused } = additionsAt();
  for (const key of ['one', 'two']) refused({ logprobs: 'none' }, ['tools'], key);
  assert.equal(asking(tier, [], 'one').logprobs, 'stream');
  assert.equal(asking(tier, ['images'], 'one').logprobs, 'stream');
  assert.equal(asking(tier, ['images', 'tools'], 'one').logprobs, 'none');
});

test('of several refusals the strictest holds, whatever came first', () => {
  for (const order of [
    ['none', 'plain'],
    ['plain', 'none'],
  ] as const) {
    const { asking, refused } = additionsAt();
    for (const logprobs of order) refused({ logprobs }, [], 'one');
    refused({ streamUsage: 'none' }, [], 'one');
    const { logprobs, streamUsage } = asking(tier, [], 'one');
    assert.deepEqual([logprobs, streamUsage], ['none', 'none']);
  }
});

test('a refusal is forgotten after an hour', () => {
  const { clock, asking, refused } = additionsAt();
  refused({ logprobs: 'none' }, [], 'one');
  clock.now = REFUSAL_HOLDS_MS;
  assert.equal(asking(tier, [], 'one').logprobs, 'stream');
});
