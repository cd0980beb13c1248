import assert from 'node:assert/strict';
import {
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { backUpStore, restoreStore } from './backups.ts';
import { openStore } from './open.ts';
import { folder, labelRow, outcomeRow, attemptRow } from './testing.ts';

const AT_MS = Date.UTC(2026, 11, 1, 9, 5, 0, 123);

/** A store with these requests. */
async function storeWith(
  context: TestContext,
  ids: readonly string[],
): Promise<{ url: string; path: string }> {
  const path = join(folder(context), 'weir.db');
  const url = `sqlite:${path}`;
  await add(url, ids);
  return { url, path };
}

async function add(url: string, ids: readonly string[]): Promise<void> {
  const store = await openStore(url);
  const outcomes = ids.map((id) => ({ outcome: outcomeRow(id), attempts: [attemptRow(id, 0)] }));
  await store.write({ outcomes, labels: ids.map((id) => labelRow(id)), audits: [] });
  await store.close();
}

async function idsOf(path: string): Promise<string[]> {
  const store = await openStore(`sqlite:${path}`);
  const rows = await store.outcomes({ tenant: 'default', limit: 100 });
  await store.close();
  return rows.map(({ id }) => id).toSorted();
}

const filesBeside = (path: string): string[] => readdirSync(join(path, '..')).toSorted();

test('a backup of a store that is open has all that was written, in one file that only its owner may read', async (context) => {
  const { url, path } = await storeWith(context, ['a', 'b']);
  const open = await openStore(url);
  context.after(() => open.close());
  await open.write({ outcomes: [{ outcome: outcomeRow('c'), attempts: [] }], labels: [], audits: [] });
  const { file, bytes } = await backUpStore(url, { atMs: AT_MS });
  assert.match(basename(file), /^weir\.db\.v\d+-20261201T090500123Z\.backup$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(file).size, bytes);
  const sides = filesBeside(path).filter((name) => name.startsWith(basename(file)));
  assert.deepEqual(sides, [basename(file)]);
  assert.deepEqual(await idsOf(file), ['a', 'b', 'c']);
  await open.write({ outcomes: [{ outcome: outcomeRow('d'), attempts: [] }], labels: [], audits: [] });
  assert.equal(await open.ping(), undefined, 'the store goes on');
});

test('a backup never overwrites a file, and leaves nothing where it fails', async (context) => {
  const { url, path } = await storeWith(context, ['a']);
  const to = join(folder(context), 'kept');
  writeFileSync(to, 'mine');
  await assert.rejects(backUpStore(url, { to, atMs: AT_MS }), /kept exists already and was not changed/);
  assert.equal(readFileSync(to, 'utf8'), 'mine');
  await assert.rejects(backUpStore(url, { to: join(to, 'in-a-file'), atMs: AT_MS }), {
    code: 'store_unavailable',
    message: /The copy .*in-a-file cannot be created: its folder is not a folder/,
  });
  const foreign = new DatabaseSync(path);
  foreign.exec('drop table label');
  foreign.close();
  await assert.rejects(backUpStore(url, { atMs: AT_MS }), /is incomplete: it has no label\./);
  assert.deepEqual(filesBeside(path), ['weir.db']);
});

test('what is in memory or not there cannot be backed up, and is said', async (context) => {
  await assert.rejects(
    backUpStore('sqlite::memory:', { atMs: AT_MS }),
    /is in memory.*Set `store` to a file/,
  );
  const missing = join(folder(context), 'weir.db');
  await assert.rejects(backUpStore(`sqlite:${missing}`, { atMs: AT_MS }), /There is no file .*weir\.db/);
  assert.equal(existsSync(missing), false);
});

test('a restored store is what was in the backup, and what was there is kept beside it', async (context) => {
  const { url, path } = await storeWith(context, ['a']);
  const { file } = await backUpStore(url, { to: join(folder(context), 'copy'), atMs: AT_MS });
  await add(url, ['b']);
  const { kept, pending } = await restoreStore(url, file, { atMs: AT_MS });
  assert.equal(kept, `${path}.20261201T090500123Z.replaced`);
  assert.deepEqual(pending, []);
  assert.deepEqual(await idsOf(path), ['a']);
  assert.deepEqual(await idsOf(kept), ['a', 'b']);
  assert.deepEqual(await idsOf(file), ['a'], 'the backup can be used again');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test(
  'what root restores belongs to whom the store belonged, or else its folder',
  { skip: process.getuid?.() !== 0 && 'this user is not root' },
  async (context) => {
    const { url, path } = await storeWith(context, ['a']);
    const { file } = await backUpStore(url, { to: join(folder(context), 'copy'), atMs: AT_MS });
    chownSync(path, 65_534, 65_534);
    await restoreStore(url, file, { atMs: AT_MS });
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [65_534, 65_534]);
    const empty = folder(context);
    chownSync(empty, 65_534, 65_534);
    await restoreStore(`sqlite:${join(empty, 'weir.db')}`, file, { atMs: AT_MS });
    assert.equal(statSync(join(empty, 'weir.db')).uid, 65_534);
  },
);

test('where no store is, a backup becomes one', async (context) => {
  const { url } = await storeWith(context, ['a']);
  const { file } = await backUpStore(url, { atMs: AT_MS });
  const path = join(folder(context), 'weir.db');
  const { kept } = await restoreStore(`sqlite:${path}`, file, { atMs: AT_MS });
  assert.equal(kept, undefined);
  assert.deepEqual(await idsOf(path), ['a']);
});

test('what a killed process had left in the write-ahead log is kept, and is not read as the backup’s', async (context) => {
  const { url, path } = await storeWith(context, ['a']);
  const { file } = await backUpStore(url, { to: join(folder(context), 'copy'), atMs: AT_MS });
  const open = await openStore(url);
  await open.write({ outcomes: [{ outcome: outcomeRow('b'), attempts: [] }], labels: [], audits: [] });
  const killed = join(folder(context), 'weir.db');
  for (const side of ['', '-wal', '-shm']) copyFileSync(path + side, killed + side);
  await open.close();
  const { kept = '' } = await restoreStore(`sqlite:${killed}`, file, { atMs: AT_MS });
  assert.deepEqual(await idsOf(killed), ['a']);
  assert.deepEqual(await idsOf(kept), ['a', 'b']);
});

test('a store that somebody has open is not replaced', async (context) => {
  const { url, path } = await storeWith(context, ['a']);
  const { file } = await backUpStore(url, { to: join(folder(context), 'copy'), atMs: AT_MS });
  const open = await openStore(url);
  await open.write({ outcomes: [{ outcome: outcomeRow('b'), attempts: [] }], labels: [], audits: [] });
  const before = filesBeside(path);
  await assert.rejects(
    restoreStore(url, file, { atMs: AT_MS }),
    /in use by another process.*Stop the gateway/,
  );
  assert.deepEqual(filesBeside(path), before);
  await open.write({ outcomes: [{ outcome: outcomeRow('c'), attempts: [] }], labels: [], audits: [] });
  assert.equal(await open.ping(), undefined);
  await open.close();
  assert.deepEqual(await idsOf(path), ['a', 'b', 'c']);
});

test('a store that is too damaged to be opened is replaced, and kept as it is', async (context) => {
  const { url, path } = await storeWith(context, ['a']);
  const { file } = await backUpStore(url, { to: join(folder(context), 'copy'), atMs: AT_MS });
  const lost = 'no database any more '.repeat(1_000);
  writeFileSync(path, lost);
  writeFileSync(`${path}-wal`, 'of another life');
  const { kept = '' } = await restoreStore(url, file, { atMs: AT_MS });
  assert.equal(readFileSync(kept, 'utf8'), lost);
  assert.equal(existsSync(`${path}-wal`), false);
  assert.deepEqual(await idsOf(path), ['a']);
});

test('a store that cannot be backed up is named itself, not its copy, and no copy is left', async (context) => {
  const { url, path } = await storeWith(context, ['a']);
  const cases: (readonly [statements: string, message: RegExp])[] = [
    [
      "insert into weir_migration values (99, 'of the future', 0)",
      /version 99, .*Make it with the newer Weir\.$/,
    ],
    [
      'delete from weir_migration where number = 99; alter table run drop column capacity',
      /is incomplete: .*No backup/,
    ],
    ['drop table weir_migration', /is not a store of Weir\. No backup was written\.$/],
  ];
  for (const [statements, message] of cases) {
    const database = new DatabaseSync(path);
    database.exec(statements);
    database.close();
    await assert.rejects(backUpStore(url, { atMs: AT_MS }), (error: Error) => {
      assert.ok(error.message.startsWith(`The store ${path} `), error.message);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(filesBeside(path), ['weir.db']);
  }
});

test('what is damaged, foreign, changed or a newer Weir’s is refused, and nothing is changed', async (context) => {
  const { url, path } = await storeWith(
    context,
    Array.from({ length: 300 }, (_, index) => String(index)),
  );
  const here = folder(context);
  const { file: good } = await backUpStore(url, { to: join(here, 'good'), atMs: AT_MS });
  const changed = (name: string, statements: string): string => {
    const file = join(here, name);
    copyFileSync(good, file);
    const database = new DatabaseSync(file);
    database.exec(statements);
    database.close();
    return file;
  };
  const damaged = join(here, 'damaged');
  const bytes = readFileSync(good);
  bytes.fill(0x5a, bytes.length - 8_192, bytes.length - 4_096);
  writeFileSync(damaged, bytes);
  const halved = join(here, 'halved');
  writeFileSync(halved, readFileSync(good).subarray(0, bytes.length / 2));
  const cases: (readonly [file: string, message: RegExp])[] = [
    [join(here, 'none'), /There is no file .*none/],
    [here, /There is no file/],
    [damaged, /damaged is damaged/],
    [halved, /halved is damaged/],
    [changed('foreign', 'drop table weir_migration'), /foreign is not a store of Weir/],
    [
      changed('newer', "insert into weir_migration values (99, 'of the future', 0)"),
      /newer was written by a newer Weir: its tables are version 99/,
    ],
    [
      changed('between', "update weir_migration set name = 'another' where number = 4"),
      /neither older nor newer/,
    ],
    [
      changed('short', 'alter table run drop column capacity'),
      /short is incomplete: it has no run\.capacity/,
    ],
    [path, /weir\.db is the store itself/],
  ];
  const before = readFileSync(path);
  for (const [file, message] of cases) {
    await assert.rejects(restoreStore(url, file, { atMs: AT_MS }), message);
    assert.ok(readFileSync(path).equals(before), file);
    assert.deepEqual(filesBeside(path), ['weir.db'], file);
  }
});
