import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceSchema, type Trace } from '../traces/trace.ts';
import { questionBody, toTraceAttempt, type RecordTier } from './record.ts';

const tier: RecordTier = { name: 'small', ask: () => Promise.reject(new Error('nobody asks')) };
const trace: Trace = { id: 'a', group: 'g', prompt: 'Which town?', attempts: {} };

test('what a server sends in place of a log-probability does not make the recorded line unreadable', () => {
  const content = [
    {
      token: 'Rome',
      logprob: -0.5,
      top_logprobs: [
        { token: 'Rome', logprob: -0.5 },
        { token: 'x', logprob: null },
      ],
    },
    { token: '.', logprob: null },
    { token: '!', logprob: Infinity },
    { token: '?', logprob: 2 },
  ];
  const body = { choices: [{ message: { content: 'Rome.!?' }, logprobs: { content } }] };
  const attempt = toTraceAttempt(trace, tier, { body });
  const line = JSON.parse(JSON.stringify({ ...trace, attempts: { small: attempt } })) as unknown;
  assert.deepEqual(traceSchema.parse(line).attempts['small']?.tokens, [
    { t: 'Rome', lp: -0.5, top: [['Rome', -0.5]] },
    { t: '?', lp: 2 },
  ]);
});

test('a question is asked with what it says of calling its tools', () => {
  const asked = traceSchema.parse({
    ...trace,
    tools: [{ type: 'function' }],
    toolChoice: { type: 'function', function: { name: 'find' } },
    parallelToolCalls: false,
    functions: [{ name: 'find' }],
    functionCall: 'auto',
  });
  const { tools, tool_choice, parallel_tool_calls, functions, function_call, ...rest } = questionBody(asked);
  assert.deepEqual(
    [tools, tool_choice, parallel_tool_calls, functions, function_call],
    [asked.tools, asked.toolChoice, false, asked.functions, 'auto'],
  );
  assert.ok(!('response_format' in rest));
});

test('calls are recorded as live traffic reads them, in whatever way a server writes them', () => {
  const recorded = (message: object): unknown =>
    toTraceAttempt(trace, tier, { body: { choices: [{ message: { content: null, ...message } }] } })
      .toolCalls;
  const call = (given: unknown): object => ({ function: { name: 'find', arguments: given } });
  assert.deepEqual(
    recorded({ tool_calls: [call('{"a":1}'), call({ a: 1 }), { custom: { name: 'sql', input: 'x' } }] }),
    [
      { name: 'find', arguments: '{"a":1}' },
      { name: 'find', arguments: '{"a":1}' },
      { name: 'sql', arguments: '"x"' },
    ],
  );
  assert.deepEqual(recorded({ function_call: { name: 'find', arguments: '{}' } }), [
    { name: 'find', arguments: '{}' },
  ]);
  assert.equal(recorded({ tool_calls: null }), undefined);
  assert.deepEqual(recorded({ tool_calls: [null] }), [{ name: '', arguments: '' }]);
});
