/** What `weir doctor` finds out is kept in the store, and the next start acts on it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseConfig } from '../../src/config/load/load.ts';
import { createGateway, createLog, type Gateway } from '../../src/gateway/gateway.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { answers, refuses, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';

/** As OpenAI's newer models refuse the old name. */
const newer: ScriptedStep = (asked) => {
  if (asked.body['max_tokens'] !== undefined)
    return refuses(400, {
      message: "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      code: 'unsupported_parameter',
    });
  const step = answers({ tokens: [{ text: 'yes', logprob: -0.01, top: [['yes', -0.01]] }] });
  return typeof step === 'function' ? step(asked) : step;
};

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: newer });
  folder = await mkdtemp(join(tmpdir(), 'weir-probed-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function withGateway<T>(
  modelSettings: string,
  run: (gateway: Gateway) => Promise<T>,
  baseUrl = server.baseUrl,
): Promise<T> {
  const text = `
listen: 127.0.0.1:0
store: 'sqlite:./weir.db'
upstreams: { local: { baseUrl: '${baseUrl}', location: on-premises } }
models: { only: { upstream: local, model: tiny${modelSettings} } }
routes: { auto: { tiers: [only], objective: { thresholds: [] } } }`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const gateway = await createGateway({ config: loaded.config, environment: {}, log: createLog('silent') });
  try {
    return await run(gateway);
  } finally {
    await gateway.close();
  }
}

/** The status of an answer to a request with this limit, and the limits that the upstream was sent. */
function limitsSent(modelSettings: string, limit: object): Promise<unknown[]> {
  return withGateway(modelSettings, async (gateway) => {
    const { port } = await gateway.listen();
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }], ...limit }),
    });
    await response.text();
    const { max_tokens: old, max_completion_tokens: limited } = JSON.parse(
      server.asked.at(-1)?.text ?? '',
    ) as Record<string, unknown>;
    return [response.status, old, limited];
  });
}

test('the limit goes out under the name that a probe found, and under the configured one where there is one', async () => {
  assert.deepEqual(await limitsSent('', { max_tokens: 7 }), [400, 7, undefined], 'as the client wrote it');
  const probe = await withGateway('', (gateway) => gateway.probe('only', new AbortController().signal));
  assert.equal(probe.maxTokensField, 'max_completion_tokens');
  assert.deepEqual(await limitsSent('', { max_tokens: 7 }), [200, undefined, 7]);
  assert.deepEqual(
    await limitsSent(', maxTokensField: max_tokens', { max_completion_tokens: 7 }),
    [400, 7, undefined],
    'who configures it knows better than the probe',
  );
});

test('a server of another address was never probed, though its upstream has the same name', async () => {
  await withGateway('', (gateway) => gateway.probe('only', new AbortController().signal));
  const limited = async (baseUrl: string): Promise<number> =>
    withGateway(
      '',
      async (gateway) => {
        const { port } = await gateway.listen();
        const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }], max_tokens: 7 }),
        });
        await response.text();
        return response.status;
      },
      baseUrl,
    );
  assert.equal(await limited(server.baseUrl), 200);
  assert.equal(await limited(server.baseUrl.replace('127.0.0.1', 'localhost')), 400);
});
