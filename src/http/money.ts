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

/**
 * What calls cost together; `undefined` where one was answered, or used tokens, or broke off in its answer, and its cost
 * is not known.
 */
export function totalCost(
  calls: readonly { costNanoUsd?: number; usage?: Usage; ttftMs?: number; failure?: AttemptFailure }[],
): number | undefined {
  let total = 0;
  let known = false;
  for (const { costNanoUsd, usage, ttftMs, failure } of calls) {
    if (costNanoUsd !== undefined) {
      total += costNanoUsd;
      known = true;
    } else if (usage !== undefined || ttftMs !== undefined || failure === undefined) return undefined;
  }
  return known ? total : undefined;
}

/** The same as far as it is known: what a budget counts. */
export function knownCost(calls: readonly { costNanoUsd?: number }[]): number {
  return calls.reduce((sum, { costNanoUsd = 0 }) => sum + costNanoUsd, 0);
}

/**
 * What the last tier would have cost for this request: measured where it answered, else its price for the same tokens as
 * the served answer's.
 */
export function baselineOf(
  policy: Policy,
  attempts: readonly { tier: number; costNanoUsd?: number }[],
  served: { usage?: Usage } | undefined,
): { nanoUsd: number; measured: boolean } | undefined {
  const last = policy.tiers.length - 1;
  const measured = attempts.find(
    (attempt) => attempt.tier === last && attempt.costNanoUsd !== undefined,
  )?.costNanoUsd;
  if (measured !== undefined) return { nanoUsd: measured, measured: true };
  const estimate = costOf(policy.tiers[last], served?.usage);
  return estimate === undefined ? undefined : { nanoUsd: estimate, measured: false };
}
