import { defined } from '../defined.ts';
import { CHECKS } from '../routing/provenance.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { ONE_TIER } from '../routing/rollout.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import { isAvailable } from '../routing/signals/signals.ts';
import type { ToldOfModel } from '../upstream/servers/identify.ts';
import { isPattern, matcher, patternLength } from './schema/patterns.ts';
import { contextOf, priceOf } from './prices.ts';
import type { Config } from './schema/schema.ts';
import { nearest } from './load/suggest.ts';

/** What the configuration alone does not say. */
export interface ResolverContext {
  /** Some prices of the catalogue depend on the date. */
  now: Date;
  /** The context of an upstream's model that a probe found: tokens, prompt and answer together. */
  probedContext?: (upstream: string, model: string) => number | undefined;
  /** How an upstream's model returns log-probabilities, as a probe found. */
  probedLogprobs?: (upstream: string, model: string) => 'stream' | 'plain' | 'none' | undefined;
  /** What a server told of a model when it was last read. */
  told?: (upstream: string, model: string) => ToldOfModel | undefined;
  /** Applies the version in force to its route's policy. */
  inForce?: (policy: Policy) => Policy;
}

/** What the `model` of a request means: the policy to follow, or similar names. */
export type Resolved = { policy: Policy } | { suggestions: string[] };

export interface Resolver {
  /** The routes of the configuration, by name, in its order. */
  routes: ReadonlyMap<string, Policy>;
  /** Each model as a ladder of one tier, by the model's name. */
  models: ReadonlyMap<string, Policy>;
  /** Tries route names, then names of models that may be asked by them, then exact names in `serves`, then the longest pattern. */
  resolve(name: string): Resolved;
}

const MAX_SUGGESTIONS = 3;

function tierOf(config: Config, name: string, context: ResolverContext): Tier {
  const { now, probedContext, probedLogprobs } = context;
  const model = config.models[name];
  const upstream = model === undefined ? undefined : config.upstreams[model.upstream];
  // loadConfig checks every reference, so this happens only with a Config built in code.
  if (model === undefined || upstream === undefined)
    throw new RangeError(`no model or upstream behind tier '${name}'`);
  const { params, dropParams, maxOutputTokens } = model;
  const price = priceOf(model, upstream, now);
  const probed = probedContext?.(model.upstream, model.model);
  const contextTokens = contextOf(model, upstream, { now, probed });
  const logprobs = model.logprobs ?? probedLogprobs?.(model.upstream, model.model);
  const told = context.told?.(model.upstream, model.model) ?? {};
  const hasParameters = Object.keys(params).length + dropParams.length > 0 || maxOutputTokens !== undefined;
  return defined({
    name,
    model: model.model,
    upstream: model.upstream,
    location: upstream.location,
    contextTokens,
    price,
    asking: hasParameters ? defined({ params, dropParams, maxOutputTokens }) : undefined,
    source: defined({
      identity: model.identity ?? upstream.baseUrl,
      template: told.template,
      quantization: told.quantization,
      // Who states an identity says by it which weights they are, wherever they lie.
      weights: model.identity === undefined ? told.weights : undefined,
      checks: CHECKS,
    }),
    paidSignals: model.paidSignals?.filter((signal) => isAvailable(signal, logprobs)),
    direct: model.direct ? undefined : (false as const),
  });
}

function routePolicy(config: Config, route: string, context: ResolverContext): Policy {
  const { tiers, objective, onAbstain, onLastTierFailure, data } = config.routes[route] ?? {
    tiers: [],
    onAbstain: 'serve',
    data: {},
  };
  const policy: Policy = {
    route,
    tiers: tiers.map((name) => tierOf(config, name, context)),
    rule: objective ?? ONE_TIER,
    onAbstain,
    data,
    certified: false,
  };
  // An answer that was not accepted would break the promise silently; with `onAbstain: error` none is ever served.
  const promised = objective && ruleOf(objective).objective?.(objective);
  const isPromised = promised !== undefined && 'maxQualityLoss' in promised;
  const usual = isPromised || onAbstain === 'error' ? 'error' : 'serve';
  if ((onLastTierFailure ?? usual) === 'error') policy.onLastTierFailure = 'error';
  return context.inForce?.(policy) ?? policy;
}

/** The strictest rule of all routes for each data class: asking for a model by name must not bypass a route's rules. */
function strictestData(config: Config): Policy['data'] {
  const rules = Object.values(config.routes).flatMap(({ data }) => Object.entries(data));
  return Object.fromEntries([
    ...rules.filter(([, where]) => where === 'cloud'),
    ...rules.filter(([, where]) => where !== 'cloud'),
  ]);
}

function modelPolicy(config: Config, model: string, context: ResolverContext): Policy {
  const tiers = [tierOf(config, model, context)];
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
 * Turns the configuration into policies, and finds the policy for the model name of a request.
 * @throws {RangeError} if a tier has no model or upstream, which {@link loadConfig} rules out.
 */
export function createResolver(config: Config, context: ResolverContext): Resolver {
  const routes = new Map(
    Object.keys(config.routes).map((name) => [name, routePolicy(config, name, context)]),
  );
  const models = new Map(
    Object.keys(config.models).map((name) => [name, modelPolicy(config, name, context)]),
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
  const isDirect = (model: string): boolean => config.models[model]?.direct !== false;
  const known = [...routes.keys(), ...[...models.keys()].filter(isDirect), ...exact.keys()];
  /** Where a name leads that leads to nothing: a model that is asked only through its routes, or a misspelt name. */
  const suggestionsFor = (name: string): string[] => {
    const through = models.has(name) ? Object.entries(config.routes) : [];
    const routesOf = through.filter(([, { tiers }]) => tiers.includes(name)).map(([route]) => route);
    return routesOf.length > 0
      ? routesOf.slice(0, MAX_SUGGESTIONS)
      : nearest(name, new Set(known), MAX_SUGGESTIONS);
  };

  return {
    routes,
    models,
    resolve(name) {
      const policy =
        routes.get(name) ??
        (isDirect(name) ? models.get(name) : undefined) ??
        exact.get(name) ??
        patterns.find(({ covers }) => covers(name))?.policy;
      return policy === undefined ? { suggestions: suggestionsFor(name) } : { policy };
    },
  };
}
