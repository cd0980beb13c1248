/** Where a store keeps its rows, as far as its URL says. */
export interface StoreLocation {
  /** For people: the path of a file, or `in memory`. Never a URL, which may contain a password. */
  readonly where: string;
  /** Another thread or process that opens the same URL sees the same rows; false in memory. */
  readonly shared: boolean;
  /** A file beside the database, for the secret that its hashes are keyed with; absent where the database is no file. */
  readonly secretFile?: string;
}
