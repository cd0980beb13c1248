import { wilsonInterval, type Interval } from '../../calibration/tests/interval.ts';
import type { Decision } from '../../store/contract/store.ts';
import { scoreOf } from '../../recordings/history.ts';
import { reviewDraw } from '../labels/sources/operator.ts';

/** How far the judge's verdicts are from operators' verdicts: 0, always the same; 1, always the opposite. */
export interface JudgeEstimate {
  /** Requests with verdicts of both. */
  requests: number;
  disagreement: number;
  interval: Interval;
}

/**
 * The mean distance between the judge's verdict on an answer and the one that follows from an operator's verdicts on that
 * answer and the last tier's, over the requests that a coin drew for the review. A request with several answers counts
 * once. Undefined where no request has verdicts of both.
 */
export function judgeDisagreement(
  decisions: readonly Decision[],
  lastTier: string,
  certainty: number,
): JudgeEstimate | undefined {
  const distances = decisions
    .filter(({ outcome, audit }) => reviewDraw(outcome.id, audit?.reviewCoin) !== undefined)
    .flatMap((decision) => distanceOf(decision, lastTier) ?? []);
  if (distances.length === 0) return undefined;
  const disagreement = mean(distances);
  return {
    requests: distances.length,
    disagreement,
    interval: wilsonInterval(disagreement, distances.length, certainty),
  };
}

function distanceOf(decision: Decision, lastTier: string): number | undefined {
  const last = scoreOf(decision.labels, lastTier, ['operator'])?.verdict;
  if (last === undefined) return undefined;
  const judged = new Set(decision.labels.flatMap(({ tier, source }) => (source === 'judge' ? [tier] : [])));
  judged.delete(lastTier);
  const distances = [...judged].flatMap((tier) => {
    const judge = scoreOf(decision.labels, tier, ['judge'])?.verdict;
    const operator = scoreOf(decision.labels, tier, ['operator'])?.verdict;
    if (judge === undefined || operator === undefined) return [];
    // The judge compares with the last tier's answer: as good or better is 1.
    return [Math.abs(judge - Math.min(1, 1 + operator - last))];
  });
  return distances.length === 0 ? undefined : mean(distances);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
