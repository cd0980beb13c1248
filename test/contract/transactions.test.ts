import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../src/store/open.ts';
import { migrateConnection } from '../../src/store/sql/migrations/migrations.ts';
import { sqliteEngine } from '../../src/store/sqlite/engine.ts';
import { folder } from '../../src/store/testing.ts';
import { transactionContract } from './transactions.contract.ts';

async function connect(context: TestContext, url: string) {
  const connection = await sqliteEngine.connect(url);
  context.after(() => connection.close());
  await migrateConnection(connection, { atMs: 1 });
  return connection;
}

transactionContract('transactions of SQLite in memory', async (context) => ({
  connection: await connect(context, 'sqlite::memory:'),
}));

transactionContract('transactions of SQLite on disk', async (context) => {
  const url = `sqlite:${join(folder(context), 'weir.db')}`;
  const again = () => connect(context, url);
  return { connection: await again(), again };
});

test('a process that is killed within a transaction leaves nothing of it, and all that was acknowledged before', async (context) => {
  const url = `sqlite:${join(folder(context), 'weir.db')}`;
  const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { sqliteEngine } from ${module('../../src/store/sqlite/engine.ts')};
    import { migrateConnection } from ${module('../../src/store/sql/migrations/migrations.ts')};
    const connection = await sqliteEngine.connect(${JSON.stringify(url)});
    await migrateConnection(connection, { atMs: 1 });
    const add = (kysely, key) => kysely.insertInto('reference')
      .values({ route: 'auto', key, check: 'exact', reference: '', createdAtMs: 1 }).execute();
    await connection.guarded(() => add(connection.kysely, 'ordinary'));
    await connection.atomically((transaction) => add(transaction, 'whole'));
    await connection.atomically(async (transaction) => {
      await add(transaction, 'half');
      console.log('open');
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  assert.deepEqual(await closed, [null, 'SIGKILL']);

  const store = await openStore(url);
  context.after(() => store.close());
  const kept = ['ordinary', 'whole', 'half'].map(
    async (key) => (await store.reference('auto', key)) !== undefined,
  );
  assert.deepEqual(await Promise.all(kept), [true, true, false]);
});
