import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createRecorder } from '../../src/store/recorder/recorder.ts';
import type { Loss } from '../../src/store/recorder/dead-runs.ts';
import { openStore } from '../../src/store/open.ts';
import { folder } from '../../src/store/testing.ts';

const program = join(import.meta.dirname, 'recorder-under-load.ts');

/** Kills the recording process after so many acknowledged flushes. @returns how many requests the last one covered. */
async function recordAndKill(path: string, flushes: number): Promise<number> {
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let [seen, acknowledged] = [0, 0];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    seen += 1;
    if (seen === flushes) child.kill('SIGKILL');
  }
  const [, signal] = (await closed) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  return acknowledged;
}

for (const flushes of [1, 7, 40]) {
  test(`killed after ${flushes} flushes under load: every flushed row is there, and the next start says what may be missing`, async (context) => {
    const path = join(folder(context), 'weir.db');
    const before = Date.now();
    const acknowledged = await recordAndKill(path, flushes);
    assert.ok(acknowledged > 0 || flushes === 1);

    const losses: Loss[] = [];
    const store = await openStore(`sqlite:${path}`);
    context.after(() => store.close());
    const onLoss = (loss: Loss) => losses.push(loss);
    const recorder = await createRecorder({
      store,
      clock: Date.now,
      onLoss,
      capacity: 10,
      batchSize: 10,
      intervalMs: 5,
    });
    context.after(() => recorder.close());

    const database = new DatabaseSync(path, { readOnly: true });
    context.after(() => database.close());
    const query = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
    assert.equal(query('pragma integrity_check'), 'ok');
    assert.equal(query('select count(*) from pragma_foreign_key_check'), 0);
    const flushed = `select count(*) from outcome where created_at_ms < ${acknowledged}`;
    assert.equal(query(flushed), acknowledged);
    assert.equal(
      query(`select count(*) from outcome where (select count(*) from attempt where outcome_id = id) <> 2`),
      0,
      'an outcome is never there without its attempts',
    );

    assert.equal(losses.length, 1);
    assert.equal(losses[0]?.upperBound, 1_000);
    assert.equal(losses[0].dropped, 0);
    assert.ok(
      losses[0].fromMs >= before && losses[0].fromMs <= losses[0].toMs && losses[0].toMs <= Date.now(),
    );
    assert.equal((await store.unfinishedRuns()).length, 1, 'only the new run is unfinished');
  });
}
