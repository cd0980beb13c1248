import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CamelCasePlugin, Kysely, sql } from 'kysely';
import { WeirError } from '../../errors.ts';
import type { StoreLocation } from '../contract/location.ts';
import type { StoreConnection } from '../sql/connection.ts';
import { createGuard } from '../sql/guarded.ts';
import type { Tables } from '../sql/tables.ts';
import { createCheckpointer } from './checkpointer.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { adviceOf, isBusy, passingTrouble } from './sqlite-errors.ts';
import { BLOCKING_WAIT_MS, createBatchWriter } from './sqlite-write.ts';
import { createTurns } from './turns.ts';
import { createWriteThread } from './write-thread.ts';

/** SQLite's path for a database in memory, which is gone when it is closed. */
export const IN_MEMORY = ':memory:';

/** Writing fewer rows takes less time than handing them to the thread. */
const WORTH_A_THREAD = 32;

/** Only the owner may read the file, whatever the umask. SQLite gives its side files the same mode. */
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
  const message = `The file ${where} is another program's database. It was not changed. Name another file as the store.`;
  throw new WeirError('store_unavailable', message);
}

function open(path: string, where: string): DatabaseSync {
  if (path !== IN_MEMORY) createPrivately(path);
  const database = new DatabaseSync(path, { timeout: BLOCKING_WAIT_MS, enableForeignKeyConstraints: true });
  try {
    refuseForeign(database, where);
    const mode = database.prepare('pragma journal_mode = wal').get()?.['journal_mode'];
    if (path !== IN_MEMORY && mode !== 'wal') {
      const message = `The store ${where} is on a disk that several processes cannot share. Name a file on a local disk.`;
      throw new WeirError('store_unavailable', message);
    }
    // In WAL mode, the file survives a power failure, and every row survives a crash of the process.
    database.exec('pragma synchronous = normal');
    // A read-only file can be opened, and would fail only at the first request.
    database.exec('begin immediate; rollback');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A connection to the SQLite database at `path`, which is created (mode 0600) where it is missing.
 * @param path a file in an existing folder, or {@link IN_MEMORY}.
 * @throws {WeirError} store_unavailable: damaged, not a database, another program's, not writable, locked for five seconds.
 */
export async function connectSqlite(path: string, location: StoreLocation): Promise<StoreConnection> {
  const { where } = location;
  const guarded = createGuard({ where, adviceOf, isBusy });
  const database = await guarded(() => open(path, where));
  const inode = path === IN_MEMORY ? undefined : statSync(path).ino;
  const checkpointer = path === IN_MEMORY ? undefined : createCheckpointer(path, database);
  const thread = path === IN_MEMORY ? undefined : createWriteThread(path);
  const writeBatch = createBatchWriter(database);
  const turns = createTurns();
  const kysely = new Kysely<Tables>({
    dialect: sqliteDialect(database, turns),
    plugins: [new CamelCasePlugin()],
  });

  /** For what does not go through kysely: it waits for the end of a transaction too. */
  async function inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    await turns.enter();
    try {
      return await work();
    } finally {
      turns.leave();
    }
  }

  return {
    ...location,
    kysely,
    now: sql<number>`cast(round(unixepoch('subsec') * 1000) as integer)`,
    autoNumbered: (column) => column.primaryKey().autoIncrement().notNull(),
    guarded,

    // Only one transaction writes at a time, and it takes its numbers while it does: every lower number can be read.
    settledUpTo: () => Promise.resolve(Number.MAX_SAFE_INTEGER),

    atomically: (work) =>
      guarded(() => kysely.transaction().execute((transaction) => turns.within(() => work(transaction)))),

    async write(batch) {
      const rows = batch.outcomes.length + batch.labels.length + batch.audits.length;
      await guarded(async () => {
        if (thread === undefined || rows < WORTH_A_THREAD) return inTurn(() => writeBatch(batch));
        // The thread has its own connection, which an open transaction of this one would lock out.
        await inTurn(() => undefined);
        return thread.write(batch);
      });
      checkpointer?.wrote(rows);
    },

    changeCounter: () =>
      guarded(() => inTurn(() => Number(database.prepare('pragma data_version').get()?.['data_version']))),

    ping: () =>
      guarded<string | undefined>(() =>
        inTurn(() => {
          if (inode !== undefined && statSync(path, { throwIfNoEntry: false })?.ino !== inode) {
            const message = `The store ${where} was removed or replaced while it was in use, so new rows are lost. Restart the gateway.`;
            throw new WeirError('store_unavailable', message);
          }
          // Writing a value back shows that writing works, and changes nothing.
          database.exec('update weir_migration set name = name where number = 1');
          return undefined;
        }),
      ).catch((error: unknown) => {
        const trouble = passingTrouble(error);
        if (trouble === undefined) throw error;
        return trouble;
      }),

    close: () =>
      inTurn(async () => {
        await Promise.all([thread?.close(), checkpointer?.close()]);
        if (database.isOpen) database.close();
      }),
  };
}
