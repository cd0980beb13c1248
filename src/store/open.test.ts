import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defined } from '../defined.ts';
import { locateStore, openStore } from './open.ts';
import { folder } from './testing.ts';

test('a store’s URL says where it is, without opening anything, and in memory no other process sees it', () => {
  const file = (where: string) => ({ where, shared: true, secretFile: `${where}.secret` });
  assert.deepEqual(locateStore('sqlite:./weir.db'), file('./weir.db'));
  assert.deepEqual(locateStore('sqlite:/var/lib/weir.db'), file('/var/lib/weir.db'));
  assert.deepEqual(locateStore('sqlite:///var/lib/weir.db'), file('/var/lib/weir.db'));
  assert.deepEqual(locateStore('sqlite::memory:'), { where: 'in memory', shared: false });
});

test('an open store says the same of itself', async (context) => {
  const url = `sqlite:${join(folder(context), 'weir.db')}`;
  for (const each of [url, 'sqlite::memory:']) {
    const store = await openStore(each);
    const { where, shared, secretFile } = store;
    assert.deepEqual(defined({ where, shared, secretFile }), locateStore(each));
    await store.close();
  }
});

test('a URL of a file opens that file', async (context) => {
  const path = join(folder(context), 'a b.db');
  const store = await openStore(`sqlite:${path}`);
  await store.close();
  assert.ok(existsSync(path));
});

test('PostgreSQL is refused as not supported yet, and the URL’s password is not repeated', async () => {
  for (const url of ['postgres://weir:hunter2@db/weir', 'postgresql://weir:hunter2@db/weir']) {
    await assert.rejects(openStore(url), (error: Error) => {
      assert.match(error.message, /PostgreSQL is not supported yet.*sqlite:/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

test('a URL that names no database says what one looks like', async () => {
  for (const url of ['', 'weir.db', 'sqlite:', 'mysql://root:hunter2@db']) {
    const expected = {
      code: 'store_unavailable',
      message: /^(?!.*hunter2).*must be 'sqlite:' and a path, such as 'sqlite:/,
    };
    await assert.rejects(openStore(url), expected);
  }
});
