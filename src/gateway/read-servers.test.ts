import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../config/load/load.ts';
import type { Config } from '../config/schema/schema.ts';
import { answers } from '../upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../upstream/scripted/scripted-server.ts';
import { createGateway, createLog, toldByServers, type Gateway } from './gateway.ts';

/** What the server tells; changed by tests. */
const told: Record<string, unknown> = {};
const tells = (ftype: string): void =>
  void Object.assign(told, {
    '/v1/models': { object: 'list', data: [{ id: 'm', owned_by: 'llamacpp', meta: { size: 9, ftype } }] },
    '/props': { chat_template: '{{ messages }}' },
  });

let server: ScriptedServer;
let folder: string;
before(async () => {
  server = await createScriptedServer({ chat: answers('yes'), routes: told });
  folder = await mkdtemp(join(tmpdir(), 'weir-servers-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function configOf(name: string, upstream: string, location = 'on-premises'): Config {
  const text = `
listen: 127.0.0.1:0
store: 'sqlite:./${name}.db'
upstreams: { here: { baseUrl: '${upstream}', location: ${location}, apiKey: 'k-1', headers: { x-team: t } } }
models: { one: { upstream: here, model: m } }`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}

async function withGateway(config: Config, use: (gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await createGateway({ config, environment: {}, log: createLog('silent') });
  try {
    await use(gateway);
  } finally {
    await gateway.close();
  }
}

const sourceOf = async (gateway: Gateway): Promise<unknown> => {
  const rows = await gateway.store.sources();
  return rows.map(({ content }) => (JSON.parse(content) as { quantization?: string }).quantization);
};

test('what a server tells is read with its own credentials, kept, and used at once', async () => {
  tells('Q4_1');
  const config = configOf('kept', server.baseUrl);
  await withGateway(config, async (gateway) => {
    assert.deepEqual(await sourceOf(gateway), [undefined]);
    await gateway.readServers();
    assert.deepEqual(await sourceOf(gateway), [undefined, 'Q4_1']);
    // What is the same is not written again.
    const rows = await gateway.store.servedModels();
    await gateway.readServers();
    assert.deepEqual(await gateway.store.servedModels(), rows);
    tells('Q8_0');
    await gateway.readServers();
    assert.deepEqual(await sourceOf(gateway), [undefined, 'Q4_1', 'Q8_0']);
  });
  const asked = server.asked.filter(({ path }) => path === '/v1/models' || path === '/props');
  assert.ok(asked.length > 0);
  for (const { headers } of asked)
    assert.deepEqual([headers['authorization'], headers['x-team']], ['Bearer k-1', 't']);
  // A command reads it from the store.
  assert.equal((await toldByServers(config))('here', 'm')?.quantization, 'Q8_0');
  const moved = { ...config, upstreams: configOf('kept', 'http://127.0.0.1:9/v1').upstreams };
  assert.equal((await toldByServers(moved))('here', 'm'), undefined, 'another server told nothing yet');
});

test('a server that does not answer leaves what is known of it, and one in the cloud is not asked', async () => {
  tells('Q4_1');
  const asked = server.asked.length;
  await withGateway(configOf('cloud', server.baseUrl, 'cloud'), async (gateway) => {
    await gateway.readServers();
    assert.deepEqual(await gateway.store.servedModels(), []);
  });
  assert.equal(server.asked.length, asked);
  const config = configOf('gone', server.baseUrl);
  await withGateway(config, async (gateway) => {
    await gateway.readServers();
    for (const path of Object.keys(told)) Reflect.deleteProperty(told, path);
    await gateway.readServers();
    assert.deepEqual(await sourceOf(gateway), [undefined, 'Q4_1']);
  });
});

test('a watched server is read in the background, also when the configuration changes', async () => {
  tells('Q4_1');
  const config = configOf('watched', server.baseUrl);
  await withGateway(config, async (gateway) => {
    const until = async (quantization: string): Promise<void> => {
      while (!((await sourceOf(gateway)) as string[]).includes(quantization)) await sleep(5);
    };
    gateway.watchServers();
    await until('Q4_1');
    tells('Q5_0');
    await gateway.reconfigure({ ...config, retention: { ...config.retention, texts: true } });
    await until('Q5_0');
  });
});
