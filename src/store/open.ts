import { WeirError } from '../errors.ts';
import type { Connection } from './sql/connection.ts';
import { IN_MEMORY, connectSqlite } from './sqlite/sqlite.ts';

interface Dialect {
  matches: RegExp;
  connect(url: string): Promise<Connection>;
}

const SQLITE_URL = /^sqlite:(?:\/\/)?(?=.)/;

/** The databases that a store's URL can name. */
const DIALECTS: readonly Dialect[] = [
  { matches: SQLITE_URL, connect: (url) => connectSqlite(url.replace(SQLITE_URL, '')) },
  {
    matches: /^postgres(ql)?:/,
    connect: () => {
      const message = "PostgreSQL is not built yet; name a file as the store, such as 'sqlite:./weir.db'.";
      return Promise.reject(new WeirError('store_unavailable', message));
    },
  },
];

/** The file behind a store's URL; undefined where there is none. */
export function pathOf(url: string): string | undefined {
  const path = SQLITE_URL.test(url) ? url.replace(SQLITE_URL, '') : undefined;
  return path === IN_MEMORY ? undefined : path;
}

/** @throws {WeirError} store_unavailable; the message never holds the URL, in which a password may stand. */
export async function connect(url: string): Promise<Connection> {
  const dialect = DIALECTS.find(({ matches }) => matches.test(url));
  if (dialect === undefined) {
    const message = "A store is 'sqlite:' and a path, such as 'sqlite:./weir.db'; this one begins otherwise.";
    throw new WeirError('store_unavailable', message);
  }
  return dialect.connect(url);
}
