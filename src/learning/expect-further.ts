import { countPairs, furtherGraded, furtherNormal, furtherPairs } from '../calibration/certify.ts';
import type { LossTest } from '../routing/version.ts';
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
  test: LossTest,
): number | undefined {
  let needed = 0;
  for (const { losses, relativeCost } of judged) {
    const further = furtherOf(losses, promise, test);
    if (further === undefined) return undefined;
    needed = Math.max(needed, further);
    if (relativeCost < 1) return needed;
  }
  return undefined;
}

function furtherOf(losses: Float64Array, promise: Promise, test: LossTest): number | undefined {
  switch (test) {
    case 'exact':
    case 'cross-fitted pairs':
      return furtherPairs(countPairs(losses), promise);
    case 'betting':
      return furtherGraded([...losses], promise);
    case 'cross-fitted normal':
      return furtherNormal(losses, promise);
  }
}
