/** Clients of Messages send their key as Anthropic's do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import { openMessagesGateway } from './messages-gateway.ts';

test('a key is taken from x-api-key or as a bearer token, on every path of the protocol, and goes to no upstream', async () => {
  const large = answersMessage('Rome');
  const world = await openMessagesGateway({ small: large, large }, '', {
    '/v1/messages/count_tokens': { input_tokens: 42 },
  });
  try {
    const { key } = await world.gateway.keys.create({ name: 'clerk', tenant: 'default', operator: false });
    const body = { model: 'large', max_tokens: 5, messages: [{ role: 'user', content: 'Where?' }] };
    const { max_tokens: _, ...counted } = body;
    const ask = (path: string, headers: Record<string, string>): Promise<Response> =>
      path === '/v1/models'
        ? fetch(world.base + path, { headers: { 'anthropic-version': '2023-06-01', ...headers } })
        : world.post(path, path === '/v1/messages' ? body : counted, headers);
    for (const path of ['/v1/messages', '/v1/messages/count_tokens', '/v1/models']) {
      assert.equal((await ask(path, { 'x-api-key': key })).status, 200, path);
      assert.equal((await ask(path, { authorization: `Bearer ${key}` })).status, 200, path);
      const refused = await ask(path, { 'x-api-key': 'sk-ant-somebody' });
      assert.equal(refused.status, 401, path);
      const { error } = (await refused.json()) as { error: { type: string } };
      assert.equal(error.type, 'authentication_error');
    }
    for (const { headers } of world.large.asked) {
      assert.equal(headers['x-api-key'], 'sk-far');
      assert.equal(headers['authorization'], undefined);
    }
  } finally {
    await world.close();
  }
});

test('the same client sends feedback and asks for decisions with its key where it always is', async () => {
  const world = await openMessagesGateway(
    { small: answersMessage('Rome'), large: answersMessage('Rome') },
    '',
  );
  try {
    const { key } = await world.gateway.keys.create({ name: 'clerk', tenant: 'default', operator: false });
    const messages = [{ role: 'user', content: 'Where?' }];
    const answer = await world.post(
      '/v1/messages',
      { model: 'large', max_tokens: 5, messages },
      { 'x-api-key': key },
    );
    const { id } = (await answer.json()) as { id: string };
    const ask = async (path: string, headers: Record<string, string>): Promise<number> =>
      path === '/v1/feedback'
        ? (await world.post(path, { id, verdict: 'good' }, headers)).status
        : (await fetch(world.base + path, { headers })).status;
    assert.equal(await ask('/v1/feedback', { 'x-api-key': key }), 202);
    for (const path of [`/v1/decisions/${id}`, '/v1/models'])
      assert.equal(await ask(path, { 'x-api-key': key }), 200, path);
    for (const path of ['/v1/feedback', `/v1/decisions/${id}`, '/v1/models'])
      assert.equal(await ask(path, { 'x-api-key': 'sk-ant-somebody' }), 401, path);
  } finally {
    await world.close();
  }
});
