import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Completion, MessagePart } from '../common/chat.ts';
import { createChunkEvents } from './chunk-events.ts';

/** The events of chunks, each as its kind and what it brings. */
function written(deltas: readonly MessagePart[], ending: object = { finish_reason: 'stop' }): string[] {
  const events = createChunkEvents({ id: 'msg_1', model: 'auto', thinking: true, stops: ['END'] });
  const chunk = (delta: MessagePart, more: object = {}): Completion => ({
    choices: [{ index: 0, delta, ...more }],
  });
  const text =
    deltas.map((delta) => events.add(chunk(delta))).join('') +
    events.add(chunk({}, ending)) +
    events.close() +
    events.end();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) =>
    shown(JSON.parse(data) as Record<string, unknown>),
  );
}

function shown({ type, index, content_block: block, delta }: Record<string, unknown>): string {
  const { type: kind, id, name } = (block ?? {}) as Record<string, string>;
  const {
    text,
    thinking,
    partial_json: given,
    stop_reason: reason,
    stop_sequence: sequence,
  } = (delta ?? {}) as Record<string, string>;
  return [type, index, kind, id, name, text, thinking, given, reason, sequence]
    .filter((part) => part != null && part !== '')
    .join(' ');
}

const call = (index: number, more: object): MessagePart => ({ tool_calls: [{ index, ...more }] });

test('calls whose heads come first are shown one after the other', () => {
  assert.deepEqual(
    written(
      [
        call(0, { id: 'a', function: { name: 'one' } }),
        call(1, { id: 'b', function: { name: 'two' } }),
        call(1, { function: { arguments: '{"n":' } }),
        call(0, { function: { arguments: '{}' } }),
        call(1, { function: { arguments: '2}' } }),
      ],
      { finish_reason: 'tool_calls' },
    ),
    [
      'message_start',
      'content_block_start 0 tool_use a one',
      'content_block_delta 0 {}',
      'content_block_stop 0',
      'content_block_start 1 tool_use b two',
      'content_block_delta 1 {"n":',
      'content_block_delta 1 2}',
      'content_block_stop 1',
      'message_delta tool_use',
      'message_stop',
    ],
  );
});

test('text after a call begins another block, and a call without an id gets one', () => {
  assert.deepEqual(
    written([{ content: 'a' }, call(0, { function: { name: 'one', arguments: '{}' } }), { content: 'b' }]),
    [
      'message_start',
      'content_block_start 0 text',
      'content_block_delta 0 a',
      'content_block_stop 0',
      'content_block_start 1 tool_use toolu_msg_1_0 one',
      'content_block_delta 1 {}',
      'content_block_stop 1',
      'content_block_start 2 text',
      'content_block_delta 2 b',
      'content_block_stop 2',
      'message_delta end_turn',
      'message_stop',
    ],
  );
});

test('a stop sequence is named where the server says which it met, and a refusal is one', () => {
  const end = (deltas: MessagePart[], ending: object): string | undefined => written(deltas, ending).at(-2);
  assert.equal(
    end([{ content: 'a' }], { finish_reason: 'stop', stop_reason: 'END' }),
    'message_delta stop_sequence END',
  );
  assert.equal(
    end([{ content: 'a' }], { finish_reason: 'stop', stop_reason: 128_001 }),
    'message_delta end_turn',
  );
  assert.equal(end([{ refusal: 'No.' }], { finish_reason: 'stop' }), 'message_delta refusal');
  assert.equal(end([{ content: 'a' }], { finish_reason: 'content_filter' }), 'message_delta refusal');
  assert.equal(end([{ content: 'a' }], { finish_reason: 'length' }), 'message_delta max_tokens');
});

test('an answer without a word is a message all the same', () => {
  assert.deepEqual(written([]), ['message_start', 'message_delta end_turn', 'message_stop']);
});
