import { defined } from '../defined.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import { hashContent } from '../routing/hash-content.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { lastAlone } from '../routing/rollout.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import type { Rollout, ServedModel, ServedRoute } from '../request/served-route.ts';
import type { RequestContext } from '../request/request-context.ts';
import { DEFAULT_DIALECT } from '../upstream/dialects.ts';

/** Finds the policy that a client's model name means. */
export interface PolicyResolver {
  routes: ReadonlyMap<string, Policy>;
  models: ReadonlyMap<string, Policy>;
  resolve(name: string): { policy: Policy } | { suggestions: string[] };
}

/** What following a policy needs that the policy does not know. */
export interface PolicySurroundings {
  /** The same object for the same model, whichever route asks it. */
  modelOf(tier: Tier): ServedModel;
  /** Of a route, or of a model that is asked by its own name. */
  settingsOf(route: string): Pick<ServedRoute, 'headerWaitMs' | 'keepAliveMs' | 'confidenceModel'>;
  /** Of a route that its policy does not decide for every conversation; absent where no route is such. */
  rolloutOf?(route: string): Pick<Rollout, 'share' | 'takes'> | undefined;
}

export interface ServedRoutes extends Pick<RequestContext, 'resolve'> {
  /** Whose answers the tiers give, as the record names them by their hashes: JSON. */
  sources: ReadonlyMap<string, string>;
  /** A model by itself, without any route. */
  modelNamed(name: string): ServedRoute | undefined;
}

/** The policies with what is needed to follow them; each made once, with its hash. */
export function createServedRoutes(
  resolver: PolicyResolver,
  { modelOf, settingsOf, rolloutOf }: PolicySurroundings,
): ServedRoutes {
  const modelIds = new Map<ConfidenceModel, string>();
  const idOf = (model: ConfidenceModel): string => {
    const id = modelIds.get(model) ?? `${model.name}@${hashContent(model)}`;
    modelIds.set(model, id);
    return id;
  };
  const sources = new Map<string, string>();
  const serve = (policy: Policy): ServedRoute => {
    const tiers = policy.tiers.map((tier) => {
      const source = { ...tier.source, model: tier.model };
      const sourceHash = hashContent(source);
      sources.set(sourceHash, JSON.stringify(source));
      return { tier, ...modelOf(tier), sourceHash };
    });
    const settings = settingsOf(policy.route);
    return {
      policy,
      hash: hashContent({ policy: identityOf(policy), asking: tiers.map(askingOf) }),
      tiers,
      ...settings,
      confidenceModelId: idOf(settings.confidenceModel),
    };
  };
  const served = new Map<Policy, ServedRoute>();
  for (const policy of resolver.models.values()) served.set(policy, serve(policy));
  for (const policy of resolver.routes.values()) {
    const route = serve(policy);
    const rollout = policy.tiers.length < 2 ? undefined : rolloutOf?.(policy.route);
    served.set(
      policy,
      rollout === undefined ? route : { ...route, rollout: { ...rollout, alone: serve(lastAlone(policy)) } },
    );
  }
  return {
    sources,
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

/** How a tier is asked changes what it answers: it belongs to the policy's identity. */
function askingOf({
  asked: { maxTokensField, defaultMaxTokens, dropParams, params },
  dialect,
}: ServedModel): object {
  return {
    maxTokensField: maxTokensField ?? null,
    dropParams,
    params: [...params],
    // Left out for the default, so that hashes from before there were dialects stay the same.
    ...(dialect.name === DEFAULT_DIALECT ? {} : { dialect: dialect.name }),
    ...defined({ defaultMaxTokens }),
  };
}

/**
 * The policy without what changes no decision while its tiers are well: its estimates are about answers. Of prices only what
 * hashes had before there were others.
 */
function identityOf({ onLastTierFailure: _, ...policy }: Policy): Policy {
  const rule = ruleOf(policy.rule).identity?.(policy.rule);
  const tiers = policy.tiers.map(({ price, source: _source, ...tier }) =>
    price === undefined ? tier : { ...tier, price: { input: price.input, output: price.output } },
  );
  return { ...policy, tiers, ...defined({ rule }) };
}
