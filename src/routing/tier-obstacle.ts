import type { RequestView } from './setting.ts';
import type { Policy, Tier } from './policy.ts';

/** Why a tier cannot be asked for a request at all, in a sentence; `undefined` where it can. */
export function tierObstacle(policy: Policy, request: RequestView, index: number): string | undefined {
  const tier = policy.tiers[index];
  if (tier === undefined) return 'there is no such tier';
  if (index < request.minTier) return `${tier.name} is below the tier this request starts at`;
  if (index > request.maxTier) return `${tier.name} is above the tier this request allows`;
  if (!mayGoTo(policy, request.dataClass, tier.location)) {
    return `${tier.name} is in the cloud, where data of class '${request.dataClass}' may not go`;
  }
  const cannot = request.cannot?.[tier.name];
  if (cannot !== undefined) return `${tier.name} ${cannot}`;
  const isReplaceable = index < Math.min(request.maxTier, policy.tiers.length - 1);
  if (!fitsContext(tier, request, isReplaceable))
    return `${tier.name} has a context of ${tier.contextTokens} tokens, and this request needs about ${tokensOf(tier, request, isReplaceable)}`;
  return undefined;
}

/** Whether data of a class may go to a model at this location. What has no class may go anywhere. */
export function mayGoTo(
  { data }: Pick<Policy, 'data'>,
  dataClass: string | undefined,
  location: Tier['location'],
): boolean {
  if (dataClass === undefined) return true;
  // A class that the route does not list stays on the premises: a forgotten entry must not leak data.
  const allowed = Object.hasOwn(data, dataClass) ? data[dataClass] : 'on-premises';
  return allowed === 'cloud' || location === 'on-premises';
}

/**
 * Whether the prompt and the answer that is asked for fit into the tier's context, as far as is known.
 * @param isReplaceable a later tier can be asked: the tier's own limit lowers the client's.
 */
export function fitsContext(
  tier: Pick<Tier, 'contextTokens' | 'asking'>,
  request: Pick<RequestView, 'inputTokens' | 'maxOutputTokens'>,
  isReplaceable = false,
): boolean {
  return tier.contextTokens === undefined || tokensOf(tier, request, isReplaceable) <= tier.contextTokens;
}

function tokensOf(
  { asking }: Pick<Tier, 'asking'>,
  { inputTokens, maxOutputTokens = 0 }: Pick<RequestView, 'inputTokens' | 'maxOutputTokens'>,
  isReplaceable: boolean,
): number {
  const most = (isReplaceable ? asking?.maxOutputTokens : undefined) ?? Infinity;
  return inputTokens + Math.min(maxOutputTokens, most);
}
