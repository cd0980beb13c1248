import { WeirError } from '../errors.ts';
import { commandLine, shellWord } from '../format/command-line.ts';
import { copyToGoBackTo, nameCopy, removeOldCopies } from './copy-names.ts';
import type { StoreConnection } from './sql/connection.ts';
import type { StoreEngine } from './sql/engine.ts';
import {
  MIGRATIONS,
  migrateConnection,
  NewerTables,
  pendingOn,
  type MigrationName,
} from './sql/migrations/migrations.ts';

/** What was done to bring a store's tables up to date. */
export interface Updated {
  where: string;
  /** What was applied; empty where there was nothing to do. */
  steps: MigrationName[];
  /** The copy of the store as it was before; absent where it was new, or its engine makes none. */
  copy?: string;
}

/** Told when tables were updated that had been there before. */
export type OnUpdated = (updated: Updated & { copy: string }) => void;

/**
 * Brings the tables up to date. What is there is copied first, beside the database, so that one can go back.
 * @param options.copies `false`: the operator has made sure of that in another way.
 * @throws {WeirError} store_unavailable where a newer Weir has used the store, or the copy cannot be made: then nothing is changed.
 */
export async function updateTables(
  engine: StoreEngine,
  url: string,
  connection: StoreConnection,
  { atMs, copies = true }: { atMs: number; copies?: boolean },
): Promise<Updated> {
  const { where } = connection;
  const [first] = await sayingWayBack(engine, url, pendingOn(connection));
  const before = MIGRATIONS.findLast(({ number }) => first !== undefined && number < first.number)?.number;
  const database = engine.copies?.file(url);
  if (engine.copies === undefined || database === undefined || before === undefined || !copies)
    return { where, steps: await migrateConnection(connection, { atMs }) };
  const copy = nameCopy(database, { reason: 'before-upgrade', tables: before, atMs });
  try {
    await engine.copies.copy(database, copy);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const message = `The store ${where} must be updated to this version of Weir, and was not, because it could not be copied before. ${error.message} If you have a backup already, run ${commandLine('migrate --no-backup')}.`;
    throw new WeirError('store_unavailable', message, { cause: error });
  }
  const steps = await migrateConnection(connection, { atMs });
  removeOldCopies(database);
  return { where, steps, copy };
}

/** Where a newer Weir has updated the tables, says which command goes back to the copy that it made before. */
export async function sayingWayBack<T>(engine: StoreEngine, url: string, looking: Promise<T>): Promise<T> {
  try {
    return await looking;
  } catch (error) {
    if (!(error instanceof NewerTables)) throw error;
    const database = engine.copies?.file(url);
    const copy = database === undefined ? undefined : copyToGoBackTo(database, error.newest);
    throw new WeirError('store_unavailable', `${error.message} ${wayBack(copy?.file)}`, { cause: error });
  }
}

function wayBack(file: string | undefined): string {
  return file === undefined
    ? `Run the newer Weir, or stop it and go back to a backup made before the upgrade: ${commandLine('restore FILE')}.`
    : `Run the newer Weir, or stop it and go back to the copy made before the upgrade, without what was recorded since: ${commandLine(`restore ${shellWord(file)}`)}.`;
}
