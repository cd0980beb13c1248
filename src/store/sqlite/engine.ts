import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { toStoreError } from '../sql/store-error.ts';
import type { StoreEngine } from '../sql/engine.ts';
import type { StoreLocation } from '../contract/location.ts';
import { copyInUse } from './copy-database.ts';
import { examineCopy } from './examine-copy.ts';
import { replaceDatabase } from './replace-database.ts';
import { IN_MEMORY, connectSqlite } from './sqlite.ts';
import { adviceOf } from './sqlite-errors.ts';

const SCHEME = 'sqlite:';
const URL_START = /^sqlite:(?:\/\/)?(?=.)/;

/** `sqlite:./weir.db`, `sqlite:/var/lib/weir.db`, `sqlite:///var/lib/weir.db`, `sqlite::memory:`. Paths are not decoded. */
const pathOf = (url: string): string => url.replace(URL_START, '');

function locate(url: string): StoreLocation {
  const path = pathOf(url);
  if (path === IN_MEMORY) return { where: 'in memory', shared: false };
  return { where: path, shared: true, secretFile: `${path}.secret` };
}

/** @throws {WeirError} store_unavailable where no file can be created at `path`, as far as that can be told without doing it. */
function checkCreatable(path: string): void {
  try {
    // The dot makes it an error where the folder is a file.
    accessSync(`${dirname(path)}/.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw toStoreError(error, path, adviceOf);
  }
}

/** SQLite, in a file on a local disk or in memory. */
export const sqliteEngine: StoreEngine = {
  schemes: ['sqlite'],
  form: "'sqlite:' and a path, such as 'sqlite:./weir.db'",
  accepts: (url) => URL_START.test(url),
  resolve(url, folder) {
    const path = url.slice(SCHEME.length);
    return path === IN_MEMORY ? url : `${SCHEME}${resolve(folder, path)}`;
  },
  locate,
  exists(url) {
    const path = pathOf(url);
    if (path === IN_MEMORY) return false;
    if (existsSync(path)) return true;
    checkCreatable(path);
    return false;
  },
  connect: (url) => connectSqlite(pathOf(url), locate(url)),
  copies: {
    file: (url) => (pathOf(url) === IN_MEMORY ? undefined : pathOf(url)),
    url: (file) => `${SCHEME}${resolve(file)}`,
    copy: async (from, to) => copyInUse(from, to),
    examine: examineCopy,
    replace: async (file, copy, kept) => replaceDatabase(file, copy, kept),
  },
};
