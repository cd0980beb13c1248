/** What is known of a policy that serves, as estimates with intervals. Pure. What no data speaks of is absent. */
import type { Decision, LabelSource } from '../../store/contract/store.ts';
import { estimateLoss, type LossEstimate } from './estimate-loss.ts';
import { estimateSaving, type SavingEstimate } from './estimate-saving.ts';
import { judgeDisagreement, type JudgeEstimate } from './judge-disagreement.ts';

export interface Estimates {
  /** Requests that it speaks of. */
  requests: number;
  /** Of these, audited with an answer of every tier. */
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
  /** The quality loss that is promised; absent where nothing is. */
  maxLoss?: number;
  /** Two-sided, of every interval. */
  certainty?: number;
}

/** What is known of one policy's requests. */
export interface Observed {
  /** Requests in a row, audited or not: what was spent on them is what was spent. */
  requests: readonly Decision[];
  /** Audited requests, of any time. */
  audited: readonly Decision[];
  /** Audited requests of any policy, that were judged by whoever judges now; absent: `audited`. */
  compared?: readonly Decision[];
}

export function estimate(
  { requests, audited, compared = audited }: Observed,
  options: EstimateOptions,
): Estimates {
  const { tiers, maxLoss, certainty = 0.95 } = options;
  const lastTier = tiers.at(-1) ?? '';
  const loss = estimateLoss(audited, { lastTier, certainty, ...(maxLoss === undefined ? {} : { maxLoss }) });
  const saving = estimateSaving(requests, { audited, lastTier, certainty });
  const judge = judgeDisagreement(compared, lastTier, certainty);
  return {
    requests: requests.length,
    audits: audited.filter(({ audit }) => audit?.complete === true).length,
    labels: countLabels(new Map([...requests, ...audited].map((each) => [each.outcome.id, each])).values()),
    ...(loss === undefined ? {} : { loss }),
    ...(saving === undefined ? {} : { saving }),
    ...(judge === undefined ? {} : { judge }),
  };
}

function countLabels(decisions: Iterable<Decision>): Estimates['labels'] {
  const counts: Estimates['labels'] = {};
  for (const { labels } of decisions)
    for (const { source } of labels) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}
