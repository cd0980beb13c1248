import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathOf } from './open.ts';
import { openStore } from './sql/sql-store.ts';
import { folder } from './testing.ts';

test('a store’s URL names its file, and no file where there is none', () => {
  assert.equal(pathOf('sqlite:./weir.db'), './weir.db');
  assert.equal(pathOf('sqlite:/var/lib/weir.db'), '/var/lib/weir.db');
  assert.equal(pathOf('sqlite:///var/lib/weir.db'), '/var/lib/weir.db');
  assert.equal(pathOf('sqlite::memory:'), undefined);
  assert.equal(pathOf('postgres://db/weir'), undefined);
  assert.equal(pathOf('sqlite:'), undefined);
});

test('a URL of a file opens that file', async (context) => {
  const path = join(folder(context), 'a b.db');
  const store = await openStore(`sqlite:${path}`);
  await store.close();
  assert.ok(existsSync(path));
});

test('PostgreSQL is refused as not built yet, and the URL’s password is not repeated', async () => {
  for (const url of ['postgres://weir:hunter2@db/weir', 'postgresql://weir:hunter2@db/weir']) {
    await assert.rejects(openStore(url), (error: Error) => {
      assert.match(error.message, /PostgreSQL is not built yet.*sqlite:/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

test('a URL that names no database says what one looks like', async () => {
  for (const url of ['', 'weir.db', 'sqlite:', 'mysql://root:hunter2@db']) {
    const expected = { code: 'store_unavailable', message: /^A store is 'sqlite:' and a path(?!.*hunter2)/ };
    await assert.rejects(openStore(url), expected);
  }
});
