import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** The store asks a few dozen different questions; beyond that something builds SQL from values. */
const MOST_STATEMENTS = 100;

function adapt(statement: StatementSync): SqliteStatement {
  // kysely hands on what the queries bind: strings, numbers, null.
  const bound = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bound(parameters)),
    run: (parameters) => statement.run(...bound(parameters)),
    iterate: (parameters) => statement.iterate(...bound(parameters)),
  };
}

/** Node's own SQLite in the shape kysely expects (better-sqlite3's), with its statements kept prepared. */
export function kyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      let statement = prepared.get(sql);
      if (statement === undefined) {
        if (prepared.size >= MOST_STATEMENTS) prepared.clear();
        statement = adapt(database.prepare(sql));
        prepared.set(sql, statement);
      }
      return statement;
    },
    close: () => database.close(),
  };
}
