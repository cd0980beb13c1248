import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Why a copy was made: by `weir backup`, or before the tables were updated. */
export type CopyReason = 'backup' | 'before-upgrade';

/** A copy that lies beside its database. */
export interface NamedCopy {
  file: string;
  reason: CopyReason;
  /** Number of the last migration that made its tables. */
  tables: number;
  /** When it was made, as its name says: later times sort after earlier ones. */
  time: string;
}

/** So many copies made before updates of the tables are kept. The others are kept until somebody removes them. */
const KEPT = 3;

const NAME = /\.v(\d+)-(\d{8}T\d{9}Z)\.(backup|before-upgrade)$/;

/** `weir.db.v12-20261201T090500123Z.backup`, beside `weir.db`. */
export function nameCopy(
  database: string,
  { reason, tables, atMs }: Pick<NamedCopy, 'reason' | 'tables'> & { atMs: number },
): string {
  return `${database}.v${tables}-${timeName(atMs)}.${reason}`;
}

/** `weir.db.20261201T090500123Z.replaced`: what another file was put in the place of. */
export function nameReplaced(database: string, atMs: number): string {
  return `${database}.${timeName(atMs)}.replaced`;
}

function timeName(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder whose files may be used, but not listed.
    return [];
  }
}

/** The copies beside a database, the newest first. */
export function copiesBeside(database: string): NamedCopy[] {
  const folder = dirname(database);
  const name = basename(database);
  return filesIn(folder)
    .flatMap((each): NamedCopy[] => {
      const [matched, tables, time = '', reason] = NAME.exec(each) ?? [];
      if (matched === undefined || each !== name + matched) return [];
      return [{ file: join(folder, each), tables: Number(tables), time, reason: reason as CopyReason }];
    })
    .toSorted((a, b) => (a.time < b.time ? 1 : -1));
}

/** The database that a file is a copy of and lies beside, as its name says; undefined where it lies elsewhere, or says nothing. */
export function databaseBeside(copy: string): string | undefined {
  const database = copy.replace(NAME, '');
  return database !== copy && existsSync(database) ? database : undefined;
}

/** The newest copy that a Weir can open whose last migration is `newest`: where somebody can go back to. */
export function copyToGoBackTo(database: string, newest: number): NamedCopy | undefined {
  return copiesBeside(database).find(({ tables }) => tables <= newest);
}

/** Removes all but the newest of the copies made before updates. */
export function removeOldCopies(database: string): void {
  const made = copiesBeside(database).filter(({ reason }) => reason === 'before-upgrade');
  for (const { file } of made.slice(KEPT)) rmSync(file, { force: true });
}
