/** Readers of audits over an engine that commits transactions in another order than they took their numbers. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createAuditedTraces } from '../../src/learning/learner/audited-traces.ts';
import type { AuditRow } from '../../src/store/contract/learning-rows.ts';
import type { Store } from '../../src/store/contract/store.ts';
import { openStore } from '../../src/store/open.ts';
import type { StoreEngine } from '../../src/store/sql/engine.ts';
import { AUDIT_COLUMNS } from '../../src/store/sql/learning-columns.ts';
import { toStored } from '../../src/store/sql/tables.ts';
import { sqliteEngine } from '../../src/store/sqlite/engine.ts';
import { madeAudits, LEARNED_ROUTE } from '../made-audits.ts';

interface OutOfOrder {
  store: Store;
  /** The audit of a number is committed from now on. */
  commit(number: number): Promise<void>;
  /** What a transaction that is open, or one that comes, may still add: no number up to this. */
  settle(upTo: number): void;
}

/** Requests are there, and their audits are added by number, in the order that a test chooses. */
async function open(context: TestContext): Promise<OutOfOrder> {
  let settled = 0;
  const add: ((number: number, audit: AuditRow) => Promise<unknown>)[] = [];
  const engine: StoreEngine = {
    ...sqliteEngine,
    async connect(url) {
      const connection = await sqliteEngine.connect(url);
      add.push((number, audit) => {
        const row = { number, ...toStored<AuditRow>(AUDIT_COLUMNS, audit) };
        return connection.guarded(() => connection.kysely.insertInto('audit').values(row).execute());
      });
      return { ...connection, settledUpTo: () => Promise.resolve(settled) };
    },
  };
  const store = await openStore('sqlite::memory:', { engines: [engine] });
  context.after(() => store.close());
  const { audits, outcomes, labels } = madeAudits({ seed: 1, count: 4, fromMs: 1_790_000_000_000 });
  await store.write({ outcomes, labels, audits: [] });
  return {
    store,
    async commit(number) {
      const audit = audits[number - 1];
      assert.ok(audit !== undefined);
      await add[0]?.(number, audit);
    },
    settle: (upTo) => (settled = upTo),
  };
}

const numbersIn = async (store: Store, afterNumber = 0): Promise<number[]> =>
  (await store.audits({ route: 'auto', afterNumber, limit: 9 })).map(({ number }) => number);

test('an audit is not read while one of a lower number may still be added', async (context) => {
  const { store, commit, settle } = await open(context);
  await commit(2);
  assert.deepEqual(await numbersIn(store), [], 'the transaction with number 1 is open');
  assert.deepEqual(await store.audits({ route: 'auto', labelledSinceMs: 0, limit: 9 }), []);
  await commit(1);
  settle(2);
  assert.deepEqual(await numbersIn(store), [1, 2]);
  await commit(4);
  settle(2);
  assert.deepEqual(await numbersIn(store, 2), [], 'number 3 is open');
  settle(4);
  assert.deepEqual(await numbersIn(store, 2), [4], 'number 3 was undone');
});

test('a learner reads every audit once, though a later one was committed first', async (context) => {
  const { store, commit, settle } = await open(context);
  const audited = createAuditedTraces(store, LEARNED_ROUTE.policy);
  const read = async (): Promise<number[]> => {
    await audited.refresh(1_790_000_100_000);
    return audited.table().audits.map(({ number }) => number);
  };
  await commit(2);
  assert.deepEqual(await read(), []);
  await commit(1);
  await commit(4);
  settle(2);
  assert.deepEqual(await read(), [1, 2]);
  await commit(3);
  settle(4);
  assert.deepEqual(await read(), [1, 2, 3, 4]);
});

test('without it an audit would be lost in silence', async (context) => {
  const { store, commit, settle } = await open(context);
  settle(Number.MAX_SAFE_INTEGER);
  const audited = createAuditedTraces(store, LEARNED_ROUTE.policy);
  await commit(2);
  await audited.refresh(1_790_000_100_000);
  await commit(1);
  await audited.refresh(1_790_000_100_000);
  const read = audited.table().audits.map(({ number }) => number);
  assert.deepEqual(read, [2], 'this is what `settledUpTo` is for');
});
