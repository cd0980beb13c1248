import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatRequestSchema, commonRequest } from '../../protocol/common/chat.ts';
import type { AskedTier } from '../asked-tier.ts';
import { UpstreamError } from '../upstream.ts';
import { anthropic } from './anthropic.ts';

const TIER: AskedTier = {
  name: 't',
  model: 'claude',
  upstream: 'far',
  dropParams: [],
  params: new Map(),
  defaultMaxTokens: 99,
};

function write(
  more: object,
  tier: Partial<AskedTier> = {},
): { body: Record<string, unknown>; dropped: readonly string[] } {
  const chat = chatRequestSchema.parse({
    model: 'auto',
    messages: [{ role: 'user', content: 'a' }],
    ...more,
  });
  const { body, dropped } = anthropic.writeRequest(
    commonRequest(chat),
    { ...TIER, ...tier },
    { stream: false, logprobs: false },
  );
  return { body: JSON.parse(body) as Record<string, unknown>, dropped };
}

const tools = ['one', 'two'].map((name) => ({ type: 'function', function: { name } }));

test('what is said of calling tools', () => {
  const chosen = (more: object): unknown => write({ tools, ...more }).body['tool_choice'];
  assert.equal(chosen({}), undefined);
  assert.deepEqual(chosen({ tool_choice: 'auto' }), { type: 'auto' });
  assert.deepEqual(chosen({ tool_choice: 'none', parallel_tool_calls: false }), { type: 'none' });
  assert.deepEqual(chosen({ parallel_tool_calls: false }), { type: 'auto', disable_parallel_tool_use: true });
  assert.deepEqual(chosen({ tool_choice: { type: 'function', function: { name: 'two' } } }), {
    type: 'tool',
    name: 'two',
  });
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'two' } }] };
  const { body } = write({ tools, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } });
  assert.deepEqual(body['tool_choice'], { type: 'any' });
  assert.deepEqual(body['tools'], [{ name: 'two', input_schema: { type: 'object' } }]);
});

test('the model’s own parameters stand for the client’s, and those that it does not take are named', () => {
  const params = new Map([['thinking', '{"type":"adaptive"}']]);
  const { body, dropped } = write(
    { temperature: 0.5, max_tokens: 7 },
    { dropParams: ['temperature'], params },
  );
  assert.deepEqual(body, {
    model: 'claude',
    max_tokens: 7,
    messages: [{ role: 'user', content: 'a' }],
    thinking: { type: 'adaptive' },
  });
  assert.deepEqual(dropped, ['temperature']);
});

test('what asks for nothing is not called dropped', () => {
  assert.deepEqual(
    write({ n: 1, store: false, presence_penalty: 0, seed: null, response_format: { type: 'text' } }).dropped,
    [],
  );
  assert.deepEqual(write({ response_format: { type: 'json_object' }, seed: 1 }).dropped, [
    'response_format',
    'seed',
  ]);
});

test('thinking is switched off where no effort is asked for', () => {
  assert.deepEqual(write({ reasoning_effort: 'none' }).body['thinking'], { type: 'disabled' });
  assert.deepEqual(write({ reasoning_effort: 'minimal' }).dropped, ['reasoning_effort']);
});

test('marks for the cache, as clients of other gateways write them, reach the API', () => {
  const mark = { type: 'ephemeral' };
  const { body } = write({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: mark }] }],
  });
  assert.deepEqual(body['messages'], [
    { role: 'user', content: [{ type: 'text', text: 'a', cache_control: mark }] },
  ]);
});

test('what the API cannot be asked for at all is the request’s own trouble', () => {
  const part = (type: string): object => ({ messages: [{ role: 'user', content: [{ type }] }] });
  for (const more of [
    { functions: [{ name: 'one' }] },
    { tools: [{ type: 'custom', custom: { name: 'say' } }] },
    { messages: [{ role: 'assistant', content: null, function_call: { name: 'one', arguments: '{}' } }] },
    { messages: [{ role: 'function', name: 'one', content: 'a' }] },
    part('input_audio'),
    part('file'),
  ])
    assert.throws(
      () => write(more),
      (error: unknown) =>
        error instanceof UpstreamError && error.blames === 'request' && error.failure.unbilled === true,
      JSON.stringify(more),
    );
});

test('a number that JSON reads as infinite leaves the body valid', () => {
  const temperature = (text: string): unknown =>
    write(JSON.parse(`{"temperature":${text}}`) as object).body['temperature'];
  assert.deepEqual([temperature('1e999'), temperature('-1e999'), temperature('0.5')], [1, null, 0.5]);
});
