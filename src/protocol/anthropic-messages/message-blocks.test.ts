import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessagePart } from '../common/chat.ts';
import { messageOfCompletion } from './message-blocks.ts';

const SHOWN = { id: 'msg_1', model: 'auto', thinking: true, stops: [] };

/** The blocks of an answer whose calls may be anything. */
function blocksOf(toolCalls: unknown): unknown[] {
  const message: MessagePart = { content: null, tool_calls: toolCalls as never };
  const text = messageOfCompletion({ choices: [{ index: 0, message }] }, SHOWN);
  return (JSON.parse(text) as { content: unknown[] }).content;
}

test('calls that are none are left out, and what is no text in one is not told', () => {
  assert.deepEqual(blocksOf([null, 1, 'x', []]), []);
  assert.deepEqual(blocksOf({ 0: {} }), []);
  const caller = { type: 'direct' };
  for (const call of [{ id: 5, function: { name: {}, arguments: 3 } }, { function: null }, {}])
    assert.deepEqual(blocksOf([call]), [
      { type: 'tool_use', id: 'toolu_msg_1_0', name: '', input: {}, caller },
    ]);
});
