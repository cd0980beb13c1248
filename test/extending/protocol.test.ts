/** A client protocol is added through the public interface: its own path, request, answer, stream and errors. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { parseBody } from '../../src/protocol/common/parse-body.ts';
import type { Protocol } from '../../src/protocol/protocol.ts';
import { PROTOCOLS } from '../../src/protocol/protocols.ts';
import type { ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { formatEvent } from '../../src/wire/sse.ts';
import { configIn, speak } from '../e2e/scripted-gateway.ts';

const telegramSchema = z.strictObject({
  to: z.string().min(1),
  say: z.string().min(1),
  live: z.boolean().default(false),
});

/** Clients send telegrams, and get the answer's words. */
const telegrams: Protocol = {
  name: 'telegram',
  paths: ['/telegrams'],
  idPrefix: 'tg_',
  keyHeader: 'x-stamp',
  readRequest(text) {
    const { to, say, live } = parseBody(telegramSchema, text);
    const chat = { model: to, messages: [{ role: 'user', content: say }], stream: live };
    return { format: 'telegram', text, chat, chatText: () => JSON.stringify(chat) };
  },
  renderWhole({ content }, { id }) {
    const [choice] = content.completion().choices;
    return JSON.stringify({ telegram: id, says: choice?.message?.content });
  },
  openStream: ({ id }) => {
    const word = (text: unknown): string =>
      typeof text === 'string' && text !== '' ? formatEvent(text, 'word') : '';
    return {
      event: (_, __, chunk) => word(chunk?.choices[0]?.delta?.content),
      answer: ({ content }) =>
        content.kind === 'whole'
          ? word(content.completion().choices[0]?.message?.content)
          : content
              .chunks()
              .map((chunk) => word(chunk?.choices[0]?.delta?.content))
              .join(''),
      end: () => formatEvent(id, 'stop'),
      error: ({ message }) => formatEvent(message, 'trouble'),
      keepAlive: () => formatEvent('', 'wait'),
    };
  },
  renderError: ({ code, message }) => JSON.stringify({ trouble: message, kind: code }),
};

let server: ScriptedServer;
let gateway: Gateway;
let base: string;

/** The question chooses how sure the model is. */
const model: ScriptedStep = (asked) => {
  const [{ content } = { content: '' }] = asked.body['messages'] as { content: string }[];
  return content === 'Break.'
    ? { status: 400, body: ['{"error":{"message":"It broke."}}'] }
    : speak(asked, `Rome, says ${asked.model}.`, Math.log(content.endsWith('?') ? 0.9 : 0.3));
};

before(async () => {
  server = await createScriptedServer({ chat: model });
  const config = configIn(
    process.cwd(),
    `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams: { local: { baseUrl: '${server.baseUrl}', location: on-premises, retries: 0 } }
models:
  small: { upstream: local, model: tiny, logprobs: stream }
  large: { upstream: local, model: huge, logprobs: stream }
routes: { auto: { tiers: [small, large], objective: { thresholds: [0.6] } } }`,
  );
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const protocols = [...PROTOCOLS, telegrams];
  gateway = await createGateway({ config, environment: {}, log: silent, protocols });
  base = `http://127.0.0.1:${(await gateway.listen()).port}`;
});

after(async () => {
  await gateway.close();
  await server.close();
});

const send = (body: object): Promise<Response> =>
  fetch(`${base}/telegrams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a whole answer comes in the protocol’s own form, and its decision is found by its id', async () => {
  const response = await send({ to: 'auto', say: 'Which town?' });
  assert.equal(response.status, 200);
  const { telegram, says } = (await response.json()) as { telegram: string; says: string };
  assert.equal(says, 'Rome, says tiny.');
  assert.match(telegram, /^tg_[0-9a-f-]{36}$/);
  assert.equal(response.headers.get('x-weir-id'), telegram);
  const decision = await fetch(`${base}/v1/decisions/${telegram}`);
  assert.deepEqual(((await decision.json()) as { id: string }).id, telegram);
});

test('a stream comes in its own events, held and live', async () => {
  for (const [say, tier, decision] of [
    ['Which town?', 'tiny', 'accepted'],
    ['Some town.', 'huge', 'escalated'],
  ]) {
    const response = await send({ to: 'auto', say, live: true });
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.equal(response.headers.get('x-weir-decision'), decision);
    const id = response.headers.get('x-weir-id');
    assert.equal(
      await response.text(),
      `event: word\ndata: Rome, says ${tier}.\n\nevent: stop\ndata: ${id}\n\n`,
    );
  }
});

test('errors have its own shape, from the request on to the last tier', async () => {
  const shown = async (body: object): Promise<unknown> => {
    const response = await send(body);
    return [response.status, await response.json()];
  };
  assert.deepEqual(await shown({ to: 'auto' }), [
    400,
    { trouble: "Invalid 'say': it is missing, and must be a string.", kind: 'invalid_request' },
  ]);
  assert.deepEqual(await shown({ to: 'auto', say: 'Break.' }), [
    400,
    { trouble: 'It broke.', kind: 'upstream_rejected' },
  ]);
  const wrongMethod = await fetch(`${base}/telegrams`);
  assert.deepEqual(
    [wrongMethod.status, Object.keys((await wrongMethod.json()) as object)],
    [405, ['trouble', 'kind']],
  );
});

test('an API key is taken from the header that the protocol names', async () => {
  const { key } = await gateway.keys.create({ name: 'clerk', tenant: 'default', operator: false });
  assert.equal((await send({ to: 'auto', say: 'Which town?' })).status, 401);
  const stamped = await fetch(`${base}/telegrams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-stamp': key },
    body: JSON.stringify({ to: 'auto', say: 'Which town?' }),
  });
  assert.equal(stamped.status, 200);
});
