import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '../../protocol/anthropic-messages/anthropic-messages.ts';
import { commonRequest, type ChatRequest } from '../../protocol/common/chat.ts';
import type { AskedTier } from '../asked-tier.ts';
import { anthropic } from './anthropic.ts';

const TIER: AskedTier = {
  name: 't',
  model: 'm',
  upstream: 'u',
  dropParams: [],
  params: new Map(),
  defaultMaxTokens: 512,
  maxOutputTokens: 512,
};

const CHAT: ChatRequest = { model: 'a', messages: [{ role: 'user', content: 'hi' }] };

function limitOfChat(members: Partial<ChatRequest>, isReplaceable: boolean): unknown {
  const how = { stream: false, logprobs: false, isReplaceable };
  const { body } = anthropic.writeRequest(commonRequest({ ...CHAT, ...members }), TIER, how);
  return (JSON.parse(body) as { max_tokens: unknown }).max_tokens;
}

test('a chat is asked with the model’s own limit where it sets none, or a higher one that a later tier can replace', () => {
  assert.equal(limitOfChat({}, false), 512);
  assert.equal(limitOfChat({ max_completion_tokens: 9000 }, true), 512);
  assert.equal(limitOfChat({ max_tokens: 9000 }, false), 9000);
  assert.equal(limitOfChat({ max_tokens: 7 }, true), 7);
});

test('a client’s own text has its limit lowered too, but not below a budget for thinking', () => {
  const written = (more: object, isReplaceable: boolean): unknown => {
    const text = JSON.stringify({
      model: 'a',
      max_tokens: 9000,
      messages: [{ role: 'user', content: 'hi' }],
      ...more,
    });
    const request = anthropicMessages.readRequest(text, {});
    const how = { stream: false, logprobs: false, isReplaceable };
    return (JSON.parse(anthropic.writeRequest(request, TIER, how).body) as { max_tokens: unknown })
      .max_tokens;
  };
  assert.equal(written({}, true), 512);
  assert.equal(written({}, false), 9000);
  assert.equal(written({ thinking: { type: 'enabled', budget_tokens: 4000 } }, true), 9000);
});
