import type { StoreLocation } from '../contract/location.ts';
import type { StoreConnection } from './connection.ts';
import type { DatabaseCopies } from './copies.ts';

/** A kind of database that can hold a store: one object each, listed in `store/engines.ts`. */
export interface StoreEngine {
  /** What its URLs begin with, before the colon: `sqlite`. */
  schemes: readonly string[];
  /** What its URLs look like, for messages: `'sqlite:' and a path, such as 'sqlite:./weir.db'`. */
  form: string;
  /** Whether the URL is complete. Its scheme is one of the engine's. */
  accepts(url: string): boolean;
  /** The URL with its relative path resolved against `folder`; unchanged where there is none. */
  resolve(url: string, folder: string): string;
  /** Where the store is, as far as the URL says. Opens nothing. */
  locate(url: string): StoreLocation;
  /**
   * Whether the database exists. Creates nothing.
   * @throws {WeirError} store_unavailable where it does not exist and cannot be created.
   */
  exists(url: string): boolean | Promise<boolean>;
  /**
   * Connects, and creates a missing database where the engine can. Creates no tables.
   * @throws {WeirError} store_unavailable, with what to do and without the URL.
   */
  connect(url: string): Promise<StoreConnection>;
  /** How its databases are copied and put back; absent where that is left to tools of their own. */
  copies?: DatabaseCopies;
}
