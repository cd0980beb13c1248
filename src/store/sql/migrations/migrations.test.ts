import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { sqliteEngine } from '../../sqlite/engine.ts';
import { migrate, openStore, pendingMigrations } from '../../open.ts';
import { MIGRATIONS, migrateConnection, type Migration } from './migrations.ts';
import { folder, labelRow, outcomeRow } from '../../testing.ts';

const newPath = (context: TestContext) => join(folder(context), 'weir.db');

function tables(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite!_%' escape '!' order by name",
    )
    .all();
  database.close();
  return rows.map(({ name }) => String(name));
}

const addColumn = (number: number, name: string): Migration => ({
  number,
  name: `column ${name}`,
  up: (schema) => schema.alterTable('probe').addColumn(name, 'text').execute(),
});

test('a store that is not there yet needs every migration, and asking creates nothing', async (context) => {
  const path = newPath(context);
  const pending = await pendingMigrations(`sqlite:${path}`);
  assert.equal(pending[0]?.number, 1);
  assert.equal(existsSync(path), false);
  assert.deepEqual(await pendingMigrations('sqlite::memory:'), pending);
});

test('where no store can be created, asking says so as opening it does', async (context) => {
  const here = folder(context);
  writeFileSync(join(here, 'file'), '');
  for (const path of [join(here, 'no/weir.db'), join(here, 'file/weir.db')]) {
    const says = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'nothing',
        (error: unknown) => String(error),
      );
    const refusal = await says(openStore(`sqlite:${path}`));
    assert.match(refusal, /cannot be created/);
    assert.equal(await says(pendingMigrations(`sqlite:${path}`)), refusal);
  }
});

test('a folder that may not be written is said without writing there', async (context) => {
  const here = folder(context);
  chmodSync(here, 0o555);
  const module = new URL('../../open.ts', import.meta.url).href;
  const ask = `import { pendingMigrations } from ${JSON.stringify(module)};
    await pendingMigrations(${JSON.stringify(`sqlite:${join(here, 'weir.db')}`)}).catch((error) => console.log(error.code, error.message));`;
  // Permissions do not bind root.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', ask], {
    encoding: 'utf8',
    ...user,
  });
  assert.match(stdout, /^store_unavailable The store .*weir\.db .*write permission/, stderr);
});

test('migrating applies what is pending, once', async (context) => {
  const path = newPath(context);
  const pending = await pendingMigrations(`sqlite:${path}`);
  assert.deepEqual((await migrate(`sqlite:${path}`)).steps, pending);
  assert.deepEqual(await pendingMigrations(`sqlite:${path}`), []);
  assert.deepEqual((await migrate(`sqlite:${path}`)).steps, []);
  assert.deepEqual(tables(path), [
    'api_key',
    'attempt',
    'audit',
    'job',
    'kept_answer',
    'kept_item',
    'label',
    'learning_event',
    'outcome',
    'probe',
    'reference',
    'rollout_step',
    'run',
    'served_model',
    'source',
    'version',
    'version_step',
    'weir_migration',
  ]);
});

test('a later version applies only what is new', async (context) => {
  const path = newPath(context);
  await migrate(`sqlite:${path}`);
  const connection = await sqliteEngine.connect(`sqlite:${path}`);
  context.after(() => connection.close());
  const applied = (await pendingMigrations('sqlite::memory:')).map(({ number }) =>
    addColumn(number, 'never'),
  );
  const next = (applied.at(-1)?.number ?? 0) + 1;
  const known = [...applied, addColumn(next, 'colour')];
  assert.deepEqual(await migrateConnection(connection, { known, atMs: 1 }), [
    { number: next, name: 'column colour' },
  ]);
  assert.deepEqual(await migrateConnection(connection, { known, atMs: 2 }), []);
});

