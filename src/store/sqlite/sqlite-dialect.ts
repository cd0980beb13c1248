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

/** The store has a few dozen different queries; many more would mean that SQL is built from values. */
const MOST_STATEMENTS = 100;

/** {@link Turns} replace kysely's own lock, with which a transaction that uses its connection would wait forever. */
class UnlockedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Node's SQLite for kysely. Statements stay prepared. Integers are numbers; reading one beyond 2^53 is an error. */
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
    // kysely passes on what the queries bind: strings, numbers, null.
    const bound = parameters as readonly SQLInputValue[];
    // kysely derives the type of the rows from the types of the tables.
    if (statement.columns().length > 0) return { rows: statement.all(...bound) as Row[] };
    const { changes } = statement.run(...bound);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  /** The connection during one turn: a query that was not awaited must not run in the next one. */
  function oneTurn(): DatabaseConnection & { end(): void } {
    let isOver = false;
    return {
      executeQuery<Row>(query: CompiledQuery) {
        if (isOver) return Promise.reject(new Error('the transaction of this query has ended'));
        return new Promise<QueryResult<Row>>((resolve) => resolve(run(query)));
      },
      streamQuery() {
        throw new Error('the store does not stream rows');
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
      // Immediate: one that begins as a reader fails to write if another connection has written meanwhile.
      beginTransaction: () => execute('begin immediate'),
      commitTransaction(connection) {
        turnOf.get(connection)?.();
        return execute('commit');
      },
      rollbackTransaction(connection) {
        turnOf.get(connection)?.();
        // When the disk is full, SQLite has already rolled back.
        return database.isTransaction ? execute('rollback') : Promise.resolve();
      },
      releaseConnection(connection) {
        turnOf.get(connection)?.();
        turns.leave();
        return Promise.resolve();
      },
      // `connectSqlite` closes the database.
      destroy: () => Promise.resolve(),
    }),
  };
}
