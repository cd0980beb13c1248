import type { Connection } from './connection.ts';
import { connect } from '../open.ts';
import { jobQueries } from './jobs.ts';
import { keyQueries } from './keys.ts';
import { learningQueries } from './learning.ts';
import { migrateConnection } from './migrations/migrations.ts';
import { outcomeQueries } from './outcomes.ts';
import { probeQueries } from './probes.ts';
import { runQueries } from './runs.ts';
import { connectSqlite } from '../sqlite/sqlite.ts';
import type { Store } from '../contract/store.ts';
import { versionQueries } from './versions.ts';

async function storeOver(connection: Connection): Promise<Store> {
  try {
    await migrateConnection(connection, { atMs: Date.now() });
  } catch (error) {
    await connection.close();
    throw error;
  }
  const { changeCounter, ping, close } = connection;
  return {
    ...outcomeQueries(connection),
    ...keyQueries(connection),
    ...probeQueries(connection),
    ...runQueries(connection),
    ...versionQueries(connection),
    ...learningQueries(connection),
    ...jobQueries(connection),
    changeCounter,
    ping,
    close,
  };
}

/**
 * The store in a SQLite file, created (mode 0600) where it is missing, its tables brought up to date.
 * @param path a file in a folder that exists, or `:memory:`.
 * @throws {WeirError} store_unavailable, with the path and what to do: damaged, not a database, another
 * program's, not writable, locked for five seconds, or used by a newer Weir.
 */
export async function createSqliteStore({ path }: { path: string }): Promise<Store> {
  return storeOver(await connectSqlite(path));
}

/**
 * The store that a URL names: `sqlite:./weir.db`, `sqlite:/var/lib/weir/weir.db`, `sqlite::memory:`.
 * @throws {WeirError} store_unavailable as in {@link createSqliteStore}, and for a URL that names no store.
 */
export async function openStore(url: string): Promise<Store> {
  return storeOver(await connect(url));
}
