import { defined } from '../../defined.ts';
import type { Attempt } from '../../routing/attempt.ts';
import { hasFailed } from '../../routing/cascade.ts';
import type { Policy } from '../../routing/policy.ts';
import { billOf } from '../../routing/billing.ts';

/** A request that went on to a later tier because one failed. */
export interface Failover {
  /** The tier that failed. */
  tier: string;
  /** Its failure's code. */
  code: string;
  /** The tier that was asked instead. */
  to: string;
  /** What that call cost more than the tier that failed would have cost; absent where a price or the tokens are not known. */
  extraNanoUsd?: number;
}

/** The code of a call that was not made because no more may be paid for failures. */
export const NOT_PAID = 'failure_allowance_exhausted';

/** Every failover of a request, in order. */
export function failoversOf({ tiers }: Pick<Policy, 'tiers'>, attempts: readonly Attempt[]): Failover[] {
  return attempts.flatMap((attempt, position): Failover[] => {
    const failed = failedBefore(attempts.slice(0, position));
    if (failed === undefined || attempt.about !== undefined || attempt.failure?.code === NOT_PAID) return [];
    const [tier, to] = [tiers[failed.tier]?.name ?? '', tiers[attempt.tier]?.name ?? ''];
    const extraNanoUsd = extraCost({ tiers }, failed.tier, attempt);
    return [{ tier, code: failed.failure?.code ?? '', to, ...defined({ extraNanoUsd }) }];
  });
}

/** The first tier that failed since the last answer: what is asked now is asked in its place. */
export function failedBefore(attempts: readonly Attempt[]): Attempt | undefined {
  const answered = attempts.findLastIndex(
    ({ failure, about }) => failure === undefined && about === undefined,
  );
  return attempts.slice(answered + 1).find(hasFailed);
}

/** What a call cost more than the same tokens at another tier; a tier without a price counts as free. */
export function extraCost(
  { tiers }: Pick<Policy, 'tiers'>,
  insteadOf: number,
  { tier, usage, costNanoUsd }: Pick<Attempt, 'tier' | 'usage' | 'costNanoUsd'>,
): number | undefined {
  const cost = billOf(tiers[tier]?.price, usage) ?? costNanoUsd;
  return cost === undefined ? undefined : Math.max(0, cost - (billOf(tiers[insteadOf]?.price, usage) ?? 0));
}
