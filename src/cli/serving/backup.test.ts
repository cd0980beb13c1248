import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { MIGRATIONS, migrateConnection } from '../../store/sql/migrations/migrations.ts';
import { sqliteEngine } from '../../store/sqlite/engine.ts';
import { createFolder, startWeir, weir, type Running } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => ({ folder, remove } = await createFolder()));
after(() => remove());

const fresh = (): Promise<string> => mkdtemp(join(folder, 'store-'));

async function startGateway(here: string): Promise<Running> {
  const gateway = startWeir(['serve', '--demonstration', '--listen', '127.0.0.1:0'], here);
  await gateway.said(/http:\/\/127\.0\.0\.1:\d+/);
  return gateway;
}

async function stop({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0);
}

test('a backup is made while the gateway runs; it is restored once the gateway has stopped, and not before', async () => {
  const here = await fresh();
  const gateway = await startGateway(here);
  const made = await weir(['backup', 'copy.db'], here);
  assert.deepEqual([made.code, made.stdout.split(':')[0]], [0, 'copy.db'], made.stderr);
  assert.match(made.stderr, /weir\.db\.secret, or WEIR_SECRET/);

  const early = await weir(['restore', 'copy.db'], here);
  assert.equal(early.code, 1);
  assert.match(early.stderr, /weir\.db is in use by another process.*Stop the gateway/);
  await stop(gateway);

  await weir(['keys', 'create'], here);
  const restored = await weir(['restore', 'copy.db', '--json'], here);
  assert.equal(restored.code, 0, restored.stderr);
  const { kept } = JSON.parse(restored.stdout) as { kept: string };
  assert.ok(existsSync(kept));
  assert.deepEqual(JSON.parse((await weir(['keys', 'list', '--json'], here)).stdout), []);
});

test('a backup without a secret beside it says what to put back', async () => {
  const here = await fresh();
  await weir(['keys', 'create'], here);
  const { stdout } = await weir(['backup', '--json'], here);
  const { file } = JSON.parse(stdout) as { file: string };
  rmSync(join(here, 'weir.db.secret'));
  assert.match(
    (await weir(['restore', file], here)).stderr,
    /There is no .*weir\.db\.secret: put back the secret/,
  );
});

test('a copy beside its store goes back there, from any folder; elsewhere the configuration says where', async () => {
  const [here, elsewhere] = [await fresh(), await fresh()];
  await weir(['keys', 'create'], here);
  const { file } = JSON.parse((await weir(['backup', '--json'], here)).stdout) as { file: string };
  const restored = await weir(['restore', file], elsewhere);
  assert.equal(restored.stdout, `${join(here, 'weir.db')} is now what was in ${file}.\n`, restored.stderr);
  assert.deepEqual(readdirSync(elsewhere), []);

  const moved = join(elsewhere, basename(file));
  renameSync(file, moved);
  const third = await fresh();
  assert.match(
    (await weir(['restore', moved], third)).stdout,
    new RegExp(`^${join(third, 'weir.db')} is now`),
  );
});

test('without a store there is nothing to back up, and none is made', async () => {
  const here = await fresh();
  const { code, stderr } = await weir(['backup'], here);
  assert.deepEqual([code, readdirSync(here)], [1, []]);
  assert.match(stderr, /There is no store at .*weir\.db/);
});

for (const { name, run } of [
  {
    name: 'the gateway',
    run: async (here: string) => {
      const gateway = await startGateway(here);
      await stop(gateway);
      return gateway.stderr();
    },
  },
  { name: 'a command', run: async (here: string) => (await weir(['keys', 'list'], here)).stderr },
  { name: 'weir migrate', run: async (here: string) => (await weir(['migrate'], here)).stderr },
])
  test(`${name} that updates the tables says where the store as it was is kept`, async () => {
    const here = await fresh();
    const connection = await sqliteEngine.connect(`sqlite:${join(here, 'weir.db')}`);
    await migrateConnection(connection, { known: MIGRATIONS.slice(0, -1), atMs: 1 });
    await connection.close();
    const said = await run(here);
    const [copy = 'none'] = readdirSync(here).filter((each) => each.endsWith('.before-upgrade'));
    assert.ok(said.includes(copy), said);
  });
