import type { Expression, Kysely, Transaction } from 'kysely';
import type { StoreLocation } from '../contract/location.ts';
import type { Batch } from '../contract/store.ts';
import type { Tables } from './tables.ts';

/** What a database must be able to do; the store's queries are the same over all of them. */
export interface StoreConnection extends StoreLocation {
  /**
   * Runs queries outside a transaction. While one is open on the same connection, they wait for its end. Whole numbers come
   * back as numbers, of columns, counts and sums alike, exact up to 2^53: the engine converts them.
   */
  readonly kysely: Kysely<Tables>;
  /** The database's clock, in whole milliseconds since 1970: the one that every process on the store agrees on. */
  readonly now: Expression<number>;
  /**
   * A number so low that no transaction which is still open, or comes later, adds an audit with it or a lower one. Who reads
   * audits up to it, and later goes on from there, misses none, although transactions may commit in another order than they
   * took their numbers. Asked before the audits are read.
   */
  settledUpTo: () => Promise<number>;
  /**
   * Runs statements outside a transaction: waits, without blocking the event loop, for a lock that another connection holds.
   * @param work runs again from its start where a lock was in its way.
   * @throws {WeirError} for every failure, in the store's terms.
   */
  guarded: <T>(work: () => T | Promise<T>) => Promise<T>;
  /**
   * Runs `work` in one transaction: all of it or nothing, as if no other transaction of any process ran beside it. Those of one
   * connection queue, in the order in which they were asked for; one that fails is undone alone, and the queue goes on.
   * @param work asks the database by its transaction alone, and awaits nothing else: everybody waits for it. It has no other
   * effect, since it runs again from its start where another process was in its way.
   * @throws {WeirError} as `guarded` does, and what `work` throws of that kind. `internal_error` where `work` uses the
   * connection itself, which would wait for its own end.
   */
  atomically: <T>(work: (transaction: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** All of the batch or nothing; the fastest way that this database knows. */
  write: (batch: Batch) => Promise<void>;
  /** Changes whenever another connection committed. */
  changeCounter: () => Promise<number>;
  /** @throws {WeirError} unless the store can be read and written. */
  ping: () => Promise<void>;
  close: () => Promise<void>;
}
