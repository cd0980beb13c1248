/** The record after `kill -9` in mid-load: whole, and honest about what it may lack. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted-server.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { asking, configuration, troubled } from './troubles.ts';

let upstream: ScriptedServer;
let gateway: GatewayProcess;
let config: string;

before(async () => {
  upstream = await createScriptedServer({ chat: troubled });
  config = configuration(upstream.baseUrl).replace('log: { level: silent }', 'log: { level: warn }');
  gateway = await startGateway(config);
});
after(async () => {
  await gateway?.stop('SIGKILL');
  await upstream?.close();
});

const url = (): string => `${gateway.origin}/v1/chat/completions`;

function ids(folder: string): Set<string> {
  const database = new DatabaseSync(join(folder, 'weir.db'), { readOnly: true });
  const rows = database.prepare('select id from outcome').all();
  database.close();
  return new Set(rows.map((row) => String(row['id'])));
}

test('killed under load, it loses no row that was seen, says what may be missing, and serves again', async () => {
  const { folder } = gateway;
  const killed = new AbortController();
  let answered = 0;
  const client = async (): Promise<void> => {
    while (!killed.signal.aborted) {
      // A request that the kill cuts off is no answer, and is not counted.
      const answer = await fetch(url(), asking('good')).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
      if (answer?.ok === true) answered += 1;
    }
  };
  const load = Array.from({ length: 8 }, client);
  let flushed = new Set<string>();
  while (flushed.size < 300) {
    await sleep(50);
    flushed = ids(folder);
  }
  const beforeKill = Date.now();
  await gateway.stop('SIGKILL');
  killed.abort();
  await Promise.all(load);

  gateway = await startGateway(config, folder);
  const database = new DatabaseSync(join(folder, 'weir.db'), { readOnly: true });
  assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
  assert.deepEqual(database.prepare('pragma foreign_key_check').all(), []);
  database.close();
  const kept = ids(folder);
  assert.deepEqual(
    [...flushed].filter((id) => !kept.has(id)),
    [],
  );

  const line = gateway
    .output()
    .split('\n')
    .find((one) => one.includes('upperBound'));
  assert.ok(line !== undefined, gateway.output());
  const { upperBound, fromMs, toMs } = JSON.parse(line) as Record<'upperBound' | 'fromMs' | 'toMs', number>;
  assert.ok(
    answered - kept.size <= upperBound,
    `${answered} answered, ${kept.size} kept, bound ${upperBound}`,
  );
  assert.ok(fromMs <= toMs && toMs >= beforeKill - 1_000, line);

  const answer = await fetch(url(), asking('good'));
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();
});
