/** What commands read of a configuration's store without changing anything. */
import { toldLookup } from '../config/told.ts';
import type { Config } from '../config/schema/schema.ts';
import { readInForce } from '../learning/in-force/active-versions.ts';
import type { Store } from '../store/contract/store.ts';
import { openStore, pendingMigrations } from '../store/open.ts';

/**
 * The versions in force in a configuration's store, by route. A store that is not there, or was not brought up to date yet, has none.
 * @throws {WeirError} `store_unavailable`
 */
export async function versionsInForce(config: Config): ReturnType<typeof readInForce> {
  return (await reading(config, readInForce)) ?? new Map();
}

/**
 * What the servers of a configuration told a gateway of their models, by its store.
 * @throws {WeirError} `store_unavailable`
 */
export async function toldByServers(config: Config): Promise<ReturnType<typeof toldLookup>> {
  return toldLookup(config, (await reading(config, (store) => store.servedModels())) ?? []);
}

/** @returns undefined where there is no store that can be read as it is. */
async function reading<Result>(
  { store: url }: Config,
  read: (store: Store) => Promise<Result>,
): Promise<Result | undefined> {
  if ((await pendingMigrations(url)).length > 0) return undefined;
  const store = await openStore(url);
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
