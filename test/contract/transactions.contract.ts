import assert from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { describe, test, type TestContext } from 'node:test';
import type { Kysely, Transaction } from 'kysely';
import { WeirError } from '../../src/errors.ts';
import type { StoreConnection } from '../../src/store/sql/connection.ts';
import type { AuditRow } from '../../src/store/contract/learning-rows.ts';
import { AUDIT_COLUMNS } from '../../src/store/sql/learning-columns.ts';
import { createSqlStore } from '../../src/store/sql/sql-store.ts';
import { toStored, type Tables } from '../../src/store/sql/tables.ts';
import { auditRow, gate, outcomeRow } from '../../src/store/testing.ts';

/** Connects to an empty store with its tables; where the database can be shared, `again` connects to the same one once more. */
export interface ConnectionUnderTest {
  connection: StoreConnection;
  again?: () => Promise<StoreConnection>;
}

const add = async (kysely: Kysely<Tables>, key: string): Promise<void> => {
  const row = { route: 'auto', key, check: 'exact' as const, reference: '', createdAtMs: 1 };
  await kysely.insertInto('reference').values(row).execute();
};

const keysIn = async (kysely: Kysely<Tables>): Promise<string> => {
  const rows = await kysely.selectFrom('reference').select('key').orderBy('key').execute();
  return rows.map(({ key }) => key).join('');
};

const one = (id: string) => ({
  outcomes: [{ outcome: outcomeRow(id), attempts: [] }],
  labels: [],
  audits: [],
});

/** A transaction that stays open until it is told to end. */
async function openTransaction(connection: StoreConnection, key: string, more = '') {
  const [opened, mayEnd] = [gate(), gate()];
  const ended = connection.atomically(async (transaction) => {
    await add(transaction, key);
    opened.resolve();
    await mayEnd.promise;
    if (more !== '') await add(transaction, more);
  });
  await opened.promise;
  return { ended, end: mayEnd.resolve };
}

