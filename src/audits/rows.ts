import { defined } from '../defined.ts';
import type { Attempt } from '../routing/attempt.ts';
import type { TierSameness } from '../learning/labels/sameness-of-tiers.ts';
import type { Verdicts } from '../learning/labels/verdicts.ts';
import type { AuditAttempt, AuditRow } from '../store/contract/learning-rows.ts';
import type { Label } from '../store/contract/store.ts';
import { totalCost } from '../request/costs/cost.ts';
import { mostCost } from '../request/costs/worst-cost.ts';
import { answerRow } from '../request/finish.ts';
import type { AskedTiers, AuditedRequest } from './ask-every-tier.ts';

export interface AuditResult {
  state: AuditedRequest;
  propensity: number;
  conversation: string | undefined;
  asked: AskedTiers;
  judged: Verdicts;
  /** Absent where a tier did not answer. */
  sameness?: TierSameness;
  /** What the judge cost; absent if that is not known. */
  judgeNanoUsd?: number;
  /** What it cost at most. */
  judgeMostNanoUsd: number;
}

/** An audit and its labels as the store keeps them. */
export function auditRows(
  { state, propensity, conversation, asked, judged, sameness, judgeNanoUsd, judgeMostNanoUsd }: AuditResult,
  options: { keepTexts: boolean; nowMs: number },
): { audit: AuditRow; labels: Label[] } {
  const { id, tenant, route, draw } = state.asked;
  const complete = asked.problem === undefined;
  const problems = [...(complete ? [] : [asked.problem]), ...judged.problems];
  const cost = totalCost(asked.made);
  const most = mostCost(asked.made) + judgeMostNanoUsd;
  // Where all is known, it is no more than that.
  const worstNanoUsd = cost === undefined || judgeNanoUsd === undefined ? most : undefined;
  const attempts = asked.made.map((attempt) => auditAttempt(state, attempt, options.keepTexts));
  return {
    audit: {
      outcomeId: id,
      route: route.policy.route,
      tenant,
      kind: state.audit,
      propensity,
      policyHash: route.hash,
      ...defined({ conversation }),
      attempts: JSON.stringify(attempts),
      complete,
      ...defined({
        costNanoUsd: cost,
        judgeNanoUsd,
        worstNanoUsd,
        controlVerdict: judged.control,
        reviewCoin: draw.tossed?.coins.review,
        sameness: sameness && JSON.stringify(sameness),
      }),
      ...(problems.length === 0 ? {} : { problem: problems.join(' ') }),
      createdAtMs: options.nowMs,
    },
    labels: judged.verdicts.map(({ tier, source, verdict }) => ({
      outcomeId: id,
      tier,
      source,
      verdict,
      propensity,
      createdAtMs: options.nowMs,
    })),
  };
}

function auditAttempt(state: AuditedRequest, attempt: Attempt, keepTexts: boolean): AuditAttempt {
  return {
    ...answerRow(state, attempt, keepTexts),
    ...(attempt.about === undefined ? {} : { paid: true }),
  };
}
