import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { checkRecorded } from './check-recorded.ts';

const base = { id: 'a', group: 'g', prompt: 'q' };
const number = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'number' } } };
const dated = { type: 'json_schema', json_schema: { name: 'x', schema: { format: 'date' } } };

async function vetoesOf(answer: TraceAttempt, more: Partial<Trace>): Promise<unknown> {
  const of = await checkRecorded([{ ...base, ...more, attempts: { small: answer } }]);
  return of(answer);
}

test('recorded answers are judged by what their question asks, in either process', async () => {
  assert.deepEqual(await vetoesOf({ answer: '12' }, { responseFormat: number }), []);
  assert.deepEqual(await vetoesOf({ answer: '"x"' }, { responseFormat: number }), ['schema_mismatch']);
  assert.deepEqual(await vetoesOf({ answer: 'x' }, { responseFormat: number }), ['invalid_json']);
  assert.deepEqual(await vetoesOf({ answer: '"2026-11-30"' }, { responseFormat: dated }), []);
  assert.deepEqual(await vetoesOf({ answer: '"soon"' }, { responseFormat: dated }), ['schema_mismatch']);
});

test('their tool calls are judged, and those that leaked into the text are seen', async () => {
  const tools = [{ type: 'function', function: { name: 'read', parameters: { required: ['path'] } } }];
  const calling = (text: string): TraceAttempt => ({ toolCalls: [{ name: 'read', arguments: text }] });
  assert.deepEqual(await vetoesOf(calling('{"path":"a"}'), { tools }), []);
  assert.deepEqual(await vetoesOf(calling('{}'), { tools }), ['invalid_tool_call']);
  assert.deepEqual(
    await vetoesOf({ answer: '<tool_call>{"name":"read","arguments":{}}</tool_call>' }, { tools }),
    ['tool_call_in_text'],
  );
});

test('what a question says of calling its tools holds for recorded answers as for live ones', async () => {
  const tools = [{ type: 'function', function: { name: 'read', parameters: {} } }];
  const prose = { answer: 'It is Rome.' };
  const call = { name: 'read', arguments: '{}' };
  assert.deepEqual(await vetoesOf(prose, { tools }), []);
  assert.deepEqual(await vetoesOf(prose, { tools, toolChoice: 'required' }), ['tool_call_missing']);
  assert.deepEqual(await vetoesOf({ toolCalls: [call] }, { tools, toolChoice: 'none' }), [
    'tool_call_unwanted',
  ]);
  assert.deepEqual(await vetoesOf({ toolCalls: [call, call] }, { tools, parallelToolCalls: false }), [
    'parallel_tool_calls',
  ]);
  const functions = [{ name: 'read', parameters: { required: ['path'] } }];
  assert.deepEqual(await vetoesOf(prose, { functions, functionCall: { name: 'read' } }), [
    'tool_call_missing',
  ]);
  assert.deepEqual(await vetoesOf({ toolCalls: [call] }, { functions }), ['invalid_tool_call']);
});

test('an answer whose checks were recorded is not checked again, nor one whose question asks nothing of its form', async () => {
  assert.equal(await vetoesOf({ answer: 'x', vetoes: [] }, { responseFormat: number }), undefined);
  assert.equal(await vetoesOf({ answer: 'x' }, {}), undefined);
  assert.equal(await vetoesOf({ answer: 'x' }, { tools: ['nonsense'] }), undefined);
});
