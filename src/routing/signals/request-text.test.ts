import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFeatures } from './read-signals.ts';
import { roughTokens, textOfMessages, tokensOfTools } from './request-text.ts';

const user = (content: unknown): { role: string; content: unknown } => ({ role: 'user', content });

test('text is counted in plain messages and in parts, and nothing else is', () => {
  const parts = [{ type: 'text', text: 'two' }, { type: 'image_url', image_url: {} }, null, 'x', { text: 3 }];
  assert.deepEqual(textOfMessages([user('one'), user(parts), user(null), { role: 'tool' }]), ['one', 'two']);
});

test('turns are the user’s, and tools make the prompt longer', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    user('Hello'),
    { role: 'assistant', content: 'Hi' },
    user('And?'),
  ];
  const { turns, promptTokens } = requestFeatures({ messages });
  assert.deepEqual([turns, promptTokens], [2, 3 + 2 + 1 + 1]);
  const offered = requestFeatures({ messages, tools: [{ type: 'function' }] });
  assert.equal(offered.promptTokens, promptTokens + roughTokens('[{"type":"function"}]'));
  assert.equal(requestFeatures({ messages, tools: null }).promptTokens, promptTokens);
  assert.deepEqual(requestFeatures({ messages: [] }), { promptTokens: 0, turns: 0 });
});

test('a token is four characters of English, fewer of what takes more bytes', () => {
  assert.deepEqual([roughTokens(''), roughTokens('abcd'), roughTokens('abcde')], [0, 1, 2]);
  assert.equal(roughTokens('наука'), Math.ceil((5 + 1.5 * 5) / 4));
  assert.equal(roughTokens('汉字'), 2);
});

test('tools that are nested too deep to be written are counted all the same, roughly as others are', () => {
  const nested = (depth: number): unknown => JSON.parse(`${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`);
  const shallow = tokensOfTools([nested(1_000)]);
  assert.equal(shallow, roughTokens(JSON.stringify([nested(1_000)])));
  const deep = tokensOfTools([nested(500_000)]);
  assert.ok(deep > 250 * shallow && deep < 1_000 * shallow, `${deep} after ${shallow}`);
});
