import { normalQuantile } from '../../calibration/normal.ts';
import { levelOfAttempt } from '../../calibration/certify.ts';
import { mean, type Judged } from '../judge-rows.ts';

/** A candidate is looked at so often at most: each look takes a share of the certainty. */
const MOST_LOOKS = 3;
const LEAST_ROWS = 40;
const GROWTH = 1.25;
/** A look must be expected to save so much of what is spent now. */
const WORTH = 0.05;

/** What a policy of a path did on rows that it was not fitted on: mean and variance of the loss, and cost. */
interface Expected {
  loss: number;
  variance: number;
  relativeCost: number;
}

/** @param judged a path's points on rows that they were not fitted on, from the strictest. */
function expected(judged: readonly Judged[]): Expected[] {
  return judged.map(({ losses, relativeCost }) => {
    const loss = mean(losses);
    const squares = losses.reduce((sum, each) => sum + (each - loss) ** 2, 0);
    // One answer in doubt more than were seen: without any loss the variance would be nothing.
    return { loss, variance: (squares + 1) / (losses.length + 1), relativeCost };
  });
}

/**
 * Numbers of certification audits at which a frozen path is to be tested, each expected to certify a policy that costs
 * clearly less than what is in force by then. Told by rows that the certifying ones are not among, so that looking costs
 * its share of the certainty and nothing else. Empty where no number up to `most` is expected to.
 * @param attempts made in this epoch already. @param costNow of what is in force, relative to always the last tier.
 */
export function planLooks(
  judged: readonly Judged[],
  { maxLoss, level, attempts, costNow, most }: PlanOptions,
): number[] {
  const points = expected(judged);
  const looks: number[] = [];
  let cost = costNow;
  for (let rows = LEAST_ROWS; rows <= most && looks.length < MOST_LOOKS; rows = Math.ceil(rows * GROWTH)) {
    const share = levelOfAttempt(level, attempts + looks.length + 1);
    const reached = costAt(points, rows, { maxLoss, level: share });
    if (reached > cost * (1 - WORTH)) continue;
    looks.push(rows);
    cost = reached;
  }
  return looks;
}

export interface PlanOptions {
  maxLoss: number;
  level: number;
  attempts: number;
  costNow: number;
  most: number;
}

/** The least relative cost that a walk over so many rows is expected to certify; 1 where it stops at once. */
function costAt(
  points: readonly Expected[],
  rows: number,
  { maxLoss, level }: { maxLoss: number; level: number },
): number {
  const z = -normalQuantile(level);
  // Even without a single loss it takes so many rows to prove anything.
  if ((1 - maxLoss) ** rows > level) return 1;
  let least = 1;
  for (const { loss, variance, relativeCost } of points) {
    if (loss + z * Math.sqrt(variance / rows) > maxLoss) break;
    least = Math.min(least, relativeCost);
  }
  return least;
}
