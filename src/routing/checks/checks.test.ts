import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FITS, DOES_NOT_FIT, notJudged, type SchemaJudgement } from '../../schemas/judgement.ts';
import type { Veto } from '../attempt.ts';
import { beginChecks, finishChecks } from './checks.ts';
import type { AnswerView, Expectations, OfferedTools } from './expectations.ts';

const answer = (text: string, more: Partial<AnswerView> = {}): AnswerView => ({
  text,
  toolCalls: [],
  finishReason: 'stop',
  ...more,
});

/** As if every schema asked for a number. */
const numbers = (value: unknown): SchemaJudgement => (typeof value === 'number' ? FITS : DOES_NOT_FIT);

function vetoes(given: AnswerView, expected: Expectations, judge = numbers): Veto[] {
  const begun = beginChecks(given, expected);
  return finishChecks(
    begun,
    begun.questions.map(({ value }) => judge(value)),
  );
}

const offered = (...names: string[]): OfferedTools => ({
  find: (name) => (names.includes(name) ? { takes: 'json', schema: {} } : undefined),
  hasOthers: false,
});
const calling = (...calls: [name: string, text: string][]): AnswerView =>
  answer('', { toolCalls: calls.map(([name, text]) => ({ name, arguments: text })) });

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
  assert.deepEqual(vetoes(answer('"x"'), { json: { schema: {} } }), ['schema_mismatch']);
  assert.deepEqual(vetoes(answer('12'), { json: { schema: {} } }), []);
});

test('a tool call must name a tool that was offered, with arguments that fit', () => {
  const tools = offered('add');
  assert.deepEqual(vetoes(calling(['add', '12']), { tools }), []);
  assert.deepEqual(vetoes(calling(['add', '"x"']), { tools }), ['invalid_tool_call']);
  assert.deepEqual(vetoes(calling(['add', '{"x']), { tools }), ['invalid_tool_call']);
  assert.deepEqual(vetoes(calling(['sub', '12']), { tools }), ['invalid_tool_call']);
  assert.deepEqual(vetoes(calling(['add', '12']), {}), ['invalid_tool_call']);
});

test('beside tools that only the provider describes, a call of another name may be one of those', () => {
  const tools = { ...offered('add'), hasOthers: true };
  assert.deepEqual(vetoes(calling(['bash', '{"command":"ls"}'], ['add', '12']), { tools }), []);
  assert.deepEqual(vetoes(calling(['bash', '{}'], ['add', '"x"']), { tools }), ['invalid_tool_call']);
});

test('a tool that takes text takes any', () => {
  const tools: OfferedTools = { find: () => ({ takes: 'text' }), hasOthers: false };
  const begun = beginChecks(calling(['sql', '"select 1"']), { tools });
  assert.deepEqual(begun, { found: [], questions: [] });
});

test('nothing is asked of a schema where a call can never be valid', () => {
  const begun = beginChecks(calling(['add', '12'], ['sub', '12']), { tools: offered('add') });
  assert.deepEqual(begun, { found: ['invalid_tool_call'], questions: [] });
});

test('what could not be judged now is a veto; what the schema itself forbids to judge is none', () => {
  const asked = (judge: () => SchemaJudgement) => vetoes(answer('1'), { json: { schema: {} } }, judge);
  for (const reason of ['late', 'died', 'overloaded', 'allowance_spent', 'unavailable', 'too_large'] as const)
    assert.deepEqual(
      asked(() => notJudged(reason)),
      ['schema_not_judged'],
      reason,
    );
  for (const reason of ['invalid_schema', 'remote_reference', 'reference_loop', 'unsupported'] as const)
    assert.deepEqual(
      asked(() => notJudged(reason)),
      [],
      reason,
    );
});

test('a check that several calls fail is one veto', () => {
  assert.deepEqual(vetoes(calling(['add', '"x"'], ['add', '"y"']), { tools: offered('add') }), [
    'invalid_tool_call',
  ]);
});

const open = { required: false, forbidden: false, single: false };

test('a call that was promised must come', () => {
  const expected = { tools: offered('add'), calls: { ...open, required: true } };
  assert.deepEqual(vetoes(answer('It is 12.'), expected), ['tool_call_missing']);
  assert.deepEqual(vetoes(calling(['add', '12']), expected), []);
});

test('a promise says nothing of tools that the server calls itself, or of an answer that was not recorded', () => {
  const calls = { ...open, required: true };
  const tools = { ...offered('add'), hasOthers: true };
  assert.deepEqual(vetoes(answer('I searched.'), { tools, calls }), []);
  assert.deepEqual(vetoes({ text: undefined, toolCalls: [] }, { tools: offered('add'), calls }), []);
});

test('only the named tool may be called, and it must be', () => {
  const tools = offered('add', 'sub');
  const calls = { ...open, required: true, only: new Set(['add']) };
  assert.deepEqual(vetoes(calling(['add', '1']), { tools, calls }), []);
  assert.deepEqual(vetoes(calling(['sub', '1']), { tools, calls }), [
    'tool_call_missing',
    'tool_call_unwanted',
  ]);
  assert.deepEqual(vetoes(calling(['add', '1'], ['sub', '1']), { tools, calls }), ['tool_call_unwanted']);
  assert.deepEqual(vetoes(answer('12'), { tools, calls: { ...calls, required: false } }), []);
});

test('a call that the client forbade is unwanted', () => {
  const expected = { tools: offered('add'), calls: { ...open, forbidden: true } };
  assert.deepEqual(vetoes(calling(['add', '1']), expected), ['tool_call_unwanted']);
  assert.deepEqual(vetoes(answer('12'), expected), []);
});

test('several calls are too many where one is the most', () => {
  const expected = { tools: offered('add'), calls: { ...open, single: true } };
  assert.deepEqual(vetoes(calling(['add', '1'], ['add', '2']), expected), ['parallel_tool_calls']);
  assert.deepEqual(vetoes(calling(['add', '1']), expected), []);
});

test('a call that leaked into the text is no answer, and is not looked for beside a real one', () => {
  const text = '<tool_call>{"name":"add","arguments":{"a":1}}</tool_call>';
  assert.deepEqual(vetoes(answer(text), { tools: offered('add') }), ['tool_call_in_text']);
  assert.deepEqual(vetoes(answer(text), {}), []);
  assert.deepEqual(vetoes({ ...calling(['add', '1']), text }, { tools: offered('add') }), []);
});

test('JSON that was asked for is not taken for a call', () => {
  const expected = { tools: offered('add'), json: 'object' as const };
  assert.deepEqual(vetoes(answer('{"name":"add","arguments":{}}'), expected), []);
});
