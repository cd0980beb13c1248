import type { StoreAdvice } from '../sql/store-error.ts';

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
};

/** What is wrong and what to do, to follow the name of the store. */
const ADVICE: Readonly<Record<number | string, string>> = {
  [SQLITE.PERM]: 'may not be used by this user. Give it read and write permission.',
  [SQLITE.BUSY]:
    'is locked by another process. End that process (a backup? an open sqlite3 shell?), then try again.',
  [SQLITE.LOCKED]: 'is locked. Try again.',
  [SQLITE.READONLY]: 'cannot be written. Give this user write permission on the file and on its folder.',
  [SQLITE.IOERR]:
    'cannot be read or written: the disk reports an error. Check the disk; the store must be on a local one.',
  [SQLITE.CORRUPT]:
    'is damaged. Nothing was changed. Restore a backup, or move the file away to start with an empty one.',
  [SQLITE.FULL]: 'cannot grow: the disk is full. Free some space; the gateway then continues by itself.',
  [SQLITE.CANTOPEN]:
    'cannot be opened. Check that its folder exists, and that this user may read and write there.',
  [SQLITE.NOTADB]:
    'is not a SQLite database, or is damaged. Nothing was changed. Name another file, or move this one away to start with an empty one.',
  ENOENT: 'cannot be created: its folder does not exist. Create the folder, or name another one.',
  ENOTDIR: 'cannot be created: its folder is not a folder. Name another one.',
  EISDIR: 'is a folder. Name a file in it.',
  EACCES: 'may not be used by this user. Give it read and write permission on the file and on its folder.',
  EROFS: 'is on a read-only disk. Name a file on a disk that can be written.',
  ENOSPC: 'cannot be created: the disk is full. Free some space.',
  ERR_INVALID_STATE: 'is closed. Open it again.',
};

function codesOf(error: unknown): { result: number | undefined; code: string | undefined } {
  const errcode = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return {
    // The low byte is the primary code; the rest says where in SQLite it arose.
    result: typeof errcode === 'number' ? errcode & 0xff : undefined,
    code: typeof code === 'string' ? code : undefined,
  };
}

/** Another connection holds the lock, so a later try may succeed. */
export function isBusy(error: unknown): boolean {
  const { result } = codesOf(error);
  return result === SQLITE.BUSY || result === SQLITE.LOCKED;
}

/** The file cannot be read as a database, by this connection or any other. */
export function isDamage(error: unknown): boolean {
  const { result } = codesOf(error);
  return result === SQLITE.CORRUPT || result === SQLITE.NOTADB;
}

/** What was to be written found no room. */
export function isFull(error: unknown): boolean {
  return codesOf(error).result === SQLITE.FULL;
}

/** What ends by itself or by an operator's hand while the gateway goes on, in a sentence without the store's name. */
export function passingTrouble(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const { result } = codesOf(cause);
  const passes = result === SQLITE.FULL || result === SQLITE.BUSY || result === SQLITE.LOCKED;
  return passes ? `The store ${ADVICE[result]}` : undefined;
}

/** What is wrong with the whole database, by the codes of SQLite and of the file system. */
export const adviceOf: StoreAdvice = (error) => {
  const { result, code } = codesOf(error);
  return ADVICE[result ?? ''] ?? ADVICE[code ?? ''];
};
