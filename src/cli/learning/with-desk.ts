import { learningRoutes } from '../../config/learning-routes.ts';
import { createResolver } from '../../config/resolve.ts';
import { toldLookup } from '../../config/told.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { Store } from '../../store/contract/store.ts';
import { openSaying } from '../common/open-store.ts';
import { createOperatorDesk, type OperatorDesk } from '../../learning/operators/operator-desk.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { withOpen } from '../common/exit.ts';
import { readRoutesOrDemonstration } from '../common/read-config.ts';

/** What an operator's command works with. */
export interface OperatorSession {
  desk: OperatorDesk;
  store: Store;
  config: Config;
}

/**
 * Works on a configuration's store, whether or not a gateway runs on it.
 * @param mayCreate the store is created if it is missing; otherwise that is an error.
 * @throws {CommandError}
 */
export function withDesk(
  file: string | undefined,
  work: (session: OperatorSession) => Promise<void>,
  { mayCreate = false } = {},
): Promise<void> {
  const config = readRoutesOrDemonstration(file);
  const onStore = async (store: OperatorSession['store']): Promise<void> => {
    const told = toldLookup(config, await store.servedModels());
    const desk = createOperatorDesk({
      store,
      routes: learningRoutes(config),
      policies: createResolver(config, { now: new Date(), told }).routes,
      now: Date.now,
    });
    return work({ desk, store, config });
  };
  return mayCreate
    ? withOpen(() => openSaying(config.store), onStore)
    : withExistingStore(config.store, onStore);
}
