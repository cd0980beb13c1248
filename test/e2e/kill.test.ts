/** The record after `kill -9` in mid-load: whole, and honest about what it may lack. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';
import { asking, configuration, troubled } from './troubles.ts';

let upstream: ScriptedServer;
let gateway: GatewayProcess;
let config: string;

/** Small, so that a bound that is too low would show: hundreds are answered before the kill. */
const CAPACITY = 24;
const CLIENTS = 8;

before(async () => {
  upstream = await createScriptedServer({ chat: troubled });
  config =
    configuration(upstream.baseUrl).replace('log: { level: silent }', 'log: { level: warn }') +
    `recorder: { capacity: ${CAPACITY}, batchSize: 8, interval: 50ms }\n`;
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

/** The milliseconds of a UUIDv7 (RFC 9562): when the request came. */
const bornMs = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

async function droppedRows(): Promise<number> {
  const metrics = await (await fetch(`${gateway.origin}/metrics`)).text();
  return Number(/^weir_recorder_dropped_total (\d+)$/m.exec(metrics)?.[1]);
}

interface Answered {
  id: string;
  /** When the answer was there, by this process's clock. */
  atMs: number;
}

/** Asks as fast as it is answered, until the gateway is killed. */
async function load(killed: AbortSignal, answered: Answered[]): Promise<void> {
  while (!killed.aborted) {
    // A request that the kill cuts off is no answer, and is not counted.
    const answer = await fetch(url(), asking('good')).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (answer?.ok !== true || text === undefined) continue;
    const id = (answer.headers.get('x-weir-id') ?? '').replace('chatcmpl-', '');
    answered.push({ id, atMs: Date.now() });
  }
}

test('killed under load, it loses no row that was seen, says what may be missing, and serves again', async () => {
  const { folder } = gateway;
  const killed = new AbortController();
  const answered: Answered[] = [];
  const clients = Array.from({ length: CLIENTS }, () => load(killed.signal, answered));
  let flushed = new Set<string>();
  while (flushed.size < 300) {
    await sleep(50);
    flushed = ids(folder);
  }
  const dropped = await droppedRows();
  const killedAtMs = Date.now();
  await gateway.stop('SIGKILL');
  killed.abort();
  await Promise.all(clients);

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
  const loss = JSON.parse(line) as Record<'upperBound' | 'fromMs' | 'toMs' | 'dropped', number>;
  assert.equal(loss.upperBound, CAPACITY);
  assert.equal(loss.dropped, dropped);
  const missing = answered.filter(({ id }) => !kept.has(id));
  assert.ok(answered.length > 10 * CAPACITY, `${answered.length} answered`);
  assert.ok(missing.length <= loss.upperBound + dropped, `${missing.length} missing, ${line}`);
  // A row is accepted after its request came and before its answer is there.
  for (const { id, atMs } of missing)
    assert.ok(atMs >= loss.fromMs && bornMs(id) <= loss.toMs, `${id}, ${line}`);
  assert.ok(
    loss.fromMs > killedAtMs - 5_000,
    `what was written long before the kill is not in doubt: ${line}`,
  );
  assert.ok(loss.toMs >= killedAtMs - 1_000, line);

  const answer = await fetch(url(), asking('good'));
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();
});
