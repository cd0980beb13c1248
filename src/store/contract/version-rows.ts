/** A version as the store keeps it: content that never changes, and who put it there. */
export interface VersionRow {
  /** Of the content, 12 hexadecimal digits. */
  hash: string;
  route: string;
  /** JSON: what it was solved for. Repeated from the content, so that a list need not read that. */
  objective: string;
  /** JSON, repeated from the content; absent where the version is not certified. */
  certificate?: string;
  /** The version that was in force when this one was made. */
  parent?: string;
  createdBy: string;
  createdAtMs: number;
  /** JSON of the whole version. */
  content: string;
}

/** `candidate`: was never in force; `active`: is; `retired`: was. */
export type VersionState = 'candidate' | 'active' | 'retired';

/** A version in a list. */
export type ListedVersion = Omit<VersionRow, 'content'> & { state: VersionState };

/** One change of what is in force on a route. */
export interface VersionStep {
  route: string;
  /** 1, 2, … on each route. */
  number: number;
  action: 'promote' | 'rollback';
  /** In force from now on; absent where none is. */
  version?: string;
  /** In force until now; absent where none was. */
  replaced?: string;
  takenBy: string;
  takenAtMs: number;
}

/** Who did something, and when. */
export interface Stamp {
  by: string;
  atMs: number;
}

/** Versions, and which of them is in force. Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface VersionStore {
  /** Adds a version as a candidate. @returns false where the same content is in the store already. */
  saveVersion(version: VersionRow): Promise<boolean>;
  /** Newest first. */
  versions(filter?: { route?: string }): Promise<ListedVersion[]>;
  /**
   * One version, by its hash or the first characters of it.
   * @throws {WeirError} invalid_request where several versions begin with these.
   */
  version(hashOrPrefix: string): Promise<(VersionRow & { state: VersionState }) | undefined>;
  /** Hash of the version in force, by route; routes without one are left out. Cheap enough to poll. */
  activeVersions(): Promise<ReadonlyMap<string, string>>;
  /**
   * Puts a version in force in place of the present one, in one step. A version that is in force already stays, without a step.
   * @param hash in full. @throws {WeirError} invalid_request where there is no such version.
   */
  promoteVersion(hash: string, stamp: Stamp): Promise<VersionStep | undefined>;
  /**
   * Puts back in force what was in force before the present version: an earlier version, or none. Versions that an earlier
   * rollback left are skipped.
   * @throws {WeirError} invalid_request where none is in force.
   */
  rollbackVersion(route: string, stamp: Stamp): Promise<VersionStep>;
  /** Every step of a route, the first one first. */
  versionSteps(route: string): Promise<VersionStep[]>;
}
