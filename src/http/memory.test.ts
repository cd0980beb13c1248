import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, withGateway } from '../gateway/testing.ts';
import { createMemoryLedger } from '../request/memory/memory-ledger.ts';
import { answers, streams } from '../upstream/scripted/scripted-reply.ts';

const MI = 1_048_576;
const ask = (characters: number): { messages: object[] } => ({
  messages: [{ role: 'user', content: 'x'.repeat(characters) }],
});

test('a request that does not fit beside those under way is told to come back', () =>
  withGateway(
    { small: answers('Rome'), context: { memory: createMemoryLedger(4 * MI), bodyBytes: MI } },
    async ({ chat, context }) => {
      const busy = context.admission.memory.hold();
      assert.ok(busy.grow(3 * MI));
      const refused = await chat(ask(MI / 2));
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('retry-after'), '1');
      const { code, message } = await errorOf(refused);
      assert.equal(code, 'overloaded');
      assert.match(message, /limits\.memoryBytes/);
      busy.release();
      assert.equal((await chat(ask(MI / 4))).status, 200);
    },
  ));

test('a body that could never fit is too large, not told to come back', () =>
  withGateway(
    { small: answers('Rome'), context: { memory: createMemoryLedger(MI), bodyBytes: MI } },
    async ({ post }) => {
      const body = JSON.stringify({ model: 'auto', ...ask(MI / 2) });
      const response = await post('/v1/chat/completions', body, { 'content-length': String(body.length) });
      assert.equal(response.status, 413);
      assert.match((await errorOf(response)).message, /limits\.memoryBytes/);
    },
  ));

test('an answer that finds no room ends its request clearly, with what to do', () => {
  const event = JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(1_000) } }] });
  return withGateway(
    {
      small: streams([...Array.from({ length: 500 }, () => event), '[DONE]']),
      context: { memory: createMemoryLedger(MI) },
    },
    async ({ chat }) => {
      const response = await chat({ stream: true });
      assert.equal(response.status, 503);
      assert.equal((await errorOf(response)).code, 'overloaded');
    },
  );
});

for (const path of ['/v1/chat/completions', '/v1/feedback', '/admin/api/review/x'])
  test(`JSON that is nested too deep is a 400 at ${path}`, () =>
    withGateway({ small: answers('Rome'), context: { bodyBytes: 10 * MI } }, async ({ post }) => {
      for (const depth of [600, 5_000, 500_000]) {
        const deep = '['.repeat(depth) + ']'.repeat(depth);
        const response = await post(path, `{"model":"auto","messages":[{"role":"user"}],"tools":${deep}}`);
        assert.equal(response.status, 400);
        assert.equal((await errorOf(response)).code, 'invalid_request');
      }
    }));

test('JSON that is as deep as it may be goes through every part of a request', () =>
  withGateway({ small: answers('Rome') }, async ({ chat }) => {
    const deep: unknown = JSON.parse('['.repeat(500) + ']'.repeat(500));
    const body = { messages: [{ role: 'user', content: 'hi', x: deep }], metadata: deep };
    const tools = [{ type: 'function', function: { name: 'f', parameters: { x: deep } } }];
    for (const stream of [true, false]) {
      assert.equal((await chat({ ...body, stream })).status, 200);
      assert.equal((await chat({ ...body, tools, stream })).status, 200);
    }
  }));
