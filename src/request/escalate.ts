import { defined } from '../defined.ts';
import type { Attempt } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import type { Policy } from '../routing/policy.ts';
import type { RequestView } from '../routing/setting.ts';
import { extraCost, failedBefore, NOT_PAID } from './costs/failover.ts';
import type { CallContext } from './request-context.ts';
import type { RequestState } from './request-state.ts';

/** Asks a tier in the place of one that failed, if that may be paid; else the attempt says so. @param ask makes the call. */
export async function askInstead(
  { failures }: CallContext,
  { asked: { route, view }, progress }: RequestState,
  call: ModelCall,
  ask: () => Promise<Attempt>,
): Promise<Attempt> {
  const failed = failedBefore(progress.attempts);
  const tier = route.tiers[failed?.tier ?? 0];
  // The cascade calls what follows a failure so: this cannot be reached.
  if (failed?.failure === undefined || tier === undefined) return ask();
  const paid = failures.pay(
    {
      route: route.policy.route,
      tier: tier.tier.name,
      upstream: tier.asked.upstream,
      why: failed.failure.message.replace(/\.$/, ''),
      retryAfterMs: failed.failure.retryAfterMs,
    },
    (outputTokens) =>
      expectedExtra(route.policy, view, { insteadOf: failed.tier, tier: call.tier, outputTokens }),
  );
  if ('message' in paid) return notPaid(route.policy, call, paid);
  const attempt = await ask();
  // A call that failed may have been billed, and nobody knows for how much.
  const nanoUsd = extraCost(route.policy, failed.tier, attempt);
  const outputTokens = attempt.usage?.outputTokens;
  paid.settle(defined({ nanoUsd, outputTokens }));
  return attempt;
}

/** What a request costs more at one tier than at another, if its answer is so long; 0 without a price. */
function expectedExtra(
  policy: Policy,
  { inputTokens, maxOutputTokens = Infinity }: RequestView,
  { insteadOf, tier, outputTokens: longest }: { insteadOf: number; tier: number; outputTokens: number },
): number {
  const outputTokens = Math.min(longest, maxOutputTokens);
  return extraCost(policy, insteadOf, { tier, usage: { inputTokens, outputTokens, estimated: true } }) ?? 0;
}

function notPaid(
  { tiers }: Policy,
  { callId, tier }: ModelCall,
  { message, retryAfterMs }: { message: string; retryAfterMs: number },
): Attempt {
  return {
    callId,
    tier,
    model: tiers[tier]?.model ?? '',
    signals: {},
    vetoes: [],
    latencyMs: 0,
    shown: false,
    costNanoUsd: 0,
    failure: {
      code: NOT_PAID,
      message,
      status: 503,
      retryAfterMs,
      final: true,
      unbilled: true,
      unmade: true,
    },
  };
}
