import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonRequest, type ChatRequest, type Completion } from '../common/chat.ts';
import { openChatStream } from './render-answer.ts';

const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };

/** What a chat client gets of chunks that were translated from another API. */
function chunksFor(more: Partial<ChatRequest>, ...given: Completion[]): unknown[] {
  const request = commonRequest({ model: 'm', messages: [], stream: true, ...more });
  const stream = openChatStream({ id: 'chatcmpl-1', request, requestId: 'r' });
  const origin = { format: 'another', addedLogprobs: false };
  const written = given.map((chunk) => stream.event(origin, { data: '{}' }, chunk)).join('');
  return [...written.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as unknown);
}

const begins: Completion = { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }], usage };
const ends: Completion = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage };

test('the usage that came with the end of a translated stream follows it in a chunk of its own', () => {
  const chunks = chunksFor({ stream_options: { include_usage: true } }, begins, ends);
  assert.deepEqual(chunks, [
    { choices: begins.choices, id: 'chatcmpl-1' },
    { choices: ends.choices, id: 'chatcmpl-1' },
    { choices: [], usage, id: 'chatcmpl-1' },
  ]);
});

test('a client that did not ask for the usage gets none of it', () => {
  assert.deepEqual(chunksFor({}, begins, ends), [
    { choices: begins.choices, id: 'chatcmpl-1' },
    { choices: ends.choices, id: 'chatcmpl-1' },
  ]);
});
