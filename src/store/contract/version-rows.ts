/** A version as the store keeps it: content that never changes, and who put it there. */
export interface VersionRow {
  /** Of the content, 12 hexadecimal digits. */
  hash: string;
  route: string;
  /** JSON: what it was solved for. Part of the content, and beside it so that a list need not read the content. */
  objective: string;
  /** JSON, part of the content too; absent where it is not certified. */
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

/** Who does something, and when. */
export interface Hand {
  by: string;
  atMs: number;
}

/** Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface VersionStore {
  /** Keeps a version, as a candidate. @returns false where the same content is there already. */
  saveVersion(version: VersionRow): Promise<boolean>;
  /** Newest first. */
  versions(filter?: { route?: string }): Promise<ListedVersion[]>;
  /**
   * One version, by its hash or the first characters of it.
   * @throws {WeirError} invalid_request where they fit several.
   */
  version(hashOrPrefix: string): Promise<(VersionRow & { state: VersionState }) | undefined>;
  /** Hash of the version in force, by route; routes without one are not there. Cheap, made for polling. */
  activeVersions(): Promise<ReadonlyMap<string, string>>;
  /**
   * Puts a version in force in place of the one that is: all at once. One that is in force already stays, without a step.
   * @param hash in full. @throws {WeirError} invalid_request where there is no such version.
   */
  promoteVersion(hash: string, hand: Hand): Promise<VersionStep | undefined>;
  /**
   * Puts in force again what was in force before the present version: an earlier one, or none. What an earlier step
   * went back behind, alone or with others, does not come back so.
   * @throws {WeirError} invalid_request where none is in force.
   */
  rollbackVersion(route: string, hand: Hand): Promise<VersionStep>;
  /** Every step of a route, the first one first. */
  versionSteps(route: string): Promise<VersionStep[]>;
}
