import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { createAlarmBoard } from '../alarms/alarm-board.ts';
import { keptLog } from '../alarms/testing.ts';
import { WeirError } from '../errors.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { createSchemaJudge } from '../schemas/judge.ts';
import { openStore } from '../store/open.ts';
import { passingTrouble } from '../store/sqlite/sqlite-errors.ts';
import type { UpstreamTrouble } from '../upstream/upstream.ts';
import { createHealth, type Examined, type HealthOptions } from './health.ts';

const tier = (name: string): Tier => ({ name, model: name, upstream: name, location: 'cloud' });
const policy = (route: string, ...tiers: string[]): Policy => ({
  route,
  tiers: tiers.map(tier),
  rule: { kind: 'thresholds', thresholds: [], withoutConfidence: 'escalate' },
  onAbstain: 'serve',
  data: {},
  certified: false,
});

/** A gateway with two routes over three models, whose troubles the test sets. */
function start(options: Partial<HealthOptions> = {}) {
  const troubles = new Map<string, UpstreamTrouble>();
  const names = ['small', 'large', 'other'];
  const examined: Examined = {
    routes: new Map([
      ['auto', policy('auto', 'small', 'large')],
      ['plain', policy('plain', 'other')],
    ]),
    models: new Map(names.map((name) => [name, policy(name, name)])),
    upstreams: new Map(names.map((name) => [name, { trouble: (model: string) => troubles.get(model) }])),
    unused: [],
  };
  const { log, logged } = keptLog();
  const board = createAlarmBoard({ log, metrics: { alarm() {} }, now: () => 0, tell() {} });
  const health = createHealth({
    alarms: board,
    store: { where: '/secret/weir.db', ping: () => Promise.resolve(undefined) },
    recorder: { stats: () => ({ pending: 0, written: 0, dropped: {} }) },
    schemaJudge: { state: { died: 0 } },
    examined: () => examined,
    ...options,
  });
  const kinds = () => board.active().map(({ kind, about }) => `${kind} ${about}`);
  return { health, troubles, kinds, logged, examined };
}

test('a gateway without trouble is ready, and nothing is degraded', async () => {
  const { health, kinds } = start();
  assert.deepEqual([await health.look(), kinds()], [[], []]);
});

test('a route without a tier that can be asked is degraded, and the gateway ready, until one answers', async () => {
  const { health, troubles, kinds } = start();
  troubles.set('other', { down: { forMs: 1, because: 'ECONNREFUSED.' } });
  assert.deepEqual(await health.look(), [
    "No tier of route 'plain' can be asked at the moment: its requests fail with status 503.",
  ]);
  troubles.set('small', { down: { forMs: 1, because: 'ECONNREFUSED.' } });
  await health.look();
  assert.deepEqual(kinds(), ['route_down plain']);
  troubles.clear();
  assert.deepEqual([await health.look(), kinds()], [[], []]);
});

test('a model that is left alone for long, and a key that is refused, are alarms that name the routes they end', async () => {
  const { health, troubles, kinds } = start();
  troubles.set('small', { down: { forMs: 19_999, because: 'It answered 500.' } });
  troubles.set('large', { refusal: "Upstream 'large' refused the gateway's own credentials (401)." });
  assert.deepEqual(await health.look(), [
    "Tier 'large': Upstream 'large' refused the gateway's own credentials (401). It is the last tier of auto.",
  ]);
  troubles.set('small', { down: { forMs: 20_000, because: 'It answered 500.' } });
  assert.match((await health.look()).join('\n'), /Tier 'small' is left alone.*Last: It answered 500\.$/m);
  assert.deepEqual(kinds(), ['key_refused large', 'upstream_down small']);
});

test('a model that the configuration has no more has no alarm either', async () => {
  const { health, troubles, kinds, examined } = start();
  troubles.set('other', { refusal: 'No.' });
  await health.look();
  assert.deepEqual(kinds(), ['key_refused other']);
  (examined.models as Map<string, Policy>).delete('other');
  await health.look();
  assert.deepEqual(kinds(), []);
});

