import { learningRoutes } from '../../config/learning-routes.ts';
import { createResolver } from '../../config/resolve.ts';
import { toldLookup } from '../../config/told.ts';
import type { Store } from '../../store/contract/store.ts';
import { openSaying } from '../common/open-store.ts';
import { createOperatorDesk, type OperatorDesk } from '../../learning/operators/operator-desk.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { withOpen } from '../common/exit.ts';
import { chooseTarget, type Target } from '../common/choose-target.ts';

/** What an operator's command works with. */
export interface OperatorSession extends Target {
  desk: OperatorDesk;
  store: Store;
}

/**
 * Works on a configuration's store, whether or not a gateway runs on it.
 * @param mayCreate the store is created if it is missing; otherwise that is an error.
 * @throws {CommandError}
 */
export async function withDesk(
  file: string | undefined,
  work: (session: OperatorSession) => Promise<void>,
  { mayCreate = false } = {},
): Promise<void> {
  const target = await chooseTarget(file);
  const { config } = target;
  const onStore = async (store: OperatorSession['store']): Promise<void> => {
    const told = toldLookup(config, await store.servedModels());
    const desk = createOperatorDesk({
      store,
      routes: learningRoutes(config),
      policies: createResolver(config, { now: new Date(), told }).routes,
      now: Date.now,
    });
    return work({ ...target, desk, store });
  };
  await (mayCreate
    ? withOpen(() => openSaying(config.store), onStore)
    : withExistingStore(config.store, onStore, target.file));
}
