import { DIALECTS } from '../../upstream/dialects.ts';
import type { Config } from '../schema/schema.ts';
import type { Environment } from './interpolate.ts';
import type { Issue } from './problem.ts';

/** What upstreams need that is not here: packages that are not installed, credentials that are not set. */
export function missingParts({ upstreams }: Pick<Config, 'upstreams'>, environment: Environment): Issue[] {
  return Object.entries(upstreams).flatMap(([name, { dialect, baseUrl, apiKey }]): Issue[] => {
    const hasKey = apiKey !== undefined;
    const message = DIALECTS.find((known) => known.name === dialect)?.missing?.(
      { baseUrl, hasKey },
      environment,
    );
    return message === undefined ? [] : [{ path: ['upstreams', name], at: 'key', message }];
  });
}