test('rows that are lost are an alarm each time there are more, and say why', async () => {
  const dropped = { store_failed: 3 };
  const { health, kinds } = start({ recorder: { stats: () => ({ pending: 0, written: 0, dropped }) } });
  assert.match(
    (await health.look())[0] ?? '',
    /^3 rows of the record were dropped.*because the store takes none/,
  );
  assert.deepEqual(kinds(), ['rows_lost store_failed']);
});

test('a store that this process cannot use is no readiness, in words without its path', async () => {
  const where = '/secret/weir.db';
  const ping = () => Promise.reject(new WeirError('store_unavailable', `The store ${where} is damaged.`));
  const { health, kinds, logged } = start({ store: { where, ping } });
  await assert.rejects(health.look(), { code: 'store_unavailable', message: 'The store is damaged.' });
  assert.deepEqual(kinds(), ['store_failing store']);
  assert.deepEqual(logged, ['error {"alarm":"store_failing"} The store is damaged.']);
  const broken = start({ store: { where, ping: () => Promise.reject(new Error(`no ${where}`)) } });
  await assert.rejects(broken.health.look(), {
    code: 'store_unavailable',
    message: /^The store cannot be used/,
  });
});

test('a store that only waits for room is degraded', async () => {
  const { health, kinds } = start({
    store: { where: '/secret', ping: () => Promise.resolve('The store cannot grow: the disk is full.') },
  });
  assert.deepEqual(await health.look(), ['The store cannot grow: the disk is full.']);
  assert.deepEqual(kinds(), ['store_failing store']);
});

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-health-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a database file that is removed while it is used is noticed', async (context) => {
  const folder = folderOf(context);
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  context.after(() => store.close());
  const { health, kinds } = start({ store });
  assert.deepEqual(await health.look(), []);
  renameSync(join(folder, 'weir.db'), join(folder, 'gone.db'));
  await assert.rejects(health.look(), (error: Error) => {
    assert.match(error.message, /removed or replaced while it was in use/);
    assert.ok(!error.message.includes(folder));
    return true;
  });
  renameSync(join(folder, 'gone.db'), join(folder, 'weir.db'));
  assert.deepEqual([await health.look(), kinds()], [[], []]);
});

test('a full disk passes, and a damaged file does not', (context) => {
  const database = new DatabaseSync(join(folderOf(context), 'full.db'));
  database.exec('create table t (x); pragma max_page_count = 2');
  const fill = (): unknown => {
    try {
      for (let row = 0; row < 1_000; row += 1) database.exec('insert into t values (zeroblob(1000))');
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const full = fill();
  assert.match(passingTrouble(full) ?? '', /^The store cannot grow: the disk is full\. Free some space/);
  assert.equal(
    passingTrouble(new WeirError('store_unavailable', 'x', { cause: full })),
    passingTrouble(full),
  );
  assert.equal(passingTrouble(Object.assign(new Error('x'), { errcode: 11 })), undefined);
  database.close();
});

test('a judging process that is killed from outside is an alarm; one that was ended here is none', async (context) => {
  const schemaJudge = createSchemaJudge();
  context.after(() => schemaJudge.close());
  const { health, kinds } = start({ schemaJudge });
  const question = { schema: { pattern: '(a+)+$' }, value: 'aab', text: '"aab"', key: 'k' };
  await schemaJudge.judge(question);
  const { pid } = schemaJudge.state;
  assert.ok(pid !== undefined);
  assert.deepEqual(await health.look(), []);
  process.kill(pid, 'SIGKILL');
  while (schemaJudge.state.pid === pid) await new Promise(setImmediate);
  await health.look();
  assert.deepEqual(kinds(), ['child_killed schemas']);
  schemaJudge.close();
  assert.equal(schemaJudge.state.died, 1);
});
