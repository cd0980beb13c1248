/** Responses that are kept for an hour, where texts are kept at all: going on from them, reading and deleting them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { answers, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { configIn } from './scripted-gateway.ts';
import { messageItem, responds } from './scripted-responses.ts';

describe('kept responses', () => {
  let server: ScriptedServer;
  let gateway: Gateway;
  let client: OpenAI;
  const REASONING = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'sealed==' };
  const native: ScriptedStep = responds([REASONING, messageItem([['Paris', -0.01]])]);

  before(async () => {
    server = await createScriptedServer({
      chat: (asked) => played(answers('Rome'), asked),
      posts: { '/v1/responses': (asked) => played(native, asked) },
    });
    const config = configIn(
      '/',
      `listen: 127.0.0.1:0
store: 'sqlite::memory:'
retention: { texts: true }
upstreams:
  near: { baseUrl: '${server.baseUrl}', location: on-premises }
  far: { baseUrl: '${server.baseUrl}', location: cloud, dialect: openai-responses }
models:
  chats: { upstream: near, model: tiny }
  native: { upstream: far, model: huge }
`,
    );
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    gateway = await createGateway({ config, environment: {}, log: silent });
    const { port } = await gateway.listen();
    client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  after(async () => {
    await gateway.close();
    await server.close();
  });

  const asked = () => server.asked.at(-1)?.body;

  for (const [model, said] of [
    ['chats', 'Rome'],
    ['native', 'Paris'],
  ] as const)
    for (const stream of [false, true])
      test(`a conversation goes on from a kept response of '${model}'${stream ? ', streamed' : ''}`, async () => {
        const ask = async (more: object): Promise<OpenAI.Responses.Response> => {
          const body = { model, input: 'First?', store: true, ...more };
          return stream ? client.responses.stream(body).finalResponse() : client.responses.create(body);
        };
        const first = await ask({});
        const kept = await client.responses.retrieve(first.id);
        assert.deepEqual([kept.id, kept.output_text, Reflect.get(kept, 'store')], [first.id, said, true]);
        const second = await ask({
          input: [{ role: 'user', content: 'Second?' }],
          previous_response_id: first.id,
        });
        assert.equal(second.previous_response_id, first.id);
        const sent = asked();
        const shown = JSON.stringify(sent?.['messages'] ?? sent?.['input']);
        assert.match(shown, new RegExp(`First\\?.*${said}.*Second\\?`));
        if (model === 'native') {
          assert.match(shown, /"encrypted_content":"sealed=="/);
          assert.deepEqual([sent?.['store'], sent?.['previous_response_id']], [false, undefined]);
        }
        await ask({ input: 'Third?', previous_response_id: second.id });
        assert.match(JSON.stringify(asked()), /First\?.*Second\?.*Third\?/);
      });

  test('an item that is referred to is put in its place', async () => {
    const first = await client.responses.create({ model: 'chats', input: 'First?', store: true });
    const [item] = first.output;
    await client.responses.create({
      model: 'chats',
      input: [
        { role: 'user', content: 'Again' },
        { type: 'item_reference', id: item?.id ?? '' },
        { role: 'user', content: 'And?' },
      ],
    });
    assert.deepEqual(asked()?.['messages'], [
      { role: 'user', content: 'Again' },
      { role: 'assistant', content: [{ type: 'text', text: 'Rome' }] },
      { role: 'user', content: 'And?' },
    ]);
  });

  test('what is not kept, was deleted, or nobody asked to keep is a clear error', async () => {
    const told = async (run: () => PromiseLike<unknown>): Promise<unknown> => {
      try {
        await run();
        return 'nothing';
      } catch (error) {
        assert.ok(error instanceof OpenAI.APIError);
        return [error.status, error.code, error.param];
      }
    };
    const ask = (more: object) => client.responses.create({ model: 'chats', input: 'x', ...more });
    const { id } = await ask({});
    assert.deepEqual(await told(() => client.responses.retrieve(id)), [404, 'unknown_id', 'id']);
    assert.deepEqual(await told(() => ask({ previous_response_id: id })), [
      400,
      'invalid_request',
      'previous_response_id',
    ]);
    assert.deepEqual(await told(() => ask({ input: [{ type: 'item_reference', id: 'msg_x' }] })), [
      400,
      'invalid_request',
      'input',
    ]);
    const kept = await ask({ store: true });
    await client.responses.delete(kept.id);
    assert.deepEqual(await told(() => client.responses.retrieve(kept.id)), [404, 'unknown_id', 'id']);
    assert.deepEqual(await told(() => ask({ previous_response_id: kept.id })), [
      400,
      'invalid_request',
      'previous_response_id',
    ]);
  });

  test('a data class cannot be forgotten on the way, nor become another', async () => {
    const ask = (more: object, dataClass?: string) => {
      const headers = dataClass === undefined ? {} : { 'x-weir-data-class': dataClass };
      return client.responses.create({ model: 'chats', input: 'x', store: true, ...more }, { headers });
    };
    const first = await ask({}, 'private');
    const next = { previous_response_id: first.id };
    assert.equal((await ask(next)).output_text, 'Rome');
    await assert.rejects(
      async () => ask({ ...next, model: 'native' }),
      /where data of class 'private' may not go/,
    );
    await assert.rejects(async () => ask(next, 'other'), /of the data classes 'private' and 'other'/);
    const second = await ask({}, 'other');
    const input = [{ type: 'item_reference', id: second.output[0]?.id ?? '' }];
    await assert.rejects(async () => ask({ ...next, input }), /of the data classes 'private' and 'other'/);
  });

  test('another tenant, and a later hour, find nothing', async () => {
    const { id } = await client.responses.create({ model: 'chats', input: 'x', store: true });
    const own = id.replace('resp_', '');
    const nowMs = Date.now();
    assert.notEqual(await gateway.store.keptAnswer(own, 'default', nowMs), undefined);
    assert.equal(await gateway.store.keptAnswer(own, 'other', nowMs), undefined);
    assert.equal(await gateway.store.keptAnswer(own, 'default', nowMs + 3_600_001), undefined);
    await gateway.store.dropExpiredAnswers(nowMs + 3_600_001);
    assert.equal(await gateway.store.keptAnswer(own, 'default', nowMs), undefined);
  });
});
