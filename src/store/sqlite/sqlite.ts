import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { CamelCasePlugin, Kysely, SqliteDialect, type Compilable } from 'kysely';
import { WeirError } from '../../errors.ts';
import type { Connection, Run } from '../sql/connection.ts';
import { createCheckpointer } from './checkpointer.ts';
import { kyselyDatabase } from './sqlite-for-kysely.ts';
import { BLOCKING_WAIT_MS, createBatchWriter } from './sqlite-write.ts';
import { isBusy, storeError } from './store-errors.ts';
import type { Tables } from '../sql/tables.ts';
import { createWriteThread } from './write-thread.ts';

/** The path that means: in memory, gone when it is closed. */
export const IN_MEMORY = ':memory:';

/** Fewer rows are written faster than they are handed over, and need no thread. */
const WORTH_A_THREAD = 32;
/** About five seconds in all, in which the event loop runs on. */
const LOCK_WAITS_MS = [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560];

/** Retries what another process's lock stops, and says every failure in the store's terms. */
async function guarded<T>(where: string, work: () => T | Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const waitMs = LOCK_WAITS_MS[attempt];
      if (!isBusy(error) || waitMs === undefined) throw storeError(error, where);
      await sleep(waitMs);
    }
  }
}

/** Only the owner may read what is asked here, whatever the umask; SQLite gives its side files the same mode. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw error;
  }
}

function refuseForeign(database: DatabaseSync, where: string): void {
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  if (tables.length === 0 || tables.some(({ name }) => name === 'weir_migration')) return;
  const message = `The file ${where} is a database of something else; Weir leaves it alone. Name another file as the store.`;
  throw new WeirError('store_unavailable', message);
}

function open(path: string, where: string): DatabaseSync {
  if (path !== IN_MEMORY) createPrivately(path);
  const database = new DatabaseSync(path, { timeout: BLOCKING_WAIT_MS, enableForeignKeyConstraints: true });
  try {
    refuseForeign(database, where);
    const mode = database.prepare('pragma journal_mode = wal').get()?.['journal_mode'];
    if (path !== IN_MEMORY && mode !== 'wal') {
      const message = `The store ${where} lies on a disk that several processes cannot share. Name a file on a local disk.`;
      throw new WeirError('store_unavailable', message);
    }
    // In WAL mode this keeps the file whole at a loss of power, and every row at a crash of the process.
    database.exec('pragma synchronous = normal');
    // A file that cannot be written opens well, and would fail at the first request.
    database.exec('begin immediate; rollback');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const camelCase = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Rows come with the names that `CamelCasePlugin` would give them: it only sees what is awaited. */
function runOn(queries: ReturnType<typeof kyselyDatabase>): Run {
  return <Row>(query: Compilable<Row>) => {
    const { sql, parameters } = query.compile();
    const statement = queries.prepare(sql);
    if (!statement.reader) {
      statement.run(parameters);
      return [];
    }
    const rows = statement.all(parameters) as Record<string, unknown>[];
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [camelCase(name), value])),
    ) as Row[];
  };
}

/**
 * A connection to the SQLite database at `path`, which is created (mode 0600) where it is missing.
 * @param path a file in a folder that exists, or {@link IN_MEMORY}.
 * @throws {WeirError} store_unavailable: damaged, not a database, not ours, not writable, locked for five seconds.
 */
export async function connectSqlite(path: string): Promise<Connection> {
  const where = path === IN_MEMORY ? 'in memory' : path;
  const database = await guarded(where, () => open(path, where));
  const inode = path === IN_MEMORY ? undefined : statSync(path).ino;
  const checkpointer = path === IN_MEMORY ? undefined : createCheckpointer(path, database);
  const thread = path === IN_MEMORY ? undefined : createWriteThread(path);
  const writeBatch = createBatchWriter(database);
  const queries = kyselyDatabase(database);
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: queries }),
    plugins: [new CamelCasePlugin()],
  });

  return {
    where,
    kysely,
    guarded: (work) => guarded(where, work),

    async exclusively(work) {
      await guarded(where, () => database.exec('begin immediate'));
      try {
        const result = await work();
        database.exec('commit');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('rollback');
        throw storeError(error, where);
      }
    },

    atomically: (work) =>
      guarded(where, () => {
        database.exec('begin immediate');
        try {
          const result = work(runOn(queries));
          database.exec('commit');
          return result;
        } catch (error) {
          if (database.isTransaction) database.exec('rollback');
          throw error;
        }
      }),

    async write(batch) {
      const rows = batch.outcomes.length + batch.labels.length + batch.audits.length;
      await guarded(where, () =>
        thread !== undefined && rows >= WORTH_A_THREAD ? thread.write(batch) : writeBatch(batch),
      );
      checkpointer?.wrote(rows);
    },

    changeCounter: () =>
      guarded(where, () => Number(database.prepare('pragma data_version').get()?.['data_version'])),

    ping: () =>
      guarded(where, () => {
        if (inode !== undefined && statSync(path, { throwIfNoEntry: false })?.ino !== inode) {
          const message = `The store ${where} was removed or replaced while it was in use; what is written now is lost. Restart the gateway.`;
          throw new WeirError('store_unavailable', message);
        }
        // Writing back what is there already shows that a write works, and changes nothing.
        database.exec('update weir_migration set name = name where number = 1');
      }),

    async close() {
      await Promise.all([thread?.close(), checkpointer?.close()]);
      if (database.isOpen) database.close();
    },
  };
}
