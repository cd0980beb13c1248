import { meanDifferenceInterval } from '../../calibration/tests/mean-interval.ts';
import { wilsonInterval, type Estimate } from '../../calibration/tests/interval.ts';
import type { AcceptedCounts } from '../../calibration/tests/certify.ts';
import type { PathPoint } from '../../routing/rules/price-rule.ts';
import { mean, type PolicyResult } from '../table/measure-rows.ts';

/** One policy of the path from always-last to the cheapest. */
export interface FrontierPoint {
  /** λ in mean costs of the last tier; absent at always-last, which comes before the path. */
  priceOfQuality?: number;
  /** Everything spent ÷ what always asking the last tier costs. */
  relativeCost: number;
  /** Quality loss; or the risk of accepted answers, if the last tier's answers have no scores. */
  loss: Estimate;
  /** Whether the walk along the path passed here. Always-last is certified by definition. */
  certified: boolean;
}

/** A path from always-last to the cheapest policy, as cost against loss. */
export interface Frontier {
  /** What `loss` of the points is: the mean loss against the last tier, or the share of wrong accepted answers. */
  measures: 'loss' | 'risk';
  /**
   * The rows it was measured on. `certify`: those that certify, which nothing was fitted on; `folds`: rows that were fitted
   * on too, each by the policy at the same price of quality that was fitted on the other folds; `test`: the test rows.
   */
  on: 'certify' | 'folds' | 'test';
  /** The number of these rows. */
  questions: number;
  points: FrontierPoint[];
  /** Index of the point that serves. */
  chosen: number;
  /** The greatest loss that the objective allows, 0..1; absent if the objective promises no quality. */
  limit?: number;
}

/** A path, and the results of its points and of always-last on some rows. */
export interface MeasuredPath {
  path: readonly PathPoint[];
  /** In the order of the path. */
  measured: readonly PolicyResult[];
  last: PolicyResult;
  /** Mean cost of the last tier, nano-dollars. */
  lastTierCost: number;
}

/**
 * The frontier of a measured path. Always-last comes first.
 * @param passed how many points are certified, from the path's first on; @param about the rest; `chosen` counts always-last.
 */
export function frontierOfPath(
  { path, measured, last, lastTierCost }: MeasuredPath,
  passed: number,
  about: Pick<Frontier, 'on' | 'questions' | 'chosen' | 'limit'>,
): Frontier {
  const point = (each: PolicyResult, certified: boolean): FrontierPoint => ({
    relativeCost: each.relativeCost,
    loss: { value: mean(each.losses), ...meanDifferenceInterval(each.losses) },
    certified,
  });
  return {
    measures: 'loss',
    points: [
      { ...point(last, true), loss: { value: 0, lower: 0, upper: 0 } },
      ...measured.map((each, index) => ({
        ...point(each, index < passed),
        priceOfQuality: (path[index]?.priceOfQuality ?? NaN) / lastTierCost,
      })),
    ],
    ...about,
  };
}

export const NOTHING_ACCEPTED: AcceptedCounts = { wrong: 0, accepted: 0 };

/** The same points, each with the share of wrong answers among those it accepts. */
export function riskFrontier(
  frontier: Frontier,
  counts: readonly AcceptedCounts[],
  passed: readonly number[],
): Frontier {
  return {
    ...frontier,
    measures: 'risk',
    points: frontier.points.map((point, index) => {
      const { wrong, accepted } = counts[index - 1] ?? NOTHING_ACCEPTED;
      const value = accepted === 0 ? 0 : wrong / accepted;
      return {
        ...point,
        loss: { value, ...(index === 0 ? { lower: 0, upper: 0 } : wilsonInterval(value, accepted)) },
        certified: index === 0 || passed.includes(index - 1),
      };
    }),
  };
}
