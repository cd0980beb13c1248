import { realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { WeirError } from '../errors.ts';
import { databaseBeside, nameCopy, nameReplaced } from './copy-names.ts';
import { ENGINES } from './engines.ts';
import { engineOf } from './open.ts';
import type { DatabaseCopies } from './sql/copies.ts';
import { MIGRATIONS, type MigrationName } from './sql/migrations/migrations.ts';

/** A backup that was made and read again. */
export interface Backup {
  file: string;
  bytes: number;
}

/** A store that was put back. */
export interface RestoredStore {
  where: string;
  /** What was in its place, under its new name; absent where nothing was. */
  kept?: string;
  /** What the next start brings up to date. */
  pending: MigrationName[];
}

function copiesOf(url: string): { copies: DatabaseCopies; file: string } {
  const { copies } = engineOf(url);
  const file = copies?.file(url);
  if (copies !== undefined && file !== undefined) return { copies, file };
  const message =
    copies === undefined
      ? 'The store is on a server. Back it up and restore it with the tools of that server.'
      : 'The store is in memory, where nothing outlives the gateway. Set `store` to a file.';
  throw new WeirError('store_unavailable', message);
}

/**
 * Copies a store as it is at one moment to a file, and reads all of that again. The gateway may run meanwhile.
 * @param to the file to write; where it is left out, one beside the store whose name has the version of its tables and the time.
 * @throws {WeirError} store_unavailable: it does not exist, is damaged, is a newer Weir's, or there is no room.
 */
export async function backUpStore(
  url: string,
  { to, atMs }: { to?: string | undefined; atMs: number },
): Promise<Backup> {
  const { copies, file } = copiesOf(url);
  const written = to ?? `${file}.backup-${process.pid}`;
  await copies.copy(file, written);
  try {
    const tables = await copies.examine(written, file);
    const named = to ?? nameCopy(file, { reason: 'backup', tables, atMs });
    if (named !== written) renameSync(written, named);
    return { file: named, bytes: statSync(named).size };
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  }
}

/** The URL of the store that a copy lies beside and was made of; undefined where its name and place do not say it. */
export function storeOfCopy(copy: string): string | undefined {
  const database = databaseBeside(copy);
  if (database === undefined) return undefined;
  return ENGINES.find(({ copies }) => copies !== undefined)?.copies?.url(database);
}

/**
 * Puts a backup in the place of a store, after all of it was read and its tables were compared. What was there is kept beside it.
 * @throws {WeirError} store_unavailable: the backup is damaged or is not this or an older Weir's, or somebody uses the store.
 * Then nothing was changed.
 */
export async function restoreStore(
  url: string,
  copy: string,
  { atMs }: { atMs: number },
): Promise<RestoredStore> {
  const { copies, file } = copiesOf(url);
  if (isSameFile(copy, file))
    throw new WeirError('store_unavailable', `The file ${copy} is the store itself. Name a backup of it.`);
  const tables = await copies.examine(copy);
  const kept = nameReplaced(file, atMs);
  const wasThere = await copies.replace(file, copy, kept);
  return {
    where: file,
    ...(wasThere ? { kept } : {}),
    pending: MIGRATIONS.filter(({ number }) => number > tables).map(({ number, name }) => ({ number, name })),
  };
}

function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
