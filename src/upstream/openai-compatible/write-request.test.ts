import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonRequest, type ChatRequest } from '../../protocol/common/chat.ts';
import type { AskedTier } from '../asked-tier.ts';
import { openAiCompatible } from './openai-compatible.ts';

const TIER: AskedTier = { name: 't', model: 'm', upstream: 'u', dropParams: [], params: new Map() };

function written(
  text: string,
  tier: Partial<AskedTier> = {},
  as: { stream?: boolean; isReplaceable?: boolean } = {},
): unknown {
  const chat = JSON.parse(text) as ChatRequest;
  const how = { stream: false, logprobs: false, ...as };
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
  assert.equal(written('{"model":"m"}', tier, { stream: true }), '{"model":"m","stream":true}');
  assert.equal(
    written('{"model":"m","stream":true,"stream_options":{"include_usage":true}}', tier, { stream: true }),
    '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
  );
});

test('a model’s own limit is sent where the client sets none, under the name that the model knows', () => {
  const tier = { defaultMaxTokens: 512, maxOutputTokens: 512 };
  assert.equal(written('{"model":"a"}', tier), '{"model":"m","max_tokens":512}');
  assert.equal(written('{"model":"a","max_tokens":null}', tier), '{"model":"m","max_tokens":512}');
  assert.equal(
    written('{"model":"a"}', { ...tier, maxTokensField: 'max_completion_tokens' }),
    '{"model":"m","max_completion_tokens":512}',
  );
  const ofDialect = { defaultMaxTokens: 4096 };
  assert.equal(written('{"model":"a"}', ofDialect), '{"model":"m","max_tokens":4096}');
});

test('a client’s higher limit is lowered only where a later tier can be asked, in either spelling', () => {
  const tier = { defaultMaxTokens: 512, maxOutputTokens: 512 };
  for (const name of ['max_tokens', 'max_completion_tokens']) {
    const body = (limit: number): string => `{"model":"m","${name}":${limit}}`;
    assert.equal(written(body(9000), tier), body(9000), 'the last tier');
    assert.equal(written(body(9000), tier, { isReplaceable: true }), body(512));
    assert.equal(written(body(7), tier, { isReplaceable: true }), body(7), 'a lower one stays');
    assert.equal(written(body(-1), tier, { isReplaceable: true }), body(512), 'no limit at all is higher');
    assert.equal(written(body(-1), tier), body(-1));
    assert.equal(written(body(9000), { defaultMaxTokens: 4096 }, { isReplaceable: true }), body(9000));
  }
  assert.equal(
    written('{"max_tokens":9000,"max_completion_tokens":600,"model":"m"}', tier, { isReplaceable: true }),
    '{"max_tokens":512,"model":"m"}',
  );
  const own = { ...tier, params: new Map([['max_tokens', '64']]) };
  assert.equal(written('{"model":"m"}', own), '{"model":"m","max_tokens":64}', 'parameters go first');
});
