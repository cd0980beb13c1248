import { hashContent } from '../routing/hash-content.ts';
import type { ServedModelRow } from '../store/contract/source-rows.ts';
import type { ToldOfModel } from '../upstream/servers/identify.ts';
import type { ResolverContext } from './resolve.ts';
import type { Config, UpstreamConfig } from './schema/schema.ts';

/** Which server was asked, to be kept with what was found out: another one under the same name was never asked. */
export function serverHash({ baseUrl, dialect }: Pick<UpstreamConfig, 'baseUrl' | 'dialect'>): string {
  return hashContent({ baseUrl, dialect });
}

/** What the servers of a configuration told of their models, by what the store has of it. */
export function toldLookup(
  config: Config,
  rows: readonly ServedModelRow[],
): NonNullable<ResolverContext['told']> {
  return (upstream, model) => {
    const row = rows.find((each) => each.upstream === upstream && each.model === model);
    const configured = config.upstreams[upstream];
    return row === undefined || configured === undefined || row.server !== serverHash(configured)
      ? undefined
      : // The gateway wrote it.
        (JSON.parse(row.details) as ToldOfModel);
  };
}
