import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStreamBounds } from './stream-bounds.ts';
import { InvalidAnswer } from './upstream.ts';

const MI = 1_048_576;
const chunk = {
  id: 'x',
  choices: [{ index: 0, delta: { content: 'word' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2 },
};

test('a stream that is held may be as long as a plain answer, and each of its events is told', () => {
  const told: number[] = [];
  const bounds = createStreamBounds('up', (characters, live) => {
    assert.ok(!live);
    told.push(characters);
  });
  for (let event = 0; event < 64; event += 1) assert.equal(bounds.count(MI, chunk, false), chunk);
  assert.throws(() => bounds.count(1, chunk, false), InvalidAnswer);
  assert.equal(told.length, 65);
});

test('a live stream has no end, but past a bound only its end and its usage are read, and nothing more is kept', () => {
  let kept = 0;
  const bounds = createStreamBounds('up', (characters) => (kept += characters));
  for (let event = 0; event < 16; event += 1) assert.equal(bounds.count(MI, chunk, true), chunk);
  for (let event = 0; event < 1_000; event += 1)
    assert.deepEqual(bounds.count(MI, chunk, true), {
      ...chunk,
      choices: [{ index: 0, finish_reason: 'stop' }],
    });
  assert.equal(kept, 16 * MI);
  assert.equal(bounds.count(1, undefined, true), undefined);
});
