/** Estimates of a policy that serves, with intervals. Pure. Where there is no data, a figure is absent. */
import { defined } from '../../defined.ts';
import type { Decision, LabelSource } from '../../store/contract/store.ts';
import { estimateLoss, type LossEstimate } from './estimate-loss.ts';
import { estimateSaving, type SavingEstimate } from './estimate-saving.ts';
import { judgeDisagreement, type JudgeEstimate } from './judge-disagreement.ts';

export interface Estimates {
  /** Requests that the estimates are about. */
  requests: number;
  /** Those of them that were audited with an answer of every tier. */
  audits: number;
  /** Verdicts on answers to these requests. */
  labels: Partial<Record<LabelSource, number>>;
  loss?: LossEstimate;
  saving?: SavingEstimate;
  judge?: JudgeEstimate;
}

export interface EstimateOptions {
  /** Names of the route's tiers, cheapest first. */
  tiers: readonly string[];
  /** The quality loss that is promised; absent where nothing is promised. */
  maxLoss?: number;
  /** Two-sided, of every interval. */
  certainty?: number;
}

/** The requests of one policy. */
export interface ObservedRequests {
  /** Consecutive requests, audited or not, so that their costs are what was spent. */
  requests: readonly Decision[];
  /** Audited requests, of any time. */
  audited: readonly Decision[];
  /** Audited requests of any policy that have verdicts of the present judge; absent: `audited`. */
  compared?: readonly Decision[];
}

export function estimatePolicy(
  { requests, audited, compared = audited }: ObservedRequests,
  options: EstimateOptions,
): Estimates {
  const { tiers, maxLoss, certainty = 0.95 } = options;
  const lastTier = tiers.at(-1) ?? '';
  return {
    requests: requests.length,
    audits: audited.filter(({ audit }) => audit?.complete === true).length,
    labels: countLabels(new Map([...requests, ...audited].map((each) => [each.outcome.id, each])).values()),
    ...defined({
      loss: estimateLoss(audited, { lastTier, certainty, ...defined({ maxLoss }) }),
      saving: estimateSaving(requests, { audited, lastTier, certainty }),
      judge: judgeDisagreement(compared, lastTier, certainty),
    }),
  };
}

function countLabels(decisions: Iterable<Decision>): Estimates['labels'] {
  const counts: Estimates['labels'] = {};
  for (const { labels } of decisions)
    for (const { source } of labels) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}
