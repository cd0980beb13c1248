import type { PromotedVersion } from '../routing/apply-version.ts';
import type { VersionStore } from '../store/version-rows.ts';
import { readVersion } from './kept-version.ts';

/** What is in force in a store, read and checked, as it was when it was last looked at. */
export interface ActiveVersions {
  of(route: string): PromotedVersion | undefined;
  /**
   * Looks whether something else is in force now; cheap where nobody wrote.
   * @returns the routes on which it is. @throws {WeirError} store_unavailable; then what was known stays.
   */
  refresh(options?: { evenIfNobodyElseWrote: boolean }): Promise<string[]>;
}

type Versions = Pick<VersionStore, 'activeVersions' | 'version'> & {
  /** Changes whenever another process wrote. */
  changeCounter(): Promise<number>;
};

/** @throws {WeirError} store_unavailable */
export async function createActiveVersions(store: Versions): Promise<ActiveVersions> {
  let known: ReadonlyMap<string, PromotedVersion> = new Map();
  let counter: number | undefined;

  async function read(hash: string): Promise<PromotedVersion> {
    const row = await store.version(hash);
    return {
      hash,
      read:
        row === undefined ? { problem: `version ${hash} is not in the store any more` } : readVersion(row),
    };
  }

  async function refresh({ evenIfNobodyElseWrote } = { evenIfNobodyElseWrote: false }): Promise<string[]> {
    // Asked before the rows are read: what is written meanwhile is looked at the next time.
    const now = await store.changeCounter();
    if (now === counter && !evenIfNobodyElseWrote) return [];
    const active = await store.activeVersions();
    const next = new Map<string, PromotedVersion>();
    for (const [route, hash] of active) {
      const before = known.get(route);
      next.set(route, before?.hash === hash ? before : await read(hash));
    }
    const changed = [...new Set([...known.keys(), ...next.keys()])].filter(
      (route) => known.get(route)?.hash !== next.get(route)?.hash,
    );
    known = next;
    counter = now;
    return changed;
  }

  await refresh();
  return { of: (route) => known.get(route), refresh };
}
