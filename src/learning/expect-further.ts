import { countPairs, furtherGraded, furtherPairs } from '../calibration/certify.ts';
import type { Promise } from './certify-path.ts';
import type { Judged } from './judge-rows.ts';

/**
 * How many more labelled questions are expected to certify a policy of the path that saves: the least over its points. An
 * estimate from what was measured, as uncertain as that.
 */
export function expectFurther(
  judged: readonly Judged[],
  promise: Promise,
  binary: boolean,
): number | undefined {
  const hypothesis = { maxLoss: promise.maxLoss, level: promise.level };
  const needed = judged
    .filter(({ relativeCost }) => relativeCost < 1)
    .flatMap(({ losses }) => {
      const further = binary
        ? furtherPairs(countPairs(losses), hypothesis)
        : furtherGraded([...losses], hypothesis);
      return further === undefined ? [] : [further];
    });
  return needed.length === 0 ? undefined : Math.min(...needed);
}
