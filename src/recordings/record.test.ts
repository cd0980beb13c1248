import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceSchema, type Trace } from '../traces/trace.ts';
import { toTraceAttempt, type RecordTier } from './record.ts';

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
