import type { ColumnDefinitionBuilder, Expression, Kysely, Transaction } from 'kysely';
import type { StoreLocation } from '../contract/location.ts';
import type { Batch } from '../contract/store.ts';
import type { Tables } from './tables.ts';

/** Declares a table's primary key as an `integer` that the database counts up: with gaps, and no number twice. */
export type DeclareAutoNumbered = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

/** What an engine's connection must be able to do. The store's queries are the same over all engines; what is not, is here. */
export interface StoreConnection extends StoreLocation {
  /**
   * Runs queries outside a transaction. While a transaction is open on the same connection, they wait for its end. The engine
   * returns integers as numbers, exact up to 2^53: those of columns, counts and sums alike.
   */
  readonly kysely: Kysely<Tables>;
  /** The database's clock in whole milliseconds since 1970: the only clock that all processes on the store share. */
  readonly now: Expression<number>;
  /**
   * How migrations declare a column that the database numbers, which databases write in different ways: `autoincrement` in
   * SQLite, an identity in PostgreSQL. It never changes, because stores that exist have the column as it was.
   */
  readonly autoNumbered: DeclareAutoNumbered;
  /**
   * The number up to which audits are settled: no open or later transaction can still add an audit with this number or a
   * lower one. Transactions may commit in a different order than they took their numbers, so a reader that wants to continue
   * later must stop here. Ask before reading the audits.
   */
  settledUpTo: () => Promise<number>;
  /**
   * Runs statements outside a transaction. Waits for locks of other connections without blocking the event loop.
   * @param work runs again from its start after a lock stopped it.
   * @throws {WeirError} for every failure, in the store's terms.
   */
  guarded: <T>(work: () => T | Promise<T>) => Promise<T>;
  /**
   * Runs `work` in a transaction, as a whole or not at all, and as if no other transaction ran beside it. Transactions of one
   * connection queue in the order of the calls. One that fails is rolled back alone, and the queue continues.
   * @param work queries only through the transaction, and awaits nothing else, because everything on this connection waits for it.
   * It has no other effects, because it runs again from its start after a conflict with another process.
   * @throws {WeirError} as `guarded` does, and any that `work` throws. `internal_error` where `work` uses the connection
   * itself, which would wait for its own end.
   */
  atomically: <T>(work: (transaction: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** Writes all of the batch or nothing, in the fastest way that the database offers. */
  write: (batch: Batch) => Promise<void>;
  /** Changes whenever another connection has committed. */
  changeCounter: () => Promise<number>;
  /** As {@link Store.ping}. */
  ping: () => Promise<string | undefined>;
  close: () => Promise<void>;
}
