/** A store engine is one object, added to the table of engines: what docs/extending.md says, done once. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { configSchema } from '../../src/config/schema/schema.ts';
import { chooseEngine, ENGINES, storeForms } from '../../src/store/engines.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import { openStore } from '../../src/store/open.ts';
import type { StoreConnection } from '../../src/store/sql/connection.ts';
import type { StoreEngine } from '../../src/store/sql/engine.ts';
import { migrateConnection } from '../../src/store/sql/migrations/migrations.ts';
import { sqliteEngine } from '../../src/store/sqlite/engine.ts';
import { attemptRow, folder, outcomeRow } from '../../src/store/testing.ts';
import { openAiCompatible } from '../../src/upstream/openai-compatible/openai-compatible.ts';
import { createScriptedUpstream } from '../../src/upstream/scripted/scripted.ts';
import { answers } from '../../src/upstream/scripted/scripted-reply.ts';
import { configIn } from '../e2e/scripted-gateway.ts';
import { storeContract } from '../contract/store.contract.ts';
import { transactionContract } from '../contract/transactions.contract.ts';

/** `counted:` and what `sqlite:` takes: the same database, whose transactions and batches are counted. */
function countingEngine() {
  const counts = { transactions: 0, batches: 0 };
  const inner = (url: string): string => url.replace(/^counted:/, 'sqlite:');
  const engine: StoreEngine = {
    schemes: ['counted'],
    form: "'counted:' and a path",
    accepts: (url) => sqliteEngine.accepts(inner(url)),
    resolve: (url, root) => sqliteEngine.resolve(inner(url), root).replace(/^sqlite:/, 'counted:'),
    locate: (url) => sqliteEngine.locate(inner(url)),
    exists: (url) => sqliteEngine.exists(inner(url)),
    async connect(url) {
      const connection = await sqliteEngine.connect(inner(url));
      return {
        ...connection,
        atomically(work) {
          counts.transactions += 1;
          return connection.atomically(work);
        },
        write(batch) {
          counts.batches += 1;
          return connection.write(batch);
        },
      };
    },
  };
  return { engine, engines: [...ENGINES, engine], counts };
}

const { engine, engines } = countingEngine();
const newUrl = (context: TestContext): string => `counted:${join(folder(context), 'weir.db')}`;

storeContract('a store of an engine that was added', async (context) => {
  const url = newUrl(context);
  const again = async () => {
    const store = await openStore(url, { engines });
    context.after(() => store.close());
    return store;
  };
  return { store: await again(), again };
});

transactionContract('transactions of an engine that was added', async (context) => {
  const url = newUrl(context);
  const again = async (): Promise<StoreConnection> => {
    const connection = await engine.connect(url);
    context.after(() => connection.close());
    await migrateConnection(connection, { atMs: 1 });
    return connection;
  };
  return { connection: await again(), again };
});

test('the store’s URL chooses the engine, and the others keep theirs', async (context) => {
  const added = countingEngine();
  const store = await openStore('counted::memory:', { engines: added.engines });
  context.after(() => store.close());
  assert.deepEqual({ where: store.where, shared: store.shared }, { where: 'in memory', shared: false });
  await store.write({
    outcomes: [{ outcome: outcomeRow('a'), attempts: [attemptRow('a', 0)] }],
    labels: [],
    audits: [],
  });
  await store.saveReferences([]);
  assert.deepEqual(added.counts, { transactions: 2, batches: 1 }, 'its tables and its references; its rows');

  const other = await openStore('sqlite::memory:', { engines: added.engines });
  await other.saveReferences([]);
  await other.close();
  assert.equal(added.counts.transactions, 2);
});

test('a gateway records over it', async (context) => {
  const added = countingEngine();
  const url = newUrl(context);
  const config = configIn(
    process.cwd(),
    `
listen: 127.0.0.1:0
upstreams: { near: { baseUrl: 'http://127.0.0.1:1', location: on-premises, retries: 0 } }
models: { small: { upstream: near, model: tiny } }
routes: { auto: { tiers: [small] } }`,
  );
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = await createGateway({
    config: { ...config, store: url },
    environment: {},
    log: silent,
    engines: added.engines,
    dialects: [
      {
        ...openAiCompatible,
        createUpstream: ({ name }) => createScriptedUpstream({ name, chat: [answers('Rome.')] }),
      },
    ],
  });
  const { port } = await gateway.listen();
  const asked = fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Which town?' }] }),
  });
  await Promise.allSettled([asked]);
  await gateway.close();
  const response = await asked;
  assert.equal(response.status, 200);
  assert.ok(added.counts.batches > 0, 'the rows went through the engine');
  const store = await openStore(url, { engines: added.engines });
  context.after(() => store.close());
  const [outcome] = await store.outcomes({ tenant: 'default', limit: 2 });
  assert.equal(`chatcmpl-${outcome?.id}`, response.headers.get('x-weir-id'));
});

test('a URL of no engine is answered with what those of the table look like, the new one too', () => {
  const choice = chooseEngine('nothing:at-all', engines);
  assert.deepEqual(choice, {
    problem: "it must be 'sqlite:' and a path, such as 'sqlite:./weir.db', or 'counted:' and a path",
  });
  assert.match(storeForms(engines), /'sqlite:' and a path.*, or 'counted:' and a path$/);
  assert.ok('problem' in chooseEngine('counted:./weir.db'), 'where it is not in the table it is refused');
});

test('the key `store` is described by what the engines of the table say of their URLs', () => {
  const { description = '' } = configSchema.shape.store;
  for (const { form } of ENGINES) assert.ok(description.includes(form.replaceAll("'", '`')), description);
});
