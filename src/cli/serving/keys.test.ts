import assert from 'node:assert/strict';
import { mkdtemp, readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFolder, startWeir, weir } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => ({ folder, remove } = await createFolder()));
after(() => remove());

const fresh = (): Promise<string> => mkdtemp(join(folder, 'store-'));

test('a key is printed once, listed without what could be used, and revoked', async () => {
  const here = await fresh();
  const created = await weir(['keys', 'create', '--name', 'laptop'], here);
  assert.equal(created.code, 0, created.stderr);
  const key = created.stdout.trim();
  assert.match(key, /^weir-[\w-]{43}$/);
  const list = await weir(['keys', 'list'], here);
  assert.match(list.stdout, /laptop/);
  assert.equal(list.stdout.includes(key), false);
  assert.equal((await readFile(join(here, 'weir.db'))).includes(key), false);
  const { id } = (
    JSON.parse((await weir(['keys', 'list', '--json'], here)).stdout) as { id: string }[]
  )[0] ?? { id: '' };
  assert.equal((await weir(['keys', 'revoke', id], here)).code, 0);
  const again = await weir(['keys', 'revoke', id], here);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /No active key has the id .* or begins with/);
});

test('--json prints one document', async () => {
  const here = await fresh();
  const { stdout } = await weir(['keys', 'create', '--operator', '--json'], here);
  const made = JSON.parse(stdout) as { key: string; operator: boolean; tenant: string };
  assert.deepEqual([made.operator, made.tenant], [true, 'default']);
  const listed = JSON.parse((await weir(['keys', 'list', '--json'], here)).stdout) as object[];
  assert.equal(listed.length, 1);
  assert.equal('key' in (listed[0] ?? {}), false);
});

test('once a key was made the gateway asks for one, and only a key in force opens it', async () => {
  const here = await fresh();
  const key = (await weir(['keys', 'create'], here)).stdout.trim();
  const running = startWeir(['serve', '--demonstration', '--listen', '127.0.0.1:0'], here);
  const [, url = ''] = await running.said(/Weir listens on (http:\/\/\S+)\. /);
  const status = async (authorization?: string): Promise<number> =>
    (await fetch(`${url}/v1/models`, { headers: authorization === undefined ? {} : { authorization } }))
      .status;
  assert.deepEqual(
    [await status(), await status('Bearer wrong'), await status(`Bearer ${key}`)],
    [401, 401, 200],
  );
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
});

test('migrate makes the tables, is content the second time, and --dry-run changes nothing', async () => {
  const here = await fresh();
  const dry = await weir(['migrate', '--dry-run'], here);
  assert.match(dry.stdout, /^to do: 1 /m);
  await assert.rejects(readFile(join(here, 'weir.db')), /ENOENT/);
  assert.match((await weir(['migrate'], here)).stdout, /^done: 1 /m);
  const database = new DatabaseSync(join(here, 'weir.db'));
  assert.ok(database.prepare("select 1 from sqlite_schema where name = 'outcome'").get() !== undefined);
  database.close();
  assert.match((await weir(['migrate'], here)).stdout, /weir\.db is up to date/);
});
