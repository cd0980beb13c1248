import type { AttemptFailure, Usage } from '../routing/attempt.ts';
import type { Policy, Tier } from '../routing/policy.ts';

/** Integer nano-dollars; `undefined` where no price or no usage is known. */
export function costOf(
  tier: Tier | undefined,
  usage: Pick<Usage, 'inputTokens' | 'outputTokens'> | undefined,
): number | undefined {
  if (tier?.price === undefined || usage === undefined) return undefined;
  return Math.round(usage.inputTokens * tier.price.input + usage.outputTokens * tier.price.output);
}

/** US dollars without an exponent: 1,300 nano-dollars is `0.0000013`. */
export function showUsd(nano: number): string {
  return (nano / 1e9).toFixed(9).replace(/\.?0+$/, '');
}

/** What calls cost together; `undefined` where the cost of one is not known. */
export function totalCost(calls: readonly { costNanoUsd?: number }[]): number | undefined {
  let total = 0;
  for (const { costNanoUsd } of calls) {
    if (costNanoUsd === undefined) return undefined;
    total += costNanoUsd;
  }
  return total;
}

/** The same as far as it is known: what a budget counts. */
export function knownCost(calls: readonly { costNanoUsd?: number }[]): number {
  return calls.reduce((sum, { costNanoUsd = 0 }) => sum + costNanoUsd, 0);
}

/** What they cost at least; `undefined` where nothing is known to have been spent. */
export function leastCost(calls: readonly { costNanoUsd?: number }[]): number | undefined {
  const known = knownCost(calls);
  return totalCost(calls) ?? (known > 0 ? known : undefined);
}

/**
 * What the last tier would have cost for this request: measured where it answered, else its price for the same tokens as
 * the served answer's.
 */
export function baselineOf(
  policy: Policy,
  attempts: readonly { tier: number; costNanoUsd?: number; failure?: AttemptFailure }[],
  served: { usage?: Usage } | undefined,
): { nanoUsd: number; measured: boolean } | undefined {
  const last = policy.tiers.length - 1;
  const measured = attempts.find(
    ({ tier, costNanoUsd, failure }) => tier === last && costNanoUsd !== undefined && failure === undefined,
  )?.costNanoUsd;
  if (measured !== undefined) return { nanoUsd: measured, measured: true };
  const estimate = costOf(policy.tiers[last], served?.usage);
  return estimate === undefined ? undefined : { nanoUsd: estimate, measured: false };
}
