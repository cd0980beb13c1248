import type { Kysely, SchemaModule } from 'kysely';
import { WeirError } from '../../../errors.ts';
import type { DeclareAutoNumbered, StoreConnection } from '../connection.ts';
import type { Tables } from '../tables.ts';
import { createFirstTables } from './migration-0001.ts';
import { createVersionTables } from './migration-0002.ts';
import { addAbout } from './migration-0003.ts';
import { createLearningTables } from './migration-0004.ts';
import { addControlVerdict } from './migration-0005.ts';
import { dropLabelWeight } from './migration-0006.ts';
import { addReviewCoin } from './migration-0011.ts';
import { addBilledKinds } from './migration-0012.ts';
import { addRollouts } from './migration-0013.ts';
import { addSources } from './migration-0014.ts';
import { addKeptAnswers } from './migration-0015.ts';

export interface Migration {
  /** Ascending; a number that is not there was never used. */
  number: number;
  name: string;
  /** The same over every engine, but for the columns that its database numbers: these are declared by `autoNumbered`. */
  up: (schema: SchemaModule, autoNumbered: DeclareAutoNumbered) => Promise<void>;
}

/** As much of a connection as migrating needs. */
type MigratedConnection = Pick<
  StoreConnection,
  'kysely' | 'guarded' | 'atomically' | 'where' | 'autoNumbered'
>;

/** The part of a migration that users are shown. */
export type MigrationName = Pick<Migration, 'number' | 'name'>;

/** In the order in which they are applied. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'first tables', up: createFirstTables },
  { number: 2, name: 'versions', up: createVersionTables },
  { number: 3, name: 'paid signals', up: addAbout },
  { number: 4, name: 'learning', up: createLearningTables },
  { number: 5, name: 'controls of the judge', up: addControlVerdict },
  { number: 6, name: 'labels without a weight', up: dropLabelWeight },
  { number: 11, name: 'coins of reviews', up: addReviewCoin },
  { number: 12, name: 'what calls are billed by', up: addBilledKinds },
  { number: 13, name: 'rollouts', up: addRollouts },
  { number: 14, name: 'whose answers they are', up: addSources },
  { number: 15, name: 'kept answers', up: addKeptAnswers },
];

/** A newer Weir has updated the store's tables. */
export class NewerTables extends WeirError {
  /** Number of the last migration that this Weir knows. */
  readonly newest: number;

  constructor(where: string, { latest, newest }: { latest: number; newest: number }) {
    super(
      'store_unavailable',
      `The store ${where} was last used by a newer Weir: its tables are version ${latest}, and this Weir knows version ${newest}.`,
    );
    this.newest = newest;
  }
}

async function appliedUpTo(kysely: Kysely<Tables>): Promise<number> {
  const tables = await kysely.introspection.getTables();
  // Depending on its plugins, kysely returns the name as in SQL or as in `Tables`.
  if (!tables.some(({ name }) => name === 'weir_migration' || name === 'weirMigration')) return 0;
  const row = await kysely
    .selectFrom('weirMigration')
    .select(({ fn }) => fn.max('number').as('latest'))
    .executeTakeFirst();
  return row?.latest ?? 0;
}

function pendingAfter(latest: number, where: string, known: readonly Migration[]): readonly Migration[] {
  const newest = known.at(-1)?.number ?? 0;
  if (latest > newest) throw new NewerTables(where, { latest, newest });
  return known.filter(({ number }) => number > latest);
}

/** What {@link migrateConnection} would apply. @throws {WeirError} store_unavailable where a newer Weir has used the store. */
export async function pendingOn(
  { kysely, guarded, where }: Pick<MigratedConnection, 'kysely' | 'guarded' | 'where'>,
  known: readonly Migration[] = MIGRATIONS,
): Promise<readonly Migration[]> {
  return pendingAfter(await guarded(() => appliedUpTo(kysely)), where, known);
}

/**
 * Brings the tables up to date, with all migrations or none. Two processes may do this at once: the second one waits, and
 * then finds nothing to do.
 * @returns what was applied.
 * @throws {WeirError} store_unavailable where a newer Weir has used the store.
 */
export async function migrateConnection(
  connection: MigratedConnection,
  { known = MIGRATIONS, atMs }: { known?: readonly Migration[]; atMs: number },
): Promise<MigrationName[]> {
  if ((await pendingOn(connection, known)).length === 0) return [];
  return connection.atomically(async (transaction) => {
    const { schema } = transaction.withoutPlugins();
    await schema
      .createTable('weir_migration')
      .ifNotExists()
      .addColumn('number', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    // Asked again, because another process may have migrated while this one waited for the lock.
    const pending = pendingAfter(await appliedUpTo(transaction), connection.where, known);
    for (const { number, name, up } of pending) {
      await up(schema, connection.autoNumbered);
      await transaction.insertInto('weirMigration').values({ number, name, appliedAtMs: atMs }).execute();
    }
    return pending.map(({ number, name }) => ({ number, name }));
  });
}
