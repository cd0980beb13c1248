import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
} from 'kysely';
import type { Turns } from './turns.ts';

/** The store asks a few dozen different questions; beyond that something builds SQL from values. */
const MOST_STATEMENTS = 100;

/** {@link Turns} say who is next: kysely's own lock would let a transaction that asks its connection wait for ever. */
class UnlockedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Node's own SQLite for kysely, with its statements kept prepared. Integers are numbers; one beyond 2^53 is an error. */
export function sqliteDialect(database: DatabaseSync, turns: Turns): Dialect {
  const prepared = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      if (prepared.size >= MOST_STATEMENTS) prepared.clear();
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  }

  function run<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    const statement = prepare(sql);
    // kysely hands on what the queries bind: strings, numbers, null.
    const bound = parameters as readonly SQLInputValue[];
    // The rows are as the query's type says: it is built from the tables' types.
    if (statement.columns().length > 0) return { rows: statement.all(...bound) as Row[] };
    const { changes } = statement.run(...bound);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  /** The connection for one turn: a query that was not awaited must not run in somebody else's. */
  function oneTurn(): DatabaseConnection & { end(): void } {
    let isOver = false;
    return {
      executeQuery<Row>(query: CompiledQuery) {
        if (isOver) return Promise.reject(new Error('its transaction was over before it was asked'));
        return new Promise<QueryResult<Row>>((resolve) => resolve(run(query)));
      },
      streamQuery() {
        throw new Error('rows are read as a whole');
      },
      end: () => void (isOver = true),
    };
  }

  const turnOf = new WeakMap<DatabaseConnection, () => void>();
  const execute = (sql: string): Promise<void> =>
    new Promise((resolve) => {
      database.exec(sql);
      resolve();
    });

  return {
    createAdapter: () => new UnlockedAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: () => Promise.resolve(),
      async acquireConnection() {
        await turns.enter();
        const { end, ...connection } = oneTurn();
        turnOf.set(connection, end);
        return connection;
      },
      // At once: a transaction that began to read could not write any more once somebody else has written.
      beginTransaction: () => execute('begin immediate'),
      commitTransaction(connection) {
        turnOf.get(connection)?.();
        return execute('commit');
      },
      rollbackTransaction(connection) {
        turnOf.get(connection)?.();
        // A full disk has already rolled it back.
        return database.isTransaction ? execute('rollback') : Promise.resolve();
      },
      releaseConnection(connection) {
        turnOf.get(connection)?.();
        turns.leave();
        return Promise.resolve();
      },
      // The connection's owner closes it.
      destroy: () => Promise.resolve(),
    }),
  };
}
