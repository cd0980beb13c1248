import type { Compilable, Kysely } from 'kysely';
import type { Batch } from '../contract/store.ts';
import type { Tables } from './tables.ts';

/** Runs a query at once. @returns its rows, none for one that returns nothing. */
export type Run = <Row>(query: Compilable<Row>) => Row[];

/** What a kind of database must be able to do; the store's queries are the same over all of them. */
export interface Connection {
  /** The store as its owner knows it: the path, never a URL with a password. */
  readonly where: string;
  readonly kysely: Kysely<Tables>;
  /**
   * Runs one statement's work: waits, without blocking the event loop, for a lock that somebody else holds.
   * @throws {WeirError} for every failure, in the store's terms.
   */
  guarded: <T>(work: () => T | Promise<T>) => Promise<T>;
  /**
   * Runs `work` in one transaction beside which no other process writes: all of it or nothing.
   * Nothing else may use this connection meanwhile.
   */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /**
   * Runs `work` in one transaction beside which nobody else writes, in one turn of the event loop: all of it or nothing.
   * @throws {WeirError} as `guarded` does, and what `work` throws of that kind.
   */
  atomically: <T>(work: (run: Run) => T) => Promise<T>;
  /** All of the batch or nothing; the fastest way this database knows. */
  write: (batch: Batch) => Promise<void>;
  /** Changes whenever another connection committed. */
  changeCounter: () => Promise<number>;
  /** @throws {WeirError} unless the store can be read and written. */
  ping: () => Promise<void>;
  close: () => Promise<void>;
}
