import type { StoreLocation } from '../contract/location.ts';
import type { StoreConnection } from './connection.ts';

/**
 * A kind of database that can hold a store. One object each, listed in `store/engines.ts`; the queries and tables here
 * are the same over all of them.
 */
export interface StoreEngine {
  /** What its URLs begin with, before the colon: `sqlite`. */
  schemes: readonly string[];
  /** How its URLs look, for messages: `'sqlite:' and a path, such as 'sqlite:./weir.db'`. */
  form: string;
  /** Whether this is a complete URL of the engine; its scheme fits already. */
  accepts(url: string): boolean;
  /** The URL with a relative path resolved against `folder`; the same URL where it names no path. */
  resolve(url: string, folder: string): string;
  /** What the URL alone says of the location. Opens nothing. */
  locate(url: string): StoreLocation;
  /**
   * Whether there is a database already. Creates nothing.
   * @throws {WeirError} store_unavailable where there is none and none could be created.
   */
  exists(url: string): boolean | Promise<boolean>;
  /**
   * Connects, and creates the database where it is missing and the engine can; makes no tables.
   * @throws {WeirError} store_unavailable, with what to do; never with the URL.
   */
  connect(url: string): Promise<StoreConnection>;
}
