import { isLoopback } from '../schema/listen.ts';
import type { Issue } from './problem.ts';
import type { Config } from '../schema/schema.ts';

function ofUpstreams(config: Config): Issue[] {
  const used = new Set(Object.values(config.models).map(({ upstream }) => upstream));
  return Object.entries(config.upstreams).flatMap(([name, { baseUrl, apiKey, headers }]): Issue[] => {
    const url = new URL(baseUrl);
    const credential = apiKey !== undefined || Object.keys(headers).length > 0;
    return [
      ...(used.has(name)
        ? []
        : [{ path: ['upstreams', name], message: 'no model uses this upstream', at: 'key' as const }]),
      ...(credential && url.protocol === 'http:' && !isLoopback(url.hostname)
        ? [
            {
              path: ['upstreams', name, 'baseUrl'],
              message:
                'credentials travel unencrypted over http://; use https:// where the network is not yours',
            },
          ]
        : []),
    ];
  });
}

/** A name finds a route first, then a model: what a route `serves` under such a name is never reached. */
function ofServes(config: Config): Issue[] {
  return Object.entries(config.routes).flatMap(([route, { serves }]) =>
    serves.flatMap((name, index): Issue[] => {
      const owner = Object.hasOwn(config.routes, name)
        ? 'route'
        : Object.hasOwn(config.models, name)
          ? 'model'
          : undefined;
      if (owner === undefined || (owner === 'route' && name === route)) return [];
      return [
        {
          path: ['routes', route, 'serves', index],
          message: `this is never reached: a ${owner} has that name, and comes first`,
        },
      ];
    }),
  );
}

function ofData(config: Config): Issue[] {
  return Object.entries(config.routes).flatMap(([route, { data, tiers }]) => {
    const locations = tiers.map((tier) => config.upstreams[config.models[tier]?.upstream ?? '']?.location);
    if (locations.includes('on-premises')) return [];
    return Object.entries(data)
      .filter(([, where]) => where === 'on-premises')
      .map(([name]): Issue => ({
        path: ['routes', route, 'data', name],
        message: 'no tier of this route is on-premises: every request of this data class will be refused',
      }));
  });
}

/** Models think well of their own answers. */
function ofJudge({ learning, models, routes }: Config): Issue[] {
  const judge = models[learning?.judge ?? ''];
  if (judge === undefined) return [];
  const judged = Object.entries(routes).flatMap(([route, { tiers }]) =>
    tiers
      .slice(0, -1)
      .filter((tier) => models[tier]?.upstream === judge.upstream && models[tier].model === judge.model)
      .map((tier) => `${tier} of route '${route}'`),
  );
  if (judged.length === 0) return [];
  const message = `this model judges its own answers (${judged.join(', ')}); a model that is no tier, or a last one, judges better`;
  return [{ path: ['learning', 'judge'], message }];
}

/** What is allowed, and probably not meant. */
export function warningsOf(config: Config): Issue[] {
  return [...ofUpstreams(config), ...ofServes(config), ...ofData(config), ...ofJudge(config)];
}
