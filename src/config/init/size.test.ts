import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billionsOf, formatBillions } from './size.ts';

test('the size stands in the name of a model', () => {
  const names = {
    'qwen3:4b': 4,
    'Llama-3.1-70B-Instruct': 70,
    'mixtral:8x7b': 56,
    'SmolLM2-135M-Instruct-Q4_1': 0.135,
    'deepseek-r1:1.5b': 1.5,
    'gemma3n:e4b': 4,
    'qwen3-30b-a3b': 30,
    'llama3.2:3b-instruct-q4_K_M': 3,
    '4.0B': 4,
    'qwen/qwen2.5-coder-0.5b-instruct': 0.5,
    'gpt-oss:20b': 20,
  };
  for (const [name, billions] of Object.entries(names)) assert.equal(billionsOf(name), billions, name);
});

test('quantisation, versions and anything else are no size', () => {
  for (const name of [
    'phi-3.5-mini',
    'llama3.3',
    'mistral-nemo',
    'model-4bit',
    'qwen-a3b',
    'q4_K_M',
    '',
    'b',
    '0b',
    '7bx',
  ])
    assert.equal(billionsOf(name), undefined, name);
});

test('a size is said as people say it', () => {
  assert.deepEqual([4, 0.135, 1.5, 7.24567, 70].map(formatBillions), [
    '4 B',
    '135 M',
    '1.5 B',
    '7.25 B',
    '70 B',
  ]);
});
