import { learningRoutes } from '../../config/learning-routes.ts';
import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { openStore } from '../../store/open.ts';
import { createOperatorDesk, type OperatorDesk } from '../../learning/operators/operator-desk.ts';
import { withOpen } from '../common/exit.ts';
import { readConfigOrDemonstration } from '../common/read-config.ts';

/** What an operator's command works with. */
export interface OperatorSession {
  desk: OperatorDesk;
  store: Awaited<ReturnType<typeof openStore>>;
  config: Config;
}

/** Works on a configuration's store, whether or not a gateway runs on it. @throws {CommandError} */
export function withDesk(
  file: string | undefined,
  work: (session: OperatorSession) => Promise<void>,
): Promise<void> {
  const config = readConfigOrDemonstration(file);
  return withOpen(
    () => openStore(config.store),
    async (store) => {
      const desk = createOperatorDesk({
        store,
        routes: learningRoutes(config),
        policies: createResolver(config, { now: new Date() }).routes,
        now: Date.now,
      });
      await work({ desk, store, config });
    },
  );
}
