import { chownSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WeirError } from '../../errors.ts';
import { toStoreError } from '../sql/store-error.ts';
import { copyDatabase, flush, nameAs } from './copy-database.ts';
import { adviceOf, isBusy, isDamage } from './sqlite-errors.ts';
import { BLOCKING_WAIT_MS } from './sqlite-write.ts';

/** Beside a database that somebody uses, or that was not closed. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];

/**
 * Takes a database for this process alone, with everything in its one file: leaving the write-ahead log is only possible where
 * nobody else has it open.
 * @returns undefined where it is too damaged to be opened, by anybody.
 * @throws {WeirError} store_unavailable where another process has it open.
 */
function takeAlone(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS });
  try {
    const mode = database.prepare('pragma journal_mode = delete').get()?.['journal_mode'];
    if (mode !== 'delete') throw inUse(file);
    database.exec('pragma locking_mode = exclusive; begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (isDamage(error)) return undefined;
    throw isBusy(error) ? inUse(file) : error;
  }
}

function inUse(file: string): WeirError {
  const message = `The store ${file} is in use by another process, and was not changed. Stop the gateway that runs on it (and any other command), then try again.`;
  return new WeirError('store_unavailable', message);
}

/** Makes a file its owner's who has `other`: root restores what the gateway's own user has to read. */
function giveTo(file: string, other: string): void {
  const [own, wanted] = [statSync(file), statSync(other)];
  if (own.uid === wanted.uid) return;
  try {
    chownSync(file, wanted.uid, wanted.gid);
  } catch (error) {
    const message = `The store belongs to another user, who could not read what this one restores. Run this as that user, or as root.`;
    throw new WeirError('store_unavailable', message, { cause: error });
  }
}

/** As {@link DatabaseCopies.replace} says. */
export function replaceDatabase(file: string, copy: string, kept: string): boolean {
  const aside = `${file}.restored-${process.pid}`;
  let old: DatabaseSync | undefined;
  try {
    const isThere = existsSync(file);
    if (isThere) old = takeAlone(file);
    copyDatabase(copy, aside);
    giveTo(aside, isThere ? file : dirname(file));
    if (isThere) nameAs(file, kept);
    // What a damaged database left beside it would be read as the new one's.
    for (const side of SIDE_FILES) if (existsSync(file + side)) renameSync(file + side, kept + side);
    renameSync(aside, file);
    flush(dirname(file));
    return isThere;
  } catch (error) {
    throw toStoreError(error, file, adviceOf);
  } finally {
    old?.close();
    rmSync(aside, { force: true });
  }
}
