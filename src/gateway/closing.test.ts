import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../config/load/load.ts';
import type { Config } from '../config/schema/schema.ts';
import { openStore } from '../store/open.ts';
import { createGateway, createLog } from './gateway.ts';
import { createScriptedServer } from '../upstream/scripted/scripted-server.ts';
import { failures } from '../upstream/scripted/scripted-reply.ts';

function configuration(baseUrl: string, folder: string): Config {
  const text = `listen: 127.0.0.1:0
store: sqlite:./weir.db
log: { level: silent }
drainTimeout: 20s
upstreams: { here: { baseUrl: "${baseUrl}", location: on-premises, retries: 0 } }
models: { small: { upstream: here, model: small-model, price: { input: 1, output: 1 } } }
routes: { auto: { tiers: [small] } }
`;
  const loaded = parseConfig(text, { file: 'weir.yaml', folder, environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}

for (const stream of [false, true]) {
  test(`a request whose client hangs up as the gateway closes is in the record (stream: ${stream})`, async (context) => {
    const upstream = await createScriptedServer({ chat: failures.never });
    context.after(() => upstream.close());
    const config = configuration(upstream.baseUrl, mkdtempSync(join(tmpdir(), 'weir-closing-')));
    const gateway = await createGateway({ config, environment: {}, log: createLog('silent') });
    const { port } = await gateway.listen();
    const clients = Array.from({ length: 8 }, () => new AbortController());
    const asked = clients.map(({ signal }) =>
      fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'auto', stream, messages: [{ role: 'user', content: 'Which town?' }] }),
        signal,
      }).catch(() => undefined),
    );
    await upstream.request(clients.length - 1);
    for (const client of clients) client.abort();
    await gateway.close();
    await Promise.all(asked);

    const store = await openStore(config.store);
    context.after(() => store.close());
    const kept = await store.history({ limit: 100 });
    assert.deepEqual(
      kept.map(({ outcome }) => [outcome.status, outcome.errorCode]),
      clients.map(() => [499, 'client_closed_request']),
    );
  });
}
