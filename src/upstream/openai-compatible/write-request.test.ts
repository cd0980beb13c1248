import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonRequest, type ChatRequest } from '../../protocol/common/chat.ts';
import type { AskedTier } from '../asked-tier.ts';
import { openAiCompatible } from './openai-compatible.ts';

const TIER: AskedTier = { name: 't', model: 'm', upstream: 'u', dropParams: [], params: new Map() };

function written(text: string, tier: Partial<AskedTier> = {}, stream = false): unknown {
  const chat = JSON.parse(text) as ChatRequest;
  const how = { stream, logprobs: false };
  return openAiCompatible.writeRequest(commonRequest(chat, text), { ...TIER, ...tier }, how).body;
}

test('of a key that stands twice in a request the upstream gets the one that was read', () => {
  const text =
    '{"model":"a","messages":[{"role":"user","content":"one"}],"stream":true,"messages":[{"role":"user","content":"two"}],"stream":false}';
  assert.equal(written(text), '{"model":"m","messages":[{"role":"user","content":"two"}]}');
});

test('a limit that limits nothing passes as it was written, also where the model has another name for limits', () => {
  const tier = { maxTokensField: 'max_completion_tokens' } as const;
  for (const limit of ['-1', '0', 'null', '0.5'])
    assert.equal(written(`{"model":"m","max_tokens":${limit}}`, tier), `{"model":"m","max_tokens":${limit}}`);
  assert.equal(written('{"model":"m","max_tokens":7.9}', tier), '{"model":"m","max_completion_tokens":7}');
  assert.equal(
    written('{"model":"m","max_tokens":-1,"max_completion_tokens":9}', tier),
    '{"model":"m","max_completion_tokens":9}',
  );
});

test('a server that has refused to say its usage in streams is not asked for it; what the client wrote stays', () => {
  const tier = { streamUsage: 'none' } as const;
  assert.equal(written('{"model":"m"}', tier, true), '{"model":"m","stream":true}');
  assert.equal(
    written('{"model":"m","stream":true,"stream_options":{"include_usage":true}}', tier, true),
    '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
  );
});
