import { learningRoutes } from '../../config/learning-routes.ts';
import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { WeirError } from '../../errors.ts';
import { openStore } from '../../gateway/gateway.ts';
import { createPeople, type People } from '../../learning/operators/operator-desk.ts';
import { demonstrationConfig } from '../common/demonstration.ts';
import { failed } from '../common/exit.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

export interface Desk {
  people: People;
  store: Awaited<ReturnType<typeof openStore>>;
  config: Config;
}

/** Work on the store of a configuration, whether a gateway runs on it or not. @throws {CommandError} */
export async function withPeople(
  file: string | undefined,
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  const found = findConfig(file);
  const config = found === undefined ? demonstrationConfig(process.cwd()) : readConfig(found);
  try {
    const store = await openStore(config);
    try {
      const people = createPeople({
        store,
        routes: learningRoutes(config),
        policies: createResolver(config, { now: new Date() }).routes,
        now: Date.now,
      });
      await work({ people, store, config });
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}
