import type { AuditRates } from '../routing/audit-plan.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { Coins } from '../routing/coins.ts';
import { uncoveredBy, type Uncovered } from '../routing/coverage.ts';
import type { RequestContext } from './request-context.ts';
import type { ReceivedRequest } from './request-state.ts';

/** Why no coin was tossed for a request that a certificate speaks of: known before any answer, like what is {@link Uncovered}. */
export type Untossed = 'budget' | 'store_failed' | 'reconfigured' | 'stopped';

/** What is settled of a request's audit before any tier is asked, so that no answer and no client can change it. */
export interface AuditDraw {
  /** Why no certificate speaks of it; absent where a certificate of its route does. */
  uncovered?: Uncovered;
  untossed?: Untossed;
  /** Its coins, and the rates at which they were tossed; absent where it is not audited whatever they say. */
  tossed?: { coins: Coins; rates: AuditRates };
}

/** A request for which a draw is made. */
export type DrawnRequest = Pick<ReceivedRequest, 'id' | 'tenant' | 'route' | 'view' | 'request'>;

const NOT_AUDITED: AuditDraw = {};

/** Never throws. A promise only where the store has to be asked. */
export function drawAudit(
  { auditor }: Pick<RequestContext, 'auditor'>,
  asked: DrawnRequest,
): AuditDraw | Promise<AuditDraw> {
  const { policy } = asked.route;
  if (auditor !== undefined && policy.tiers.length > 1) return auditor.draw(asked);
  if (!policy.certified) return NOT_AUDITED;
  const uncovered = uncoveredBy(policy, { view: asked.view, chat: asked.request.chat }, undefined);
  return uncovered === undefined ? NOT_AUDITED : { uncovered };
}

/** Decisions of the policy's own rule. The others were made by a failure, or are no answer that the rule accepts. */
const BY_THE_RULE: ReadonlySet<Outcome['decision']> = new Set(['accepted', 'escalated', 'direct']);

/**
 * Whether a certificate speaks of an answer: its route's policy is certified, the request is one that audits can judge, and the
 * policy's own rule decided. @returns `undefined` where that is not known yet.
 */
export function isCertified(
  { route, draw }: Pick<ReceivedRequest, 'route' | 'draw'>,
  decision: Outcome['decision'] | undefined,
): boolean | undefined {
  if (!route.policy.certified || draw.uncovered !== undefined) return false;
  return decision === undefined ? undefined : BY_THE_RULE.has(decision);
}
