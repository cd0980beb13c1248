import { hashContent, type Policy } from '../routing/policy.ts';
import type { HttpContext, ListedModel, ServedRoute, ServedTier } from './context.ts';

/** What leads from a client's model name to a policy. */
export interface PolicyResolver {
  routes: ReadonlyMap<string, Policy>;
  models: ReadonlyMap<string, Policy>;
  resolve(name: string): { policy: Policy } | { suggestions: string[] };
}

export interface ServingOptions {
  /** Seconds since the epoch: models have no other date. */
  startedSeconds: number;
  /** Exact names that routes serve. */
  serves: readonly string[];
  waits(route: string): Pick<ServedRoute, 'headerWaitMs' | 'keepAliveMs'>;
  asking(tier: string): Omit<ServedTier, 'name' | 'model' | 'upstream'>;
}

/** The policies with what is needed to follow them; each made once, with its hash. */
export function createServedRoutes(
  resolver: PolicyResolver,
  options: ServingOptions,
): Pick<HttpContext, 'resolve' | 'models'> {
  const tiers = new Map<string, ServedTier>();
  const served = new Map<Policy, ServedRoute>();
  // One object a model, whichever route asks it: what a refusal teaches is learned once.
  const tierOf = ({ name, model, upstream }: Policy['tiers'][number]): ServedTier => {
    const known = tiers.get(name);
    if (known !== undefined) return known;
    const tier = { name, model, upstream, ...options.asking(name) };
    tiers.set(name, tier);
    return tier;
  };
  for (const policy of [...resolver.routes.values(), ...resolver.models.values()]) {
    const asked = policy.tiers.map(tierOf);
    // How a tier is asked changes what it answers: it belongs to the policy's identity.
    const asking = asked.map(({ maxTokensField, dropParams, params }) => ({
      maxTokensField: maxTokensField ?? null,
      dropParams,
      params: [...params],
    }));
    served.set(policy, {
      policy,
      hash: hashContent({ policy, asking }),
      tiers: asked,
      ...options.waits(policy.route),
    });
  }
  const names = new Set([...resolver.routes.keys(), ...options.serves, ...resolver.models.keys()]);
  return {
    models: [...names].map((id): ListedModel => ({
      id,
      object: 'model',
      created: options.startedSeconds,
      owned_by: 'weir',
    })),
    resolve(name) {
      const found = resolver.resolve(name);
      if (!('policy' in found)) return found;
      const route = served.get(found.policy);
      return route === undefined ? { suggestions: [] } : { route };
    },
  };
}
