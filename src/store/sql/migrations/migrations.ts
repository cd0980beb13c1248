import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SchemaModule } from 'kysely';
import { WeirError } from '../../../errors.ts';
import type { Connection } from '../connection.ts';
import { connect, pathOf } from '../../open.ts';
import { createFirstTables } from './migration-0001.ts';
import { createVersionTables } from './migration-0002.ts';
import { addAbout } from './migration-0003.ts';
import { createLearningTables } from './migration-0004.ts';
import { addControlVerdict } from './migration-0005.ts';
import { storeError } from '../../sqlite/store-errors.ts';

export interface Migration {
  /** From 1, without gaps. */
  number: number;
  name: string;
  up: (schema: SchemaModule) => Promise<void>;
}

/** What is shown of a migration that is, or was, to be applied. */
export type MigrationName = Pick<Migration, 'number' | 'name'>;

/** In the order in which they are applied. */
const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'first tables', up: createFirstTables },
  { number: 2, name: 'versions', up: createVersionTables },
  { number: 3, name: 'paid signals', up: addAbout },
  { number: 4, name: 'learning', up: createLearningTables },
  { number: 5, name: 'controls of the judge', up: addControlVerdict },
];

async function appliedUpTo({ kysely, guarded }: Connection): Promise<number> {
  return guarded(async () => {
    const tables = await kysely.introspection.getTables();
    // The CamelCasePlugin gives back the names of tables as they are written in SQL, or as they are in `Tables`.
    if (!tables.some(({ name }) => name === 'weir_migration' || name === 'weirMigration')) return 0;
    const row = await kysely
      .selectFrom('weirMigration')
      .select(({ fn }) => fn.max('number').as('latest'))
      .executeTakeFirst();
    return row?.latest ?? 0;
  });
}

async function pendingOn(connection: Connection, known: readonly Migration[]): Promise<readonly Migration[]> {
  const latest = await appliedUpTo(connection);
  if (latest > known.length) {
    const message =
      `The store ${connection.where} was last used by a newer Weir: its tables are version ${latest}, and this Weir knows version ${known.length}. ` +
      'Run the newer Weir, or restore the backup made before the upgrade.';
    throw new WeirError('store_unavailable', message);
  }
  return known.slice(latest);
}

/**
 * Brings the tables up to date, all of it or nothing. Safe beside another process that does the same:
 * the second one waits, and finds nothing left to do.
 * @returns what was applied.
 * @throws {WeirError} store_unavailable where a newer Weir has used the store.
 */
export async function migrateConnection(
  connection: Connection,
  { known = MIGRATIONS, atMs }: { known?: readonly Migration[]; atMs: number },
): Promise<MigrationName[]> {
  if ((await pendingOn(connection, known)).length === 0) return [];
  return connection.exclusively(async () => {
    const { kysely } = connection;
    const { schema } = kysely.withoutPlugins();
    await schema
      .createTable('weir_migration')
      .ifNotExists()
      .addColumn('number', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    // Asked again: another process may have been here while this one waited for the lock.
    const pending = await pendingOn(connection, known);
    for (const { number, name, up } of pending) {
      await up(schema);
      await kysely.insertInto('weirMigration').values({ number, name, appliedAtMs: atMs }).execute();
    }
    return pending.map(({ number, name }) => ({ number, name }));
  });
}

/**
 * Brings the store at `url` up to date, and creates it where it is missing: what opening it does too.
 * @returns what was applied.
 * @throws {WeirError} store_unavailable as in {@link migrateConnection}, or where the store cannot be opened.
 */
export async function migrate(url: string): Promise<MigrationName[]> {
  const connection = await connect(url);
  try {
    return await migrateConnection(connection, { atMs: Date.now() });
  } finally {
    await connection.close();
  }
}

/** @throws {WeirError} store_unavailable where no file can be created at `path`, as far as that can be told without doing it. */
function checkCreatable(path: string): void {
  try {
    // The dot makes it an error where the folder is a file.
    accessSync(`${dirname(path)}/.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw storeError(error, path);
  }
}

/**
 * What {@link migrate} would apply; changes nothing, and creates no file.
 * @throws {WeirError} as {@link migrate} does.
 */
export async function pendingMigrations(url: string): Promise<MigrationName[]> {
  const named = ({ number, name }: Migration) => ({ number, name });
  const path = pathOf(url);
  if (path === undefined) return MIGRATIONS.map(named);
  if (!existsSync(path)) {
    checkCreatable(path);
    return MIGRATIONS.map(named);
  }
  const connection = await connect(url);
  try {
    return (await pendingOn(connection, MIGRATIONS)).map(named);
  } finally {
    await connection.close();
  }
}
