import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { WeirError } from '../../errors.ts';
import { openStore } from '../open.ts';
import { toStoreError } from '../sql/store-error.ts';
import { adviceOf } from './sqlite-errors.ts';
import { attemptRow, auditRow, folder, keyRow, labelRow, outcomeRow } from '../testing.ts';

const unavailable =
  (...parts: (string | RegExp)[]) =>
  (error: unknown) => {
    assert.ok(error instanceof WeirError, String(error));
    assert.equal(error.code, 'store_unavailable');
    for (const part of parts) assert.match(error.message, typeof part === 'string' ? new RegExp(part) : part);
    return true;
  };

test('a new file and its side files are their owner’s alone, whatever the umask', async (context) => {
  const path = join(folder(context), 'weir.db');
  const umask = process.umask(0);
  context.after(() => process.umask(umask));
  const store = await openStore(`sqlite:${path}`);
  await store.createKey(keyRow('a'));
  for (const file of [path, `${path}-wal`, `${path}-shm`])
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  await store.close();
});

test('a file that is not a database is refused, and left as it is', async (context) => {
  const path = join(folder(context), 'notes.txt');
  const text = 'These are notes, and no database. '.repeat(50);
  writeFileSync(path, text);
  await assert.rejects(
    openStore(`sqlite:${path}`),
    unavailable(path, 'not a SQLite database', 'Name another file'),
  );
  assert.equal(readFileSync(path, 'utf8'), text);
});

test('a database of another program is refused, and left as it is', async (context) => {
  const path = join(folder(context), 'other.db');
  const other = new DatabaseSync(path);
  other.exec('create table customer (name text)');
  other.close();
  const before = readFileSync(path);
  await assert.rejects(openStore(`sqlite:${path}`), unavailable(path, 'another program'));
  assert.deepEqual(readFileSync(path), before);
});

test('a damaged database is refused, and left as it is', async (context) => {
  const path = join(folder(context), 'weir.db');
  await (await openStore(`sqlite:${path}`)).close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 100);
  writeFileSync(path, bytes);
  await assert.rejects(openStore(`sqlite:${path}`), unavailable(path, 'damaged', 'backup'));
  assert.deepEqual(readFileSync(path), bytes);
});

test('a missing folder, a folder instead of a file and a file instead of a folder are said', async (context) => {
  const here = folder(context);
  const missing = join(here, 'no/weir.db');
  await assert.rejects(openStore(`sqlite:${missing}`), unavailable(missing, 'folder does not exist'));
  assert.equal(existsSync(join(here, 'no')), false);
  await assert.rejects(openStore(`sqlite:${here}`), unavailable(here));
  writeFileSync(join(here, 'file'), '');
  await assert.rejects(openStore(`sqlite:${join(here, 'file/weir.db')}`), unavailable('is not a folder'));
});

test('a file or a folder that may not be written is said at the start, not at the first request', async (context) => {
  const here = folder(context);
  chmodSync(here, 0o755);
  mkdirSync(join(here, 'locked'));
  const [file, inFolder] = [join(here, 'weir.db'), join(here, 'locked/weir.db')];
  await (await openStore(`sqlite:${file}`)).close();
  chmodSync(file, 0o444);
  chmodSync(join(here, 'locked'), 0o555);
  const module = new URL('../open.ts', import.meta.url).href;
  for (const path of [file, inFolder]) {
    const open = `import { openStore } from ${JSON.stringify(module)};
      await openStore(${JSON.stringify(`sqlite:${path}`)}).catch((error) => console.log(error.code, error.message));`;
    // Permissions do not bind root.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', open], {
      encoding: 'utf8',
      ...user,
    });
    assert.match(
      stdout,
      /^store_unavailable The store .*weir\.db .*(write permission|read and write)/,
      stderr,
    );
  }
});

test('a full disk says so', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('create table t (x); pragma max_page_count = 2');
  try {
    for (;;) database.prepare('insert into t values (?)').run('x'.repeat(1_000));
  } catch (error) {
    const shown = toStoreError(error, './weir.db', adviceOf);
    assert.equal(shown.code, 'store_unavailable');
    assert.match(shown.message, /\.\/weir\.db .*disk is full.*Free some space/);
  }
});

test('a lock of another process is waited for without holding up the event loop', async (context) => {
  const path = join(folder(context), 'weir.db');
  const store = await openStore(`sqlite:${path}`);
  context.after(() => store.close());
  const other = new DatabaseSync(path);
  context.after(() => other.close());
  other.exec('begin immediate');
  const written = store.write({
    outcomes: [{ outcome: outcomeRow('a'), attempts: [attemptRow('a', 0)] }],
    labels: [],
    audits: [],
  });
  // This runs only because the waiting leaves the event loop free.
  setTimeout(() => other.exec('commit'), 1);
  await written;
  assert.equal((await store.counts()).outcomes, 1);
});

test('a ping notices that the file was removed or replaced while it was in use', async (context) => {
  const path = join(folder(context), 'weir.db');
  const store = await openStore(`sqlite:${path}`);
  context.after(() => store.close());
  renameSync(path, `${path}.old`);
  await assert.rejects(store.ping(), unavailable(path, 'removed or replaced'));
  writeFileSync(path, '');
  await assert.rejects(store.ping(), unavailable(path, 'removed or replaced'));
  rmSync(path);
  renameSync(`${path}.old`, path);
  await store.ping();
});

test('the write-ahead log is emptied beside the writer, and gone after a clean close', async (context) => {
  const path = join(folder(context), 'weir.db');
  const store = await openStore(`sqlite:${path}`);
  const size = statSync(path).size;
  for (let batch = 0; batch < 6; batch += 1) {
    const outcomes = Array.from({ length: 400 }, (_, index) => {
      const id = `${batch}-${index}`;
      return { outcome: outcomeRow(id), attempts: [attemptRow(id, 0)] };
    });
    await store.write({ outcomes, labels: [], audits: [] });
  }
  while (statSync(path).size === size) await new Promise((resolve) => setTimeout(resolve, 5));
  await store.close();
  assert.equal(existsSync(`${path}-wal`), false);
  const again = await openStore(`sqlite:${path}`);
  assert.equal((await again.counts()).attempts, 2_400);
  await again.close();
});

test('audits go with their requests, and no later one gets the number of one that is gone', async (context) => {
  const path = join(folder(context), 'weir.db');
  const store = await openStore(`sqlite:${path}`);
  context.after(() => store.close());
  const outcomes = ['a', 'b'].map((id) => ({ outcome: outcomeRow(id), attempts: [] }));
  await store.write({ outcomes, labels: [labelRow('a')], audits: [auditRow('a')] });
  const [gone] = await store.audits({ route: 'auto', limit: 1 });
  const owner = new DatabaseSync(path);
  owner.exec("pragma foreign_keys = on; delete from outcome where id = 'a'");
  owner.close();
  assert.deepEqual(await store.audits({ route: 'auto', limit: 1 }), []);
  await store.write({ outcomes: [], labels: [], audits: [auditRow('b')] });
  const later = await store.audits({ route: 'auto', limit: 1, afterNumber: gone?.number ?? 0 });
  assert.equal(later[0]?.outcomeId, 'b');
});
