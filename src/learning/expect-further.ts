import { countPairs, furtherGraded, furtherPairs } from '../calibration/certify.ts';
import type { Promise } from './certify-path.ts';
import type { Judged } from './judge-rows.ts';

/**
 * How many more rows to certify on are expected to certify a policy of the path that saves: the walk has to pass every
 * point before it, so the most over these; the least of that over the points that save. An estimate from what was
 * measured, as uncertain as that. `undefined` where none lost little enough.
 * @param judged the path's points, from the strictest.
 */
export function expectFurther(
  judged: readonly Judged[],
  promise: Promise,
  binary: boolean,
): number | undefined {
  const hypothesis = { maxLoss: promise.maxLoss, level: promise.level };
  let needed = 0;
  for (const { losses, relativeCost } of judged) {
    const further = binary
      ? furtherPairs(countPairs(losses), hypothesis)
      : furtherGraded([...losses], hypothesis);
    if (further === undefined) return undefined;
    needed = Math.max(needed, further);
    if (relativeCost < 1) return needed;
  }
  return undefined;
}
