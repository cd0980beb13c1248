import { answerLimits } from '../../protocol/common/chat.ts';
import { worstBillOf } from '../../routing/billing.ts';
import type { Tier } from '../../routing/policy.ts';
import type { RequestView } from '../../routing/setting.ts';

/** What a model writes at most where nothing limits its answer: more than the models of today do by themselves. */
const UNLIMITED_ANSWER_TOKENS = 32_768;

/**
 * The most that a call can have cost of which no usage came, in nano-dollars: its whole prompt at the dearest price, and an
 * answer as long as it may be. `undefined` where no price is known.
 * @param isReplaceable a later tier could be asked: the tier's own limit lowered the client's.
 */
export function worstCost(
  tier: Pick<Tier, 'price' | 'asking' | 'contextTokens'> | undefined,
  { inputTokens, maxOutputTokens }: Pick<RequestView, 'inputTokens' | 'maxOutputTokens'>,
  isReplaceable = false,
): number | undefined {
  if (tier?.price === undefined) return undefined;
  const [own] = answerLimits(limitsOf(tier.asking?.params ?? {}));
  const ours = tier.asking?.maxOutputTokens;
  const least = isReplaceable ? Math.min(maxOutputTokens ?? Infinity, ours ?? Infinity) : maxOutputTokens;
  const limit = own ?? (least === Infinity ? undefined : least) ?? ours ?? UNLIMITED_ANSWER_TOKENS;
  const room = tier.contextTokens === undefined ? Infinity : Math.max(0, tier.contextTokens - inputTokens);
  return worstBillOf(tier.price, {
    inputTokens,
    outputTokens: Math.min(limit, room),
  });
}

/** A tier's own parameters replace the client's. */
function limitsOf(params: Readonly<Record<string, unknown>>): Parameters<typeof answerLimits>[0] {
  const limit = params['max_completion_tokens'] ?? params['max_tokens'];
  return typeof limit === 'number' ? { max_tokens: limit } : {};
}

/** What calls count for in a budget: what is known of their cost, and the worst where nothing is. */
export function mostCost(calls: readonly { costNanoUsd?: number; worstNanoUsd?: number }[]): number {
  return calls.reduce((sum, { costNanoUsd, worstNanoUsd }) => sum + (costNanoUsd ?? worstNanoUsd ?? 0), 0);
}
