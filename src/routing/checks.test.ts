import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vetoes, type AnswerView } from './checks.ts';

const answer = (text: string, more: Partial<AnswerView> = {}): AnswerView => ({
  text,
  toolCalls: [],
  finishReason: 'stop',
  ...more,
});
const isNumber = (value: unknown): boolean => typeof value === 'number';

test('a plain answer has no veto', () => {
  assert.deepEqual(vetoes(answer('Paris.'), {}), []);
});

test('white space, or thinking alone, is an empty answer', () => {
  assert.deepEqual(vetoes(answer(' \n'), {}), ['empty']);
  assert.deepEqual(vetoes(answer('<think>well</think> '), {}), ['empty']);
  assert.deepEqual(vetoes(answer('<think>never ends', { finishReason: 'length' }), {}), [
    'empty',
    'truncated',
  ]);
});

test('an answer cut at its token limit is truncated', () => {
  assert.deepEqual(vetoes(answer('The capital of', { finishReason: 'length' }), {}), ['truncated']);
});

test('refusals are recognised by field, by filter and by words', () => {
  assert.deepEqual(vetoes(answer('', { refusal: 'No.' }), {}), ['refusal']);
  assert.deepEqual(vetoes(answer('x', { finishReason: 'content_filter' }), {}), ['refusal']);
  for (const text of [
    "I'm sorry, but I can't help with that.",
    'As an AI language model, I cannot say.',
    'I cannot assist.',
  ]) {
    assert.deepEqual(vetoes(answer(text), {}), ['refusal'], text);
  }
});

test('an apology that goes on to answer is none', () => {
  assert.deepEqual(vetoes(answer('Sorry for the delay! The invoice is attached.'), {}), []);
  assert.deepEqual(vetoes(answer(`I can't stress this enough: ${'water the plants. '.repeat(30)}`), {}), []);
});

test('JSON that was asked for must parse, and fit', () => {
  assert.deepEqual(vetoes(answer('{"a":'), { json: 'object' }), ['invalid_json']);
  assert.deepEqual(vetoes(answer('[1]'), { json: 'object' }), ['schema_mismatch']);
  assert.deepEqual(vetoes(answer('{"a":1}'), { json: 'object' }), []);
  assert.deepEqual(vetoes(answer('"x"'), { json: isNumber }), ['schema_mismatch']);
  assert.deepEqual(vetoes(answer('12'), { json: isNumber }), []);
});

test('a tool call must name a tool that was offered, with arguments that fit', () => {
  const tools = new Map([['add', isNumber]]);
  const call = (name: string, text: string): AnswerView =>
    answer('', { toolCalls: [{ name, arguments: text }] });
  assert.deepEqual(vetoes(call('add', '12'), { tools }), []);
  assert.deepEqual(vetoes(call('add', '"x"'), { tools }), ['invalid_tool_call']);
  assert.deepEqual(vetoes(call('add', '{"x'), { tools }), ['invalid_tool_call']);
  assert.deepEqual(vetoes(call('sub', '12'), { tools }), ['invalid_tool_call']);
  assert.deepEqual(vetoes(call('add', '12'), {}), ['invalid_tool_call']);
});
