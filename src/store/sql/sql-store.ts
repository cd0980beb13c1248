import type { Store } from '../contract/store.ts';
import { defined } from '../../defined.ts';
import type { StoreConnection } from './connection.ts';
import { jobQueries } from './jobs.ts';
import { keptQueries } from './kept-answers.ts';
import { keyQueries } from './keys.ts';
import { learningQueries } from './learning.ts';
import { outcomeQueries } from './outcomes.ts';
import { probeQueries } from './probes.ts';
import { rolloutQueries } from './rollouts.ts';
import { runQueries } from './runs.ts';
import { sourceQueries } from './sources.ts';
import { versionQueries } from './versions.ts';

/** The store over a connection whose tables are up to date. */
export function createSqlStore(connection: StoreConnection): Store {
  const { where, shared, secretFile, changeCounter, ping, close } = connection;
  return {
    ...defined({ where, shared, secretFile }),
    ...outcomeQueries(connection),
    ...keyQueries(connection),
    ...probeQueries(connection),
    ...runQueries(connection),
    ...sourceQueries(connection),
    ...versionQueries(connection),
    ...rolloutQueries(connection),
    ...learningQueries(connection),
    ...jobQueries(connection),
    ...keptQueries(connection),
    changeCounter,
    ping,
    close,
  };
}
