import { configuredShare } from '../configured-share.ts';
import { priceOf } from '../prices.ts';
import { isLoopback } from '../../upstream/transport/loopback.ts';
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
              message: 'http:// sends credentials unencrypted; use https:// unless the network is your own',
            },
          ]
        : []),
    ];
  });
}

/** A name means a route first, then a model. `serves` has no effect for such a name. */
function ofServes(config: Config): Issue[] {
  return Object.entries(config.routes).flatMap(([route, { serves }]) =>
    serves.flatMap((name, index): Issue[] => {
      const owner = Object.hasOwn(config.routes, name)
        ? 'route'
        : Object.hasOwn(config.models, name) && config.models[name]?.direct === true
          ? 'model'
          : undefined;
      if (owner === undefined || (owner === 'route' && name === route)) return [];
      return [
        {
          path: ['routes', route, 'serves', index],
          message: `this has no effect: a ${owner} has the same name and takes precedence`,
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
        message: 'no tier of this route is on-premises, so every request of this data class is refused',
      }));
  });
}

/** Models favour their own answers. */
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
  const message = `this model would judge its own answers (${judged.join(', ')}), which models favour; choose a model that is not a tier, or only a last tier`;
  return [{ path: ['learning', 'judge'], message }];
}

/** A key that goes: what it does until then, and what takes its place. */
function ofAllowances({ upstreams }: Config): Issue[] {
  return Object.entries(upstreams).flatMap(([name, { failureAllowancePerHour: perHour }]): Issue[] => {
    if (perHour === undefined) return [];
    const message =
      `this key is deprecated and goes in the next release; until then at most ${perHour} requests an hour go on because this upstream failed. ` +
      'Remove it, and limit money instead: `routes.*.onTierFailure.maxExtraUsdPerHour`';
    return [{ path: ['upstreams', name, 'failureAllowancePerHour'], message, at: 'key' }];
  });
}

/** What costs nobody knows how much cannot be kept to a limit. */
function ofTierFailures({ routes, models, upstreams }: Config): Issue[] {
  const now = new Date();
  return Object.entries(routes).flatMap(([route, { tiers, onTierFailure, onLastTierFailure }]): Issue[] => {
    if (tiers.length < 2) {
      const keys = Object.entries({ onTierFailure, onLastTierFailure }).filter(
        ([, value]) => value !== undefined,
      );
      const message = 'this has no effect: the route has one tier';
      return keys.map(([key]) => ({ path: ['routes', route, key], message, at: 'key' }));
    }
    if (onTierFailure === undefined) return [];
    const path = ['routes', route, 'onTierFailure'];
    return tiers.slice(1).flatMap((tier): Issue[] => {
      const model = models[tier];
      const upstream = upstreams[model?.upstream ?? ''];
      if (model === undefined || upstream === undefined || priceOf(model, upstream, now) !== undefined)
        return [];
      const message = `the price of ${tier} is not known, so what it costs in the place of a tier that failed does not count; set \`models.${tier}.price\``;
      return [{ path: [...path, 'maxExtraUsdPerHour'], message }];
    });
  });
}

/** A route that observes, or serves a part, and what keeps that from having an effect. */
function ofRollouts({ routes, learning }: Config): Issue[] {
  return Object.entries(routes).flatMap(([name, route]): Issue[] => {
    const key = route.mode === 'observe' ? 'mode' : 'rollout';
    if (configuredShare(route) === 1) return [];
    const path = ['routes', name, key];
    if (route.tiers.length < 2)
      return [{ path, message: 'this has no effect: the route has one tier', at: 'key' }];
    if (learning !== undefined && learning.dailyBudgetUsd > 0) return [];
    const message =
      learning === undefined
        ? 'nothing is observed, because the configuration has no `learning` block: no other tier is asked in the background; add `learning: {}`, or better `learning: { agreement: exact }` or `learning: { judge: NAME }`'
        : 'nothing is observed, because `learning.dailyBudgetUsd` is 0; set it to what audits may cost per day';
    return [{ path, message }];
  });
}

const CHAT_SERVICE = /(?:^|\.)(?:slack\.com|mattermost\.com)$/;

function ofAlarms({ alarms }: Config): Issue[] {
  return alarms.flatMap(({ webhook, token, format }, index): Issue[] => {
    const { protocol, hostname } = new URL(webhook.reveal());
    return [
      ...(token !== undefined && protocol === 'http:' && !isLoopback(hostname)
        ? [
            {
              path: ['alarms', index, 'webhook'],
              message: 'http:// sends the token unencrypted; use https:// unless the network is your own',
            },
          ]
        : []),
      ...(format === 'json' && CHAT_SERVICE.test(hostname)
        ? [{ path: ['alarms', index], message: 'this service shows a text only; add `format: slack`' }]
        : []),
    ];
  });
}

/** What is allowed but probably not intended. */
export function warningsOf(config: Config): Issue[] {
  return [
    ...ofUpstreams(config),
    ...ofServes(config),
    ...ofData(config),
    ...ofJudge(config),
    ...ofAllowances(config),
    ...ofTierFailures(config),
    ...ofRollouts(config),
    ...ofAlarms(config),
  ];
}
