import { WeirError } from '../errors.ts';
import type { StoreLocation } from './contract/location.ts';
import type { Store } from './contract/store.ts';
import type { StoreEngine } from './sql/engine.ts';
import { chooseEngine } from './engines.ts';
import { MIGRATIONS, pendingOn, type MigrationName } from './sql/migrations/migrations.ts';
import { createSqlStore } from './sql/sql-store.ts';
import { sayingWayBack, updateTables, type OnUpdated, type Updated } from './update.ts';

/** @throws {WeirError} store_unavailable where no engine takes the URL. */
export function engineOf(url: string, engines?: readonly StoreEngine[]): StoreEngine {
  const choice = chooseEngine(url, engines);
  if ('engine' in choice) return choice.engine;
  throw new WeirError('store_unavailable', `The URL of the store cannot be used: ${choice.problem}.`);
}

/**
 * The store that a URL names, created where it is missing, its tables brought up to date: `sqlite:./weir.db`,
 * `sqlite:/var/lib/weir/weir.db`, `sqlite::memory:`. The one way to a store, for the gateway, its threads and every command.
 * @param options.engines the kinds of databases it may be.
 * @param options.onUpdated told where tables that were there had to be updated, and so were copied before.
 * @throws {WeirError} store_unavailable, with where it is and what to do: no store's URL, damaged, not a database, another
 * program's, not writable, locked for five seconds, or used by a newer Weir. The URL itself is never repeated.
 */
export async function openStore(
  url: string,
  { engines, onUpdated }: { engines?: readonly StoreEngine[] | undefined; onUpdated?: OnUpdated } = {},
): Promise<Store> {
  const engine = engineOf(url, engines);
  const connection = await engine.connect(url);
  try {
    const { copy, ...updated } = await updateTables(engine, url, connection, { atMs: Date.now() });
    if (copy !== undefined) onUpdated?.({ ...updated, copy });
    return createSqlStore(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Where the store of a URL is. Opens nothing. @throws {WeirError} store_unavailable where no engine takes the URL. */
export function locateStore(url: string): StoreLocation {
  return engineOf(url).locate(url);
}

/**
 * Whether there is a store at a URL already. Creates nothing.
 * @throws {WeirError} store_unavailable where there is none and none can be created.
 */
export async function storeExists(url: string): Promise<boolean> {
  return engineOf(url).exists(url);
}

/**
 * Brings the tables up to date, as opening the store does, and creates it where it is missing.
 * @param options.copies `false`: what is there is not copied before.
 * @throws {WeirError} store_unavailable as {@link openStore}.
 */
export async function migrate(url: string, options: { copies?: boolean } = {}): Promise<Updated> {
  const engine = engineOf(url);
  const connection = await engine.connect(url);
  try {
    return await updateTables(engine, url, connection, { ...options, atMs: Date.now() });
  } finally {
    await connection.close();
  }
}

/**
 * What {@link migrate} would apply; changes nothing, and creates no database.
 * @throws {WeirError} store_unavailable as {@link migrate}.
 */
export async function pendingMigrations(url: string): Promise<MigrationName[]> {
  const named = ({ number, name }: MigrationName): MigrationName => ({ number, name });
  const engine = engineOf(url);
  if (!(await engine.exists(url))) return MIGRATIONS.map(named);
  const connection = await engine.connect(url);
  try {
    return (await sayingWayBack(engine, url, pendingOn(connection))).map(named);
  } finally {
    await connection.close();
  }
}
