import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseModelList } from './model-list.ts';
import { UpstreamError } from '../upstream.ts';

const contexts = (data: unknown) =>
  parseModelList('x', JSON.stringify({ object: 'list', data })).map(({ contextTokens }) => contextTokens);

test('a context is found under every name that servers give it', () => {
  assert.deepEqual(
    contexts([
      { id: 'vllm', max_model_len: 1 },
      { id: 'openrouter', context_length: 2 },
      { id: 'groq', context_window: 3 },
      { id: 'mistral', max_context_length: 4 },
      { id: 'llama.cpp', meta: { n_ctx: 5, n_ctx_train: 99 } },
    ]),
    [1, 2, 3, 4, 5],
  );
});

test('what a model was trained for is not what the server gives it', () => {
  assert.deepEqual(contexts([{ id: 'a', meta: { n_ctx_train: 131_072 } }]), [undefined]);
});

test('a context that is no positive whole number is none', () => {
  assert.deepEqual(
    contexts([
      { id: 'a', max_model_len: 0 },
      { id: 'b', max_model_len: '8k' },
      { id: 'c', max_model_len: null },
    ]),
    [undefined, undefined, undefined],
  );
});

test('entries without a name are left out, and a bare array is a list', () => {
  assert.deepEqual(
    parseModelList('x', '[{"id":"a"},{"name":"b"},null,7,{"id":""}]').map(({ id }) => id),
    ['a'],
  );
});

test('a server without models has an empty list', () => {
  assert.deepEqual(parseModelList('x', '{"object":"list","data":null}'), []);
  assert.deepEqual(parseModelList('x', '{"object":"list","data":[]}'), []);
});

test('the server’s own line is kept whole', () => {
  assert.deepEqual(parseModelList('x', '{"data":[{"id":"a","owned_by":"weir","n":1}]}')[0]?.raw, {
    id: 'a',
    owned_by: 'weir',
    n: 1,
  });
});

test('anything else is an invalid response', () => {
  for (const text of ['', 'null', '{}', '{"data":{}}', 'x', '"data"']) {
    assert.throws(
      () => parseModelList('x', text),
      (error) => error instanceof UpstreamError && error.failure.code === 'upstream_invalid_response',
      text,
    );
  }
});
