import { isAskedAsRecorded } from '../routing/provenance.ts';
import type { Policy } from '../routing/policy.ts';
import type { Outcome } from '../routing/cascade.ts';
import { uncoveredBy } from '../routing/coverage.ts';
import type { AuditDraw } from './audit-draw.ts';
import type { ReceivedRequest } from './request-state.ts';
import type { ServedRoute } from './served-route.ts';

/** A request for which a draw is made. */
export interface DrawnRequest extends Pick<ReceivedRequest, 'id' | 'tenant' | 'view' | 'request'> {
  /** With all its tiers. */
  route: ServedRoute;
  /** The last tier alone answers it. */
  observed: boolean;
}

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
  { route, draw, request }: Pick<ReceivedRequest, 'route' | 'draw' | 'request'>,
  decision: Outcome['decision'] | undefined,
): boolean | undefined {
  const { policy } = route;
  // Where no coin could be tossed, nobody would see what is lost.
  if (!policy.certified || draw.uncovered !== undefined || draw.untossed !== undefined) return false;
  if (policy.certifiedOn !== undefined && !isAskedAsCertified(policy, request.chat)) return false;
  return decision === undefined ? undefined : BY_THE_RULE.has(decision);
}

/** Another temperature, or another way of asking, may give other answers than those that the certificate rests on. */
function isAskedAsCertified(
  { certifiedOn = [], tiers }: Pick<Policy, 'certifiedOn' | 'tiers'>,
  chat: ReceivedRequest['request']['chat'],
): boolean {
  return certifiedOn.every((recorded, index) =>
    isAskedAsRecorded(recorded, { ...chat }, tiers[index]?.asking),
  );
}
