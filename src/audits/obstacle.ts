import type { Outcome } from '../routing/cascade.ts';
import { fitsContext } from '../routing/tier-obstacle.ts';
import { mayGoTo } from '../routing/tier-obstacle.ts';
import type { Tier } from '../routing/policy.ts';
import type { ChatRequest } from '../protocol/common/chat.ts';
import { isGone, type RequestState } from '../request/request-state.ts';

/** Why a request is never audited, whatever its coins say. A certificate says nothing about such requests. */
export type AuditObstacle = 'aborted' | 'failed' | 'tool_loop' | 'narrowed' | 'data_class' | 'too_long';

/** @param judge where the judge's model is; absent where there is none. @returns undefined where it may be audited. */
export function auditObstacle(
  state: RequestState,
  { decision }: Outcome,
  judge: Pick<Tier, 'location'> | undefined,
): AuditObstacle | undefined {
  const { view, route, request } = state.asked;
  const { policy } = route;
  if (isGone(state)) return 'aborted';
  if (decision === 'failed') return 'failed';
  // The other tiers did not make these calls, so their answers to the results would say nothing about them.
  if (request.chat.messages.some(isOfToolLoop)) return 'tool_loop';
  if (view.minTier > 0 || view.maxTier < policy.tiers.length - 1 || view.cannot !== undefined)
    return 'narrowed';
  const places = [...policy.tiers, ...(judge === undefined ? [] : [judge])];
  if (!places.every(({ location }) => mayGoTo(policy, view.dataClass, location))) return 'data_class';
  if (!policy.tiers.every((tier) => fitsContext(tier, view))) return 'too_long';
  return undefined;
}

function isOfToolLoop(message: ChatRequest['messages'][number]): boolean {
  return message.role === 'tool' || message.role === 'function' || Array.isArray(message['tool_calls']);
}
