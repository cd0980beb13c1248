import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { WeirError } from '../../errors.ts';
import { megabytes } from '../../format/bytes.ts';
import { toStoreError } from '../sql/store-error.ts';
import { adviceOf, isFull } from './sqlite-errors.ts';

/** How long a copy waits for a lock. Nothing else runs on its thread meanwhile, and it hardly ever meets one. */
const WAIT_MS = 5_000;

function mustBeFile(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return;
  throw new WeirError('store_unavailable', `There is no file ${file}.`);
}

/** Opens a database that nobody uses, and changes nothing. @throws {WeirError} store_unavailable */
export function openToRead(file: string): DatabaseSync {
  mustBeFile(file);
  return new DatabaseSync(file, { readOnly: true, timeout: WAIT_MS });
}

/** Opens a database that others may be using; as the last to close it, one that may write leaves no side files. */
function openInUse(file: string): DatabaseSync {
  mustBeFile(file);
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'rw');
  return new DatabaseSync(url, { timeout: WAIT_MS });
}

/** As {@link copyDatabase}, of a database that others may read and write meanwhile. */
export function copyInUse(from: string, to: string): void {
  copyDatabase(from, to, openInUse);
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`pragma ${pragma}`).get()?.[pragma]);
}

function checkRoom(database: DatabaseSync, to: string): void {
  const pages = numberOf(database, 'page_count') - numberOf(database, 'freelist_count');
  const needed = pages * numberOf(database, 'page_size');
  const { bavail, bsize } = statfsSync(dirname(to));
  if (bavail * bsize < needed)
    throw tooLittleRoom(
      to,
      `it needs ${megabytes(needed)}, and the disk has ${megabytes(bavail * bsize)} left`,
    );
}

function tooLittleRoom(to: string, why: string): WeirError {
  const message = `There is too little room for the copy ${to}: ${why}. Free some space.`;
  return new WeirError('store_unavailable', message);
}

/** @throws {WeirError} store_unavailable, with what is wrong at that place. */
function createPart(part: string, to: string): void {
  try {
    closeSync(openSync(part, 'wx', 0o600));
  } catch (error) {
    throw new WeirError('store_unavailable', `The copy ${to} ${adviceOf(error) ?? String(error)}`, {
      cause: error,
    });
  }
}

/** Makes sure that a file, or a folder's list of files, is on the disk. */
export function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some systems cannot do this for a folder.
    if (!(error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'EPERM')))
      throw error;
  } finally {
    closeSync(handle);
  }
}

/** Gives a file a further or another name, which nothing may have yet. */
export function nameAs(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists(name);
    // A disk without links.
    if (existsSync(name)) throw exists(name);
    renameSync(file, name);
  }
}

function exists(file: string): WeirError {
  return new WeirError(
    'store_unavailable',
    `The file ${file} exists already and was not changed. Name another one.`,
  );
}

/**
 * Copies a database as it is at one moment. The copy is one file without side files. It has its name only when it is complete.
 * https://www.sqlite.org/lang_vacuum.html#vacuuminto
 * @throws {WeirError} store_unavailable
 */
export function copyDatabase(from: string, to: string, open = openToRead): void {
  if (existsSync(to)) throw exists(to);
  const part = `${to}.part-${process.pid}`;
  let database: DatabaseSync | undefined;
  try {
    database = open(from);
    createPart(part, to);
    checkRoom(database, to);
    database.prepare('vacuum into ?').run(part);
    flush(part);
    nameAs(part, to);
    flush(dirname(to));
  } catch (error) {
    if (isFull(error)) throw tooLittleRoom(to, 'the disk is full');
    throw toStoreError(error, from, adviceOf);
  } finally {
    database?.close();
    if (existsSync(part)) rmSync(part);
  }
}
