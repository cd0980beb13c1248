import type { Policy, Tier } from '../routing/policy.ts';
import { isPattern, matcher, patternLength } from './schema/patterns.ts';
import { contextOf, priceOf } from './prices.ts';
import type { Config } from './schema/schema.ts';
import { nearest } from './load/suggest.ts';

/** What is known beside the configuration. */
export interface Surroundings {
  /** Some prices change at a date. */
  now: Date;
  /** Context in tokens, prompt and answer together, as a probe of this upstream's model saw it. */
  probedContext?: (upstream: string, model: string) => number | undefined;
  /** How log-probabilities come there, as a probe saw it. */
  probedLogprobs?: (upstream: string, model: string) => 'stream' | 'plain' | 'none' | undefined;
  /** A route's policy with the version that is in force on it. */
  inForce?: (policy: Policy) => Policy;
}

/** What the `model` of a request means: the policy to follow, or names that may have been meant. */
export type Resolved = { policy: Policy } | { suggestions: string[] };

export interface Resolver {
  /** The routes of the configuration, by name, in its order. */
  routes: ReadonlyMap<string, Policy>;
  /** Each model by itself, as a ladder of one tier, by the model's name. */
  models: ReadonlyMap<string, Policy>;
  /** Route name, then model name, then an exact `serves`, then the longest pattern. */
  resolve(name: string): Resolved;
}

const MAX_SUGGESTIONS = 3;

function tierOf(config: Config, name: string, surroundings: Surroundings): Tier {
  const { now, probedContext, probedLogprobs } = surroundings;
  const model = config.models[name];
  const upstream = model === undefined ? undefined : config.upstreams[model.upstream];
  // loadConfig has checked every reference: only a Config made by hand comes here.
  if (model === undefined || upstream === undefined)
    throw new RangeError(`no model or upstream behind tier '${name}'`);
  const { params, dropParams } = model;
  const price = priceOf(model, upstream, now);
  const probed = probedContext?.(model.upstream, model.model);
  const contextTokens = contextOf(model, upstream, { now, probed });
  const logprobs = model.logprobs ?? probedLogprobs?.(model.upstream, model.model);
  return {
    name,
    model: model.model,
    upstream: model.upstream,
    location: upstream.location,
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(price === undefined ? {} : { price }),
    ...(Object.keys(params).length + dropParams.length === 0 ? {} : { asking: { params, dropParams } }),
    ...(model.paidSignals === undefined
      ? {}
      : { paidSignals: model.paidSignals.filter((signal) => signal !== 'pTrue' || logprobs !== 'none') }),
  };
}

/** Nothing to decide: the only tier serves. */
const ONE_TIER: Policy['rule'] = { kind: 'thresholds', thresholds: [], withoutConfidence: 'escalate' };

function routePolicy(config: Config, route: string, surroundings: Surroundings): Policy {
  const { tiers, objective, onAbstain, data } = config.routes[route] ?? {
    tiers: [],
    onAbstain: 'serve',
    data: {},
  };
  const policy: Policy = {
    route,
    tiers: tiers.map((name) => tierOf(config, name, surroundings)),
    rule: objective ?? ONE_TIER,
    onAbstain,
    data,
    certified: false,
  };
  return surroundings.inForce?.(policy) ?? policy;
}

/** The strictest rule of any route for each data class: naming a model must not be a way around a route's rules. */
function strictestData(config: Config): Policy['data'] {
  const rules = Object.values(config.routes).flatMap(({ data }) => Object.entries(data));
  return Object.fromEntries([
    ...rules.filter(([, where]) => where === 'cloud'),
    ...rules.filter(([, where]) => where !== 'cloud'),
  ]);
}

function modelPolicy(config: Config, model: string, surroundings: Surroundings): Policy {
  const tiers = [tierOf(config, model, surroundings)];
  return {
    route: model,
    tiers,
    rule: ONE_TIER,
    onAbstain: 'serve',
    data: strictestData(config),
    certified: false,
  };
}

/**
 * The configuration as policies, and the way from a client's model name to one.
 * @throws {RangeError} where a tier has no model or upstream, which {@link loadConfig} refuses.
 */
export function createResolver(config: Config, surroundings: Surroundings): Resolver {
  const routes = new Map(
    Object.keys(config.routes).map((name) => [name, routePolicy(config, name, surroundings)]),
  );
  const models = new Map(
    Object.keys(config.models).map((name) => [name, modelPolicy(config, name, surroundings)]),
  );
  const served = Object.entries(config.routes).flatMap(([route, { serves }]) =>
    serves.map((name) => ({ route, name })),
  );
  const exact = new Map(
    served.filter(({ name }) => !isPattern(name)).map(({ route, name }) => [name, routes.get(route)]),
  );
  const patterns = served
    .filter(({ name }) => isPattern(name))
    .toSorted((a, b) => patternLength(b.name) - patternLength(a.name))
    .map(({ route, name }) => ({ covers: matcher(name), policy: routes.get(route) }));
  const known = [...routes.keys(), ...models.keys(), ...exact.keys()];

  return {
    routes,
    models,
    resolve(name) {
      const policy =
        routes.get(name) ??
        models.get(name) ??
        exact.get(name) ??
        patterns.find(({ covers }) => covers(name))?.policy;
      return policy === undefined
        ? { suggestions: nearest(name, new Set(known), MAX_SUGGESTIONS) }
        : { policy };
    },
  };
}
