import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { WeirError } from '../errors.ts';
import { restoreStore } from './backups.ts';
import { migrate, openStore, pendingMigrations } from './open.ts';
import { MIGRATIONS, migrateConnection } from './sql/migrations/migrations.ts';
import { sqliteEngine } from './sqlite/engine.ts';
import { folder } from './testing.ts';
import type { Updated } from './update.ts';

const OLDER = MIGRATIONS.filter(({ number }) => number < 12);

/** A store as an older Weir left it. */
async function oldStore(
  context: TestContext,
  here = folder(context),
): Promise<{ url: string; path: string }> {
  const path = join(here, 'weir.db');
  const connection = await sqliteEngine.connect(`sqlite:${path}`);
  await migrateConnection(connection, { known: OLDER, atMs: 1 });
  await connection.close();
  return { url: `sqlite:${path}`, path };
}

const copiesIn = (path: string): string[] =>
  readdirSync(dirname(path))
    .filter((name) => name.endsWith('.before-upgrade'))
    .toSorted();

test('opening a store of an older Weir copies it first and says where; opening it again does neither', async (context) => {
  const { url, path } = await oldStore(context);
  const told: Updated[] = [];
  const open = () => openStore(url, { onUpdated: (updated) => void told.push(updated) });
  await (await open()).close();
  await (await open()).close();
  assert.equal(told.length, 1);
  const { copy = '', steps = [] } = told[0] ?? {};
  assert.equal(steps[0]?.number, 12);
  assert.match(basename(copy), /^weir\.db\.v11-\d{8}T\d{9}Z\.before-upgrade$/);
  assert.deepEqual(copiesIn(path), [basename(copy)]);
  const database = new DatabaseSync(copy, { readOnly: true });
  assert.equal(database.prepare('select max(number) as latest from weir_migration').get()?.['latest'], 11);
  database.close();
});

test('a new store, and one that is up to date, are not copied', async (context) => {
  const path = join(folder(context), 'weir.db');
  const told: Updated[] = [];
  for (let times = 0; times < 2; times += 1)
    await (await openStore(`sqlite:${path}`, { onUpdated: (updated) => void told.push(updated) })).close();
  assert.deepEqual([told, readdirSync(dirname(path))], [[], ['weir.db']]);
});

test('the three newest copies are kept, those of other stores beside it too', async (context) => {
  const { url, path } = await oldStore(context);
  const names = ['v1-20250101T000000000Z', 'v2-20250102T000000000Z', 'v2-20250103T000000000Z'];
  const mine = ['weir.db.v1-20240101T000000000Z.backup', 'weir.db.20240101T000000000Z.replaced', 'notes'];
  const others = names.map((name) => `weir.db.old.${name}.before-upgrade`);
  for (const name of [...names.map((each) => `weir.db.${each}.before-upgrade`), ...others, ...mine])
    writeFileSync(join(dirname(path), name), '');
  const { copy = '' } = await migrate(url);
  assert.deepEqual(
    copiesIn(path).filter((name) => !name.startsWith('weir.db.old')),
    [`weir.db.${names[1]}.before-upgrade`, `weir.db.${names[2]}.before-upgrade`, basename(copy)].toSorted(),
  );
  for (const name of [...others, ...mine]) assert.ok(existsSync(join(dirname(path), name)), name);
});

test('where the copy cannot be made nothing is updated, and the message says the way without it', async (context) => {
  const { url, path } = await oldStore(context);
  const full = {
    ...sqliteEngine,
    copies: {
      file: () => path,
      url: () => url,
      copy: () => Promise.reject(new WeirError('store_unavailable', 'There is too little room.')),
      examine: () => Promise.resolve(0),
      replace: () => Promise.resolve(false),
    },
  };
  await assert.rejects(openStore(url, { engines: [full] }), {
    code: 'store_unavailable',
    message:
      /was not, because it could not be copied before\. There is too little room\. .*migrate --no-backup`/,
  });
  assert.equal((await pendingMigrations(url))[0]?.number, 12);
  const { steps, copy } = await migrate(url, { copies: false });
  assert.deepEqual([steps[0]?.number, copy], [12, undefined]);
});

test('an older Weir refuses a store of a newer one with the command that goes back, and that command works', async (context) => {
  const { url, path } = await oldStore(context);
  await migrate(url);
  const newer = new DatabaseSync(path);
  newer.exec("insert into weir_migration values (99, 'of the future', 0)");
  newer.close();
  // As the newer Weir would have copied it before.
  await assert.rejects(openStore(url), (error: Error) => {
    const [, file = ''] =
      /version 99.* without what was recorded since: `.*restore (\S+)`\./.exec(error.message) ?? [];
    assert.equal(file, join(dirname(path), copiesIn(path)[0] ?? 'none'));
    return true;
  });
  const [copy = ''] = copiesIn(path);
  const { pending } = await restoreStore(url, join(dirname(path), copy), { atMs: Date.now() });
  assert.equal(pending[0]?.number, 12);
  await (await openStore(url)).close();
});

test('without a copy that it can open, an older Weir says what kind of file is needed', async (context) => {
  const { url, path } = await oldStore(context);
  const newer = new DatabaseSync(path);
  newer.exec("insert into weir_migration values (99, 'of the future', 0)");
  newer.close();
  writeFileSync(`${path}.v98-20260101T000000000Z.before-upgrade`, '');
  for (const opened of [openStore(url), migrate(url), pendingMigrations(url)])
    await assert.rejects(opened, /go back to a backup made before the upgrade: `.*restore FILE`/);
});
