/** Whole copies of a database that is a file. A server's database is copied by its own tools. */
export interface DatabaseCopies {
  /** The file that holds the database of a URL; undefined in memory, which cannot be copied. */
  file(url: string): string | undefined;
  /** The URL of the database in a file. */
  url(file: string): string;
  /**
   * Writes what is in the database `from` now to a new file that only its owner may read. Others may go on using the database.
   * @throws {WeirError} store_unavailable: `to` exists, too little room, `from` is damaged.
   */
  copy(from: string, to: string): Promise<void>;
  /**
   * Reads all of a copy and changes nothing.
   * @param of the database that it was just made of, where errors are about that.
   * @returns the number of the last migration that made its tables.
   * @throws {WeirError} store_unavailable: it is not there, damaged, no store, not as its migrations make it, or a newer Weir's.
   */
  examine(copy: string, of?: string): Promise<number>;
  /**
   * Puts what is in a copy in the place of the database `file`, all of it or nothing. What was there gets the name `kept`.
   * @returns whether anything was there.
   * @throws {WeirError} store_unavailable where another process uses it; then nothing was changed.
   */
  replace(file: string, copy: string, kept: string): Promise<boolean>;
}
