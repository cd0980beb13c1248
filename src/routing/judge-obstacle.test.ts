import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeObstacle, type JudgedRequest, type JudgeFacts } from './judge-obstacle.ts';

const policy = { data: { restricted: 'on-premises' } } as const;
const judge: JudgeFacts = { location: 'cloud', promptTokens: 300, replyTokens: 1_000, contextTokens: 8_000 };
const asked: JudgedRequest = { messages: [{ role: 'user', content: 'Which town?' }], inputTokens: 3 };

const obstacle = (request: Partial<JudgedRequest>, facts: Partial<JudgeFacts> = {}) =>
  judgeObstacle(policy, { ...asked, ...request }, { ...judge, ...facts });

test('a judge can be asked about a short text that may go to it', () => {
  assert.equal(obstacle({}), undefined);
  assert.equal(obstacle({ messages: [{ role: 'assistant', content: null }] }), undefined);
  assert.equal(obstacle({ messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] }), undefined);
});

test('a judge is not asked about what it would not see', () => {
  const parts = (...content: unknown[]): JudgedRequest['messages'] => [{ role: 'user', content }];
  for (const messages of [
    parts({ type: 'text', text: 'See?' }, { type: 'image_url', image_url: { url: 'data:' } }),
    parts({ type: 'image_url', text: 'See?', image_url: { url: 'data:' } }),
    parts({ type: 'file', file: {} }),
    parts({ text: 'of no kind' }),
    parts('a bare text'),
    parts(null),
    [{ role: 'assistant', content: 'a', audio: { id: 'a1' } }],
    [{ role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } }],
  ])
    assert.equal(obstacle({ messages }), 'not_text', JSON.stringify(messages));
});

test('data that may not leave is not sent to a judge in the cloud', () => {
  assert.equal(obstacle({ dataClass: 'restricted' }), 'data_class');
  assert.equal(obstacle({ dataClass: 'unheard-of' }), 'data_class');
  assert.equal(obstacle({ dataClass: 'restricted' }, { location: 'on-premises' }), undefined);
});

test('the request, room for both answers, the prompt and the reply must fit into the context of the judge', () => {
  // 300 + 4 + 2 × 1,000 + 1,000 are taken.
  assert.equal(obstacle({ inputTokens: 4_696 }), undefined);
  assert.equal(obstacle({ inputTokens: 4_697 }), 'too_long');
  assert.equal(obstacle({ inputTokens: 6_676, maxOutputTokens: 10 }), undefined);
  assert.equal(obstacle({ inputTokens: 6_677, maxOutputTokens: 10 }), 'too_long');
  assert.equal(obstacle({ inputTokens: 4_696, maxOutputTokens: 100_000 }), undefined, 'room, not a promise');
  const { contextTokens: _, ...unknown } = judge;
  const request = { ...asked, inputTokens: 1e9 };
  assert.equal(judgeObstacle(policy, request, unknown), undefined, 'nothing is known');
  assert.equal(obstacle({ responseFormat: { type: 'json_schema', note: 'x'.repeat(32_000) } }), 'too_long');
  const messages = Array.from({ length: 2_000 }, () => ({ role: 'user', content: '' }));
  assert.equal(obstacle({ messages }), 'too_long');
});

test('a form that is nested too deep to be written is too long for a judge, and fails nothing', () => {
  let responseFormat: unknown = {};
  for (let depth = 0; depth < 200_000; depth++) responseFormat = { a: responseFormat };
  assert.equal(obstacle({ responseFormat }), 'too_long');
});
