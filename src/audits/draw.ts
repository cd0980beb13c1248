import type { AuditDraw, Untossed } from '../request/audit-draw.ts';
import type { DrawnRequest } from '../request/draw-audit.ts';
import { uncoveredBy } from '../routing/coverage.ts';
import type { AuditContext } from './audit-context.ts';
import type { AuditBudget } from './budget.ts';

/**
 * What is settled of a request's audit before any tier is asked: whether a certificate speaks of it, and its coins. A coin that has
 * fallen is not taken back: where nothing may be spent, none is tossed.
 * @param closed why no audits are made now, if so.
 */
export function drawAuditOf(
  context: AuditContext,
  asked: DrawnRequest,
  { budget, closed }: { budget: Pick<AuditBudget, 'spent'>; closed: Untossed | undefined },
): AuditDraw | Promise<AuditDraw> {
  const { audits } = context;
  const { policy } = asked.route;
  const { view, request, tenant, id, observed } = asked;
  const count = (draw: AuditDraw): AuditDraw => {
    const reason = draw.uncovered ?? draw.untossed;
    if (reason !== undefined) context.metrics.notDrawn(policy.route, reason);
    return draw;
  };
  const uncovered = uncoveredBy(policy, { view, chat: request.chat }, audits.judgeFacts);
  if (uncovered !== undefined) return count({ uncovered });

  const toss = (spentNanoUsd: number): AuditDraw =>
    spentNanoUsd >= audits.dailyBudgetUsd * 1e9
      ? { untossed: 'budget' }
      : { tossed: { coins: audits.coins(id), rates: audits.rates(asked.route) } };
  const settle = (draw: AuditDraw): AuditDraw | Promise<AuditDraw> => {
    // Looked up only where it matters: references alone may not know the question.
    const { tossed } = draw;
    const falls = tossed !== undefined && tossed.coins.certification < tossed.rates.certification;
    if (!falls && !policy.certified) return count(draw);
    const known = audits.canGetVerdicts({ route: policy.route, messages: request.chat.messages });
    const withKnown = (isKnown: boolean): AuditDraw =>
      count(isKnown ? draw : unjudged(draw, context.keepTexts || observed));
    return typeof known === 'boolean' ? withKnown(known) : known.then(withKnown);
  };
  // Nothing is audited, and so nothing is missing.
  if (audits.dailyBudgetUsd === 0) return settle({});
  if (closed !== undefined) return settle({ untossed: closed });
  const spent = budget.spent(policy.route, tenant);
  if (typeof spent === 'number') return settle(toss(spent));
  return spent.then(toss, (): AuditDraw => ({ untossed: 'store_failed' })).then(settle);
}

/**
 * Where texts are kept, people may judge what nothing else can. An observed request shows how often its tiers agree, whoever judges.
 * Then it is audited, and certifies nothing.
 */
function unjudged({ tossed }: AuditDraw, isOfUse: boolean): AuditDraw {
  return isOfUse && tossed !== undefined
    ? { uncovered: 'nothing_judges', tossed }
    : { uncovered: 'nothing_judges' };
}