test('an older Weir refuses a store that a newer one has used, and says what to do', async (context) => {
  const path = newPath(context);
  await migrate(`sqlite:${path}`);
  const database = new DatabaseSync(path);
  database.exec("insert into weir_migration values (99, 'of the future', 0)");
  database.close();
  const newer = {
    name: 'WeirError',
    code: 'store_unavailable',
    message: /weir\.db .*newer Weir.*version 99.*Run the newer Weir, or stop it and go back to a backup/,
  };
  await assert.rejects(openStore(`sqlite:${path}`), newer);
  await assert.rejects(migrate(`sqlite:${path}`), newer);
  await assert.rejects(pendingMigrations(`sqlite:${path}`), newer);
});

test('labels keep all but their weight, which nothing read, and the Weir before it refuses the store then', async (context) => {
  const url = `sqlite:${newPath(context)}`;
  const before = MIGRATIONS.slice(0, 5);
  const old = await sqliteEngine.connect(url);
  await migrateConnection(old, { known: before, atMs: 1 });
  const columns = (row: object): string =>
    Object.keys(row)
      .map((field) => `"${field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`)
      .join();
  const values = (row: object): string =>
    Object.values(row)
      .map((value) =>
        typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(Number(value)),
      )
      .join();
  const label = labelRow('a', { verdict: 0.25, propensity: 0.05, comment: 'half right', correction: 'Lyon' });
  for (const [table, row] of [
    ['outcome', outcomeRow('a')],
    ['label', { ...label, weight: 1 }],
  ] as const)
    await sql.raw(`insert into ${table} (${columns(row)}) values (${values(row)})`).execute(old.kysely);
  await old.close();

  assert.deepEqual(
    (await pendingMigrations(url)).map(({ number }) => number),
    MIGRATIONS.slice(5).map(({ number }) => number),
  );
  const store = await openStore(url);
  assert.deepEqual(await store.decision('a', 'default'), {
    outcome: outcomeRow('a'),
    attempts: [],
    labels: [label],
  });
  const given = labelRow('a', { source: 'judge' });
  await store.write({ outcomes: [], labels: [given], audits: [] });
  assert.deepEqual((await store.decision('a', 'default'))?.labels, [given, label]);
  await assert.rejects(store.write({ outcomes: [], labels: [labelRow('a', { verdict: 2 })], audits: [] }));
  await store.close();

  const again = await sqliteEngine.connect(url);
  context.after(() => again.close());
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info('label')`.execute(
    again.kysely,
  );
  assert.ok(!rows.some(({ name }) => name === 'weight'));
  await assert.rejects(migrateConnection(again, { known: before, atMs: 2 }), { code: 'store_unavailable' });
});

test('a migration that fails leaves nothing of any behind', async (context) => {
  const path = newPath(context);
  const connection = await sqliteEngine.connect(`sqlite:${path}`);
  const known: Migration[] = [
    {
      number: 1,
      name: 'one',
      up: (schema) => schema.createTable('one').addColumn('id', 'integer').execute(),
    },
    { number: 2, name: 'two', up: (schema) => schema.dropTable('nobody').execute() },
  ];
  await assert.rejects(migrateConnection(connection, { known, atMs: 1 }), /nobody/);
  await connection.close();
  assert.deepEqual(tables(path), []);
  assert.equal(
    (await migrate(`sqlite:${path}`)).steps.length,
    (await pendingMigrations('sqlite::memory:')).length,
  );
});

test('processes that open a new store at once all succeed, and migrate it once', async (context) => {
  const path = newPath(context);
  const module = new URL('../../open.ts', import.meta.url).href;
  const open = `import { openStore } from ${JSON.stringify(module)};
    const store = await openStore(${JSON.stringify(`sqlite:${path}`)});
    await store.ping();
    await store.close();`;
  const exits = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', open], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let problems = '';
    child.stderr.on('data', (text: Buffer) => (problems += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, problems);
  });
  await Promise.all(exits);
  const all = await pendingMigrations('sqlite::memory:');
  const database = new DatabaseSync(path);
  assert.equal(database.prepare('select count(*) as n from weir_migration').get()?.['n'], all.length);
  database.close();
});
