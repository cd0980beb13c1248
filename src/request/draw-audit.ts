import type { Outcome } from '../routing/cascade.ts';
import { uncoveredBy } from '../routing/coverage.ts';
import type { AuditDraw } from './audit-draw.ts';
import type { ReceivedRequest } from './request-state.ts';

/** A request for which a draw is made. */
export type DrawnRequest = Pick<ReceivedRequest, 'id' | 'tenant' | 'route' | 'view' | 'request'>;

const NOT_AUDITED: AuditDraw = {};

/** Never throws. A promise only where the store has to be asked. */
export function drawAudit(
  { auditor }: { auditor?: { draw(asked: DrawnRequest): AuditDraw | Promise<AuditDraw> } },
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