/** What every engine keeps to with transactions: they do not mix with one another, nor with what is asked beside them. */
export function transactionContract(
  name: string,
  connect: (context: TestContext) => Promise<ConnectionUnderTest>,
): void {
  describe(name, () => {
    test('transactions and ordinary statements of one connection take turns, and one that fails is undone alone', async (context) => {
      const { connection } = await connect(context);
      const { kysely, guarded, atomically } = connection;
      const first = await openTransaction(connection, 'a', 'b');
      const order: string[] = [];
      const note = (what: string) => (): void => void order.push(what);

      const ordinary = guarded(() => add(kysely, 'c')).then(note('ordinary'));
      const second = atomically(async (transaction) => {
        assert.equal(await keysIn(transaction), 'abc');
        await add(transaction, 'd');
        await nextTurn();
        assert.equal(await keysIn(transaction), 'abcd');
        throw new WeirError('invalid_request', 'no');
      });
      const refused = assert.rejects(second, { code: 'invalid_request', message: 'no' });
      const batch = connection.write(one('x')).then(note('batch'));
      const third = atomically((transaction) => add(transaction, 'e')).then(note('third'));
      const read = guarded(() => keysIn(kysely));

      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      assert.deepEqual(order, [], 'they wait while the first one is open');
      first.end();
      await Promise.all([first.ended, ordinary, refused, batch, third]);
      assert.deepEqual(order, ['ordinary', 'batch', 'third']);
      assert.equal(await read, 'abce');
      const outcomes = await guarded(() => kysely.selectFrom('outcome').select('id').execute());
      assert.deepEqual(outcomes, [{ id: 'x' }]);
    });

    test('an ordinary write that came while a transaction was open stays when that one is undone', async (context) => {
      const { connection } = await connect(context);
      const { kysely, guarded, atomically } = connection;
      const [opened, mayEnd] = [gate(), gate()];
      const undone = atomically(async (transaction) => {
        await add(transaction, 'a');
        opened.resolve();
        await mayEnd.promise;
        throw new WeirError('invalid_request', 'no');
      });
      const refused = assert.rejects(undone, { code: 'invalid_request' });
      await opened.promise;
      const written = [connection.write(one('x')), guarded(() => add(kysely, 'b')), connection.ping()];
      mayEnd.resolve();
      await Promise.all([refused, ...written]);
      assert.equal(await guarded(() => keysIn(kysely)), 'b');
      assert.equal((await guarded(() => kysely.selectFrom('outcome').select('id').execute())).length, 1);
    });

    test('a statement that is refused undoes its transaction, and the next one is not concerned', async (context) => {
      const { connection } = await connect(context);
      const { kysely, guarded, atomically } = connection;
      const twice = atomically(async (transaction) => {
        await add(transaction, 'a');
        await add(transaction, 'a');
      });
      const next = atomically((transaction) => add(transaction, 'b'));
      await assert.rejects(twice, { name: 'WeirError', code: 'internal_error' });
      await next;
      assert.equal(await guarded(() => keysIn(kysely)), 'b');
    });

    test('what a transaction comes to is returned', async (context) => {
      const { atomically } = (await connect(context)).connection;
      assert.equal(await atomically((transaction) => keysIn(transaction)), '');
    });

    test('inside a transaction the connection itself is refused, instead of waiting for ever', async (context) => {
      const { connection } = await connect(context);
      const { kysely, guarded, atomically } = connection;
      const outcomes = Array.from({ length: 100 }, (_, index) => ({
        outcome: outcomeRow(`${index}`),
        attempts: [],
      }));
      const many = { outcomes, labels: [], audits: [] };
      const uses: ((transaction: Transaction<Tables>) => Promise<unknown>)[] = [
        () => add(kysely, 'x'),
        () => guarded(() => add(kysely, 'x')),
        () => atomically((transaction) => add(transaction, 'x')),
        () => connection.write(one('x')),
        () => connection.write(many),
        () => connection.changeCounter(),
        () => connection.ping(),
        () => connection.close(),
      ];
      for (const use of uses) {
        const wrong = atomically(async (transaction) => {
          await add(transaction, 'a');
          await use(transaction);
        });
        await assert.rejects(wrong, { code: 'internal_error', message: /inside a transaction/ }, String(use));
      }
      await atomically((transaction) => add(transaction, 'b'));
      assert.equal(await guarded(() => keysIn(kysely)), 'b');
    });

    test('a query that its transaction did not wait for is in no other one', async (context) => {
      const { connection } = await connect(context);
      const { kysely, guarded, atomically } = connection;
      const late: Promise<unknown>[] = [];
      const leak = gate();
      await atomically(async (transaction) => {
        await add(transaction, 'a');
        late.push(leak.promise.then(() => add(transaction, 'x')));
      });
      const next = await openTransaction(connection, 'b');
      leak.resolve();
      await assert.rejects(Promise.all(late));
      next.end();
      await next.ended;
      assert.equal(await guarded(() => keysIn(kysely)), 'ab');
    });

    test('another connection sees nothing of an open transaction, and its own waits for the end', async (context) => {
      const { connection, again } = await connect(context);
      if (again === undefined) return context.skip('this database has one connection only');
      const other = await again();
      const first = await openTransaction(connection, 'a', 'b');
      assert.equal(await other.guarded(() => keysIn(other.kysely)), '');
      const seen = other.atomically(async (transaction) => {
        const before = await keysIn(transaction);
        await add(transaction, 'c');
        return before;
      });
      await nextTurn();
      first.end();
      assert.equal(await seen, 'ab');
      assert.equal(await connection.guarded(() => keysIn(connection.kysely)), 'abc');
    });

    test('a reader of audits that goes on from the last number it saw misses none, in whatever order they are committed', async (context) => {
      const { connection, again } = await connect(context);
      if (again === undefined) return context.skip('this database has one connection only');
      const other = await again();
      const store = createSqlStore(await again());
      for (const id of ['a', 'b', 'c']) await connection.write(one(id));
      const seen: string[] = [];
      let afterNumber = 0;
      const read = async (): Promise<void> => {
        for (const { outcomeId, number } of await store.audits({ route: 'auto', afterNumber, limit: 9 })) {
          seen.push(outcomeId);
          afterNumber = number;
        }
      };

      const [numbered, mayEnd] = [gate(), gate()];
      const slow = connection.atomically(async (transaction) => {
        const row = toStored<AuditRow>(AUDIT_COLUMNS, auditRow('a'));
        await transaction.insertInto('audit').values(row).execute();
        numbered.resolve();
        await mayEnd.promise;
      });
      await numbered.promise;
      const quick = other.write({ outcomes: [], labels: [], audits: [auditRow('b')] });
      // Engines differ in whether `b` can be committed before `a`; what is read must not depend on it.
      await Promise.race([quick, delay(30)]);
      await read();
      mayEnd.resolve();
      await Promise.all([slow, quick]);
      await read();
      await other.write({ outcomes: [], labels: [], audits: [auditRow('c')] });
      await read();
      assert.deepEqual(seen.toSorted(), ['a', 'b', 'c']);
    });

    test('closing waits for the transaction that is open, and what comes after is told that it is closed', async (context) => {
      const { connection } = await connect(context);
      const first = await openTransaction(connection, 'a', 'b');
      const closed = connection.close();
      const late = connection.atomically((transaction) => add(transaction, 'c'));
      const refused = assert.rejects(late, { code: 'store_unavailable', message: /closed/ });
      first.end();
      await Promise.all([first.ended, closed, refused]);
    });
  });
}
