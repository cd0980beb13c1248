import type { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { WeirError } from '../../errors.ts';
import { MIGRATIONS, migrateConnection } from '../sql/migrations/migrations.ts';
import { toStoreError } from '../sql/store-error.ts';
import { openToRead } from './copy-database.ts';
import { connectSqlite, IN_MEMORY } from './sqlite.ts';
import { adviceOf, isDamage } from './sqlite-errors.ts';

/** Every column of every table, as `table.column`. */
const COLUMNS = `select m.name || '.' || c.name as name from sqlite_schema m, pragma_table_info(m.name) c
  where m.type = 'table' and m.name not like 'sqlite!_%' escape '!'`;

const refused = (message: string): WeirError => new WeirError('store_unavailable', message);

/** What errors are about, and what to do. */
interface Words {
  subject: string;
  advice: string;
  /** Where a newer Weir wrote it. */
  older: string;
}

const aboutCopy = (file: string): Words => ({
  subject: `The file ${file}`,
  advice: 'Nothing was changed. Name another copy.',
  older: 'Run the newer Weir, or name an older copy.',
});

/** A copy that fails is not kept: its name would say nothing. */
const aboutSource = (database: string): Words => ({
  subject: `The store ${database}`,
  advice: 'No backup was written.',
  older: 'No backup was written. Make it with the newer Weir.',
});

/** What the migrations up to a number make. */
async function expectedColumns(upTo: number): Promise<string[]> {
  const connection = await connectSqlite(IN_MEMORY, { where: 'in memory', shared: false });
  try {
    await migrateConnection(connection, {
      known: MIGRATIONS.filter(({ number }) => number <= upTo),
      atMs: 0,
    });
    const { rows } = await sql.raw<{ name: string }>(COLUMNS).execute(connection.kysely);
    return rows.map(({ name }) => name);
  } finally {
    await connection.close();
  }
}

/** @returns the number of the last migration. @throws {WeirError} where these are not the ones that this Weir knows. */
function lastMigration(database: DatabaseSync, { subject, advice, older }: Words): number {
  const tables = database.prepare("select name from sqlite_schema where name = 'weir_migration'").all();
  const applied =
    tables.length === 0
      ? []
      : database.prepare('select number, name from weir_migration order by number').all();
  const latest = Number(applied.at(-1)?.['number'] ?? 0);
  if (latest === 0) throw refused(`${subject} is not a store of Weir. ${advice}`);
  const newest = MIGRATIONS.at(-1)?.number ?? 0;
  if (latest > newest)
    throw refused(
      `${subject} was written by a newer Weir: its tables are version ${latest}, and this Weir knows version ${newest}. ${older}`,
    );
  const shown = (each: { number?: unknown; name?: unknown }): string =>
    `${String(each.number)} ${String(each.name)}`;
  const known = MIGRATIONS.filter(({ number }) => number <= latest).map(shown);
  if (applied.map(shown).join() !== known.join())
    throw refused(
      `${subject} was updated by a Weir that is neither older nor newer than this one. ${advice}`,
    );
  return latest;
}

/** As {@link DatabaseCopies.examine} says. */
export async function examineCopy(file: string, of?: string): Promise<number> {
  const words = of === undefined ? aboutCopy(file) : aboutSource(of);
  const { subject, advice } = words;
  let database: DatabaseSync | undefined;
  try {
    database = openToRead(file);
    const [finding] = database.prepare('pragma integrity_check(1)').all();
    const orphan = database.prepare('pragma foreign_key_check').get();
    if (finding?.['integrity_check'] !== 'ok' || orphan !== undefined)
      throw refused(
        `${subject} is damaged (${String(orphan === undefined ? finding?.['integrity_check'] : `a row of ${String(orphan['table'])} belongs to nothing`)}). ${advice}`,
      );
    const latest = lastMigration(database, words);
    const present = new Set(
      database
        .prepare(COLUMNS)
        .all()
        .map(({ name }) => String(name)),
    );
    const missing = (await expectedColumns(latest)).filter((name) => !present.has(name));
    if (missing.length > 0)
      throw refused(`${subject} is incomplete: it has no ${missing.join(', no ')}. ${advice}`);
    return latest;
  } catch (error) {
    if (isDamage(error)) throw refused(`${subject} is damaged, or is no database. ${advice}`);
    throw toStoreError(error, file, adviceOf);
  } finally {
    database?.close();
  }
}
