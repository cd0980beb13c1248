import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import { hashContent, type Policy } from '../routing/policy.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import type { HttpContext, ListedModel, ServedRoute, ServedTier } from '../request/context.ts';

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
  /** What the answers of a route or a model are judged by. */
  confidenceModel(route: string): ConfidenceModel;
  /** Tiers that were served before, by their names: what a refusal taught about them is not forgotten. */
  known?: Map<string, ServedTier>;
}

/** The policies with what is needed to follow them; each made once, with its hash. */
export function createServedRoutes(
  resolver: PolicyResolver,
  options: ServingOptions,
): Pick<HttpContext, 'resolve' | 'models'> & {
  /** A model by itself, whatever routes there are. */
  modelNamed(name: string): ServedRoute | undefined;
} {
  const tiers = options.known ?? new Map<string, ServedTier>();
  const modelIds = new Map<ConfidenceModel, string>();
  const idOf = (model: ConfidenceModel): string => {
    const id = modelIds.get(model) ?? `${model.name}@${hashContent(model)}`;
    modelIds.set(model, id);
    return id;
  };
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
    const confidenceModel = options.confidenceModel(policy.route);
    served.set(policy, {
      policy,
      hash: hashContent({ policy: identityOf(policy), asking }),
      tiers: asked,
      ...options.waits(policy.route),
      confidenceModel,
      confidenceModelId: idOf(confidenceModel),
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
    modelNamed(name) {
      const policy = resolver.models.get(name);
      return policy === undefined ? undefined : served.get(policy);
    },
    resolve(name) {
      const found = resolver.resolve(name);
      if (!('policy' in found)) return found;
      const route = served.get(found.policy);
      return route === undefined ? { suggestions: [] } : { route };
    },
  };
}

/** The policy without what changes no decision. */
function identityOf(policy: Policy): Policy {
  const rule = ruleOf(policy.rule).identity?.(policy.rule);
  return rule === undefined ? policy : { ...policy, rule };
}
