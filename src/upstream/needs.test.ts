import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatRequestSchema } from '../protocol/common/chat.ts';
import { needsOf } from './needs.ts';

const needs = (chat: object): readonly string[] =>
  needsOf(chatRequestSchema.parse({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...chat }));
const parts = (...types: unknown[]): object => ({
  messages: [{ role: 'user', content: types.map((type) => ({ type })) }],
});

test('a plain chat needs nothing that not every model has', () => {
  assert.deepEqual(needs({}), []);
  assert.deepEqual(needs({ tools: [], functions: [], response_format: { type: 'json_object' } }), []);
  assert.deepEqual(needs(parts('text', 'file')), []);
});

test('tools, schemas, images and audio are needs, each named once', () => {
  assert.deepEqual(needs({ tools: [{ type: 'function' }] }), ['tools']);
  assert.deepEqual(needs({ functions: [{ name: 'f' }] }), ['tools']);
  assert.deepEqual(needs({ response_format: { type: 'json_schema' } }), ['jsonSchema']);
  assert.deepEqual(needs(parts('image_url', 'text', 'image_url', 'input_audio')), ['images', 'audio']);
});

test('parts that are nothing, and types that no part has, need nothing', () => {
  assert.deepEqual(needs(parts('__proto__', 'constructor', 7, null)), []);
  assert.deepEqual(needs({ messages: [{ role: 'user', content: [null, 'text', 7, []] }] }), []);
});
