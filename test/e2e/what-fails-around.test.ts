/** Drives every row of the table in `docs/operations.md` that says what fails around requests. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { keptLog, startReceiver, type AlarmReceiver } from '../../src/alarms/testing.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import {
  failures,
  refuses,
  type AskedChat,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { sections } from '../markdown.ts';
import { textOf } from '../project.ts';
import { broken, configIn, speak, sure, unsure } from './scripted-gateway.ts';

const isOdd = ({ body }: AskedChat): boolean => JSON.stringify(body['messages']).includes('odd');

interface World {
  folder: string;
  receiver: AlarmReceiver;
  logged: string[];
  /** As the first of two API keys unless told. */
  ask(question?: string, more?: object, key?: 'one' | 'two'): Promise<Response>;
  get(path: string): Promise<{ status: number; text: string }>;
  /** Resolves once a receiver was told of this. */
  alarmed(kind: string): Promise<void>;
}

interface WorldOptions {
  small?: ScriptedStep;
  large?: ScriptedStep;
  /** Of the small tier's upstream. */
  upstream?: string;
  more?: string;
  webhook?: string;
}

/** A gateway on a socket over a database in a file, with a webhook, a ladder of two models, and a route to nowhere. */
async function inWorld(context: TestContext, options: WorldOptions, run: (world: World) => Promise<void>) {
  const { small = sure, large = sure } = options;
  const server = await createScriptedServer({
    chat: (asked) => played(asked.model === 'tiny' ? small : large, asked),
  });
  const folder = mkdtempSync(join(tmpdir(), 'weir-around-'));
  const receiver = await startReceiver(context);
  const text = `
listen: 127.0.0.1:0
store: 'sqlite:./weir.db'
alarms: [{ webhook: '${options.webhook ?? receiver.url}' }]
upstreams:
  local: { baseUrl: '${server.baseUrl}', location: on-premises, retries: 0${options.upstream ?? ''} }
  far: { baseUrl: '${server.baseUrl}', location: cloud, retries: 0 }
  nowhere: { baseUrl: 'http://127.0.0.1:9/v1', location: on-premises, retries: 0 }
models:
  small: { upstream: local, model: tiny, logprobs: stream }
  large: { upstream: far, model: huge, logprobs: stream }
  gone: { upstream: nowhere, model: any }
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.6] } }
  dead: { tiers: [gone] }
${options.more ?? ''}
`;
  const { log, logged } = keptLog();
  const gateway = await createGateway({ config: configIn(folder, text), environment: {}, log });
  try {
    const { port } = await gateway.listen();
    const keys = new Map<string, string>();
    for (const name of ['one', 'two'])
      keys.set(name, (await gateway.keys.create({ name, tenant: 'default', operator: true })).key);
    const origin = `http://127.0.0.1:${port}`;
    await run({
      folder,
      receiver,
      logged,
      ask: (question = 'Which?', { model = 'auto', ...more }: { model?: string } = {}, key = 'one') =>
        fetch(`${origin}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${keys.get(key)}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model, messages: [{ role: 'user', content: question }], ...more }),
        }),
      async get(path) {
        const response = await fetch(origin + path, {
          headers: { authorization: `Bearer ${keys.get('one')}` },
        });
        return { status: response.status, text: await response.text() };
      },
      async alarmed(kind) {
        while (!receiver.received.some(({ body }) => body['kind'] === kind))
          await receiver.until(receiver.received.length + 1);
      },
    });
  } finally {
    await gateway.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

const marksOf = async (asked: Promise<Response>): Promise<(string | number | null)[]> => {
  const response = await asked;
  await response.text();
  return [response.status, ...['decision', 'tier'].map((name) => response.headers.get(`x-weir-${name}`))];
};
const codeOf = async (asked: Promise<Response>): Promise<string> =>
  ((await (await asked).json()) as { error: { code: string } }).error.code;

async function assertDegraded(world: World, words: RegExp): Promise<void> {
  const { status, text } = await world.get('/readyz');
  assert.equal(status, 200, text);
  assert.match(((JSON.parse(text) as { degraded?: string[] }).degraded ?? []).join('\n'), words);
}

const ROWS: Readonly<Record<string, (context: TestContext) => Promise<void>>> = {
  'the last tier refuses our key': (context) =>
    inWorld(context, { small: unsure, large: refuses(403, { message: 'no' }) }, async (world) => {
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual(await marksOf(world.ask()), [200, 'fallback', 'small']);
      await Promise.all(['key_refused', 'last_tier_failed'].map(world.alarmed));
      await assertDegraded(world, /credentials \(403\).*It is the last tier of auto\.$/m);
      const { text } = await world.get('/metrics');
      assert.match(text, /weir_alarms_active\{kind="key_refused"\} 1/);
    }),
  'every tier of a route is down': (context) =>
    inWorld(context, {}, async (world) => {
      for (let time = 0; time < 5; time += 1)
        assert.equal(await codeOf(world.ask('x', { model: 'dead' })), 'upstream_unavailable');
      const refused = await world.ask('x', { model: 'dead' });
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers.get('retry-after')) >= 1);
      await assertDegraded(world, /^No tier of route 'dead' can be asked at the moment/m);
      assert.match((await world.get('/metrics')).text, /weir_upstream_available\{tier="gone"\} 0/);
      assert.deepEqual(await marksOf(world.ask()), [200, 'accepted', 'small']);
      await world.alarmed('route_down');
      await world.alarmed('upstream_down');
    }),
  "one key's requests fail over and over": (context) =>
    inWorld(context, { small: (asked) => played(isOdd(asked) ? broken : sure, asked) }, async (world) => {
      for (let time = 0; time < 12; time += 1)
        assert.deepEqual(await marksOf(world.ask('odd')), [200, 'fallback', 'large']);
      assert.deepEqual(await marksOf(world.ask('even', {}, 'two')), [200, 'accepted', 'small']);
      await assertDegraded(world, /^Tier 'small' of route 'auto' keeps failing/);
      assert.match((await world.get('/metrics')).text, /weir_upstream_available\{tier="small"\} 1/);
      assert.ok(!world.logged.some((line) => line.includes('upstream_down')));
    }),
  'one key has more streams than there are slots': async (context) => {
    const gates: (() => void)[] = [];
    const held: ScriptedStep = async (asked) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return played(sure, asked);
    };
    const limits = ', maxConcurrent: 4, maxQueue: 4, queueTimeout: 10m';
    await inWorld(context, { small: held, upstream: limits }, async (world) => {
      const only = { model: 'small', stream: true };
      const began: Promise<Response>[] = [];
      for (let stream = 0; stream < 8; stream += 1) began.push(world.ask('busy', only));
      const refused: Promise<Response>[] = Array.from({ length: 12 }, () => world.ask('busy', only));
      // Of twenty, four are under way and four wait; which of them, the sockets decide.
      const busy = [...began, ...refused].map(async (asked) => (await asked).status);
      const overloaded: number[] = [];
      for (const status of busy) void status.then((told) => told === 503 && overloaded.push(told));
      while (overloaded.length < 12) await new Promise(setImmediate);
      const other = marksOf(world.ask('other', only, 'two'));
      while (overloaded.length < 13) await new Promise(setImmediate);
      const state = { over: false };
      void other.then(() => (state.over = true));
      // The first slot that is free is the other key's.
      gates.shift()?.();
      while (gates.length < 4) await new Promise(setImmediate);
      gates.pop()?.();
      while (!state.over) await new Promise(setImmediate);
      assert.equal((await other)[0], 200);
      const opened = setInterval(() => gates.splice(0).forEach((open) => open()), 5);
      const statuses = await Promise.all(busy);
      clearInterval(opened);
      assert.equal(statuses.filter((status) => status === 503).length, 13);
      assert.deepEqual(await world.get('/readyz'), { status: 200, text: '{"status":"ready"}' });
    });
  },
  'a tier with a successor hangs': (context) =>
    inWorld(
      context,
      { small: failures.never, upstream: ', timeouts: { firstByteOrNext: 100ms }' },
      async (world) => {
        assert.deepEqual(await marksOf(world.ask()), [200, 'fallback', 'large']);
        const { text } = await world.get('/metrics');
        assert.match(text, /weir_attempts_total\{tier="small",result="upstream_timeout"\} 1/);
        for (let time = 0; time < 4; time += 1) await marksOf(world.ask());
        await assertDegraded(world, /keeps failing \(.*firstByteOrNext/);
      },
    ),
  'the database file is removed': (context) =>
    inWorld(context, {}, async (world) => {
      renameSync(join(world.folder, 'weir.db'), join(world.folder, 'gone.db'));
      const { status, text } = await world.get('/readyz');
      assert.equal(status, 503);
      assert.match(text, /store_unavailable/);
      assert.ok(!text.includes(world.folder));
      assert.deepEqual(await marksOf(world.ask()), [200, 'accepted', 'small']);
      await world.alarmed('store_failing');
    }),
  'the database takes no rows: locked, or a full disk': (context) =>
    inWorld(context, { more: 'recorder: { capacity: 1, batchSize: 1 }' }, async (world) => {
      await world.ask();
      const other = new DatabaseSync(join(world.folder, 'weir.db'));
      other.exec('begin immediate');
      for (let time = 0; time < 3; time += 1)
        assert.deepEqual(await marksOf(world.ask()), [200, 'accepted', 'small']);
      await assertDegraded(world, /^The store is locked by another process/m);
      await Promise.all(['store_failing', 'rows_lost'].map(world.alarmed));
      assert.match((await world.get('/metrics')).text, /weir_recorder_dropped_total [1-9]/);
      other.exec('rollback');
      other.close();
      await assertDegraded(world, /^\d+ rows of the record were dropped since the start/);
    }),
  'the process that judges schemas is killed': (context) =>
    inWorld(context, { small: (asked) => speak(asked, '{"a":"aab"}', -0.01) }, async (world) => {
      const schema = { type: 'object', properties: { a: { pattern: '(a+)+$' } } };
      const format = { type: 'json_schema', json_schema: { name: 'town', schema } };
      assert.equal((await marksOf(world.ask('x', { response_format: format })))[0], 200);
      const children = (): number[] =>
        spawnSync('pgrep', ['-P', String(process.pid), '-f', 'judging-process'])
          .stdout.toString()
          .split('\n')
          .filter((line) => line !== '')
          .map(Number);
      const [pid] = children();
      assert.ok(pid !== undefined, 'a process judges');
      process.kill(pid, 'SIGKILL');
      await world.alarmed('child_killed');
      assert.match((await world.get('/metrics')).text, /weir_schema_process_deaths_total 1/);
      assert.deepEqual((await marksOf(world.ask()))[0], 200);
    }),
  'a receiver of alarms is away': (context) =>
    inWorld(context, { webhook: 'http://127.0.0.1:9/very-secret' }, async (world) => {
      for (let time = 0; time < 5; time += 1) await marksOf(world.ask('x', { model: 'dead' }));
      await assertDegraded(world, /^No tier of route 'dead'/m);
      while (!/weir_alarm_messages_total\{result="failed"\} [1-9]/.test((await world.get('/metrics')).text));
      assert.deepEqual(await marksOf(world.ask()), [200, 'accepted', 'small']);
      const said = world.logged.filter((line) => line.includes('The webhook of `alarms[0]`'));
      assert.equal(said.length, 1);
      assert.ok(!world.logged.join('\n').includes('very-secret'));
    }),
};

test('every row of the table is driven, and every one that is driven stands there', () => {
  const { text = '' } =
    sections(textOf('docs/operations.md')).find(({ heading }) => heading === 'What fails around requests') ??
    {};
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what fails'));
  assert.deepEqual(
    rows.map((row) => row.split(' | ')[0]?.slice(2) ?? '').toSorted(),
    Object.keys(ROWS).toSorted(),
  );
});

for (const [row, drive] of Object.entries(ROWS)) test(`what fails around requests: ${row}`, drive);
