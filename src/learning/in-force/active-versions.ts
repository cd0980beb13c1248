import type { PromotedVersion } from '../../routing/apply-version.ts';
import type { JobRow } from '../../store/contract/learning-rows.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import { readVersion } from '../versions/kept-version.ts';
import { lapseAmong } from './lapse.ts';

/** What was in force in a store at the last look, read and checked. */
export interface ActiveVersions {
  of(route: string): PromotedVersion | undefined;
  /**
   * Checks whether something else is in force now, or a certificate has lapsed. Cheap where no other process has written.
   * @returns the routes that changed. @throws {WeirError} store_unavailable; then nothing changes.
   */
  refresh(options?: { evenIfUnchanged: boolean }): Promise<string[]>;
}

type Versions = Pick<VersionStore, 'activeVersions' | 'version'> & {
  /** The jobs of learning, whose states say which certificates have lapsed. */
  jobs(): Promise<readonly Pick<JobRow, 'name' | 'state'>[]>;
};

/** What is in force, by route. @param known versions that need not be read again. @throws {WeirError} store_unavailable */
export async function readInForce(
  store: Versions,
  known: ReadonlyMap<string, PromotedVersion> = new Map(),
): Promise<ReadonlyMap<string, PromotedVersion>> {
  const active = await store.activeVersions();
  const jobs = active.size === 0 ? [] : await store.jobs();
  const inForce = new Map<string, PromotedVersion>();
  for (const [route, hash] of active) {
    const before = known.get(route);
    const read = before?.hash === hash ? before.read : await readKept(store, hash);
    const lapse = 'version' in read ? lapseAmong(jobs, read.version) : undefined;
    inForce.set(route, { hash, read, ...(lapse === undefined ? {} : { lapsed: lapse.why }) });
  }
  return inForce;
}

async function readKept(store: Versions, hash: string): Promise<PromotedVersion['read']> {
  const row = await store.version(hash);
  return row === undefined ? { problem: `version ${hash} is no longer in the store` } : readVersion(row);
}

/** @throws {WeirError} store_unavailable */
export async function createActiveVersions(
  store: Versions & {
    /** Changes whenever another process writes. */
    changeCounter(): Promise<number>;
  },
): Promise<ActiveVersions> {
  let known: ReadonlyMap<string, PromotedVersion> = new Map();
  let counter: number | undefined;

  async function refresh({ evenIfUnchanged } = { evenIfUnchanged: false }): Promise<string[]> {
    // Read before the rows: what is written in between is noticed the next time.
    const now = await store.changeCounter();
    if (now === counter && !evenIfUnchanged) return [];
    const next = await readInForce(store, known);
    const changed = [...new Set([...known.keys(), ...next.keys()])].filter((route) => {
      const [was, is] = [known.get(route), next.get(route)];
      return was?.hash !== is?.hash || was?.lapsed !== is?.lapsed;
    });
    known = next;
    counter = now;
    return changed;
  }

  await refresh();
  return { of: (route) => known.get(route), refresh };
}
