import { normalQuantile } from '../../calibration/fit/normal.ts';
import { DAY_MS } from '../../format/time.ts';
import { mean, withoutGains, type PolicyResult } from '../table/measure-rows.ts';
import { levelOfNextTest, wealthAfterPass, type AlphaWealth } from './alpha-wealth.ts';

/** A test of a frozen path, planned before any of the audits that it uses existed. */
export interface PlannedInterimTest {
  /** How many certification audits it waits for. */
  rows: number;
  /** The last point that is tested. Absent in a bold test: the walk goes on until a point fails, which spends its level. */
  until?: number;
  /**
   * How many audits suffice after {@link CANDIDATE_PATIENCE_MS}: with these, something that saves is as likely certified as
   * not. Absent if no smaller number is of use. Fixed in advance like the rest, since how many audits come says nothing of
   * their losses.
   */
  least?: number;
}

/** A test waits no longer than this for its rows, if fewer are of use. */
export const CANDIDATE_PATIENCE_MS = 30 * DAY_MS;

/** How many certification audits a planned test waits for. @param waitedMs since the freeze; a freeze far ahead was long ago. */
export function rowsDue({ rows, least }: PlannedInterimTest, waitedMs: number): number {
  return Math.abs(waitedMs) < CANDIDATE_PATIENCE_MS ? rows : Math.min(rows, least ?? rows);
}

/** At most this many careful tests of one candidate. */
const MOST_CAREFUL = 2;
const LEAST_ROWS = 40;
const GROWTH = 1.25;
/** The share of the current cost that a test must be expected to save. */
const WORTH = 0.1;
/**
 * How sure a careful test must be to pass, in standard errors of the expected loss; more than ½, since the luckiest of many
 * points is chosen.
 */
const SURE = 1.28;
/** How sure a test that has waited too long must be: with few losses this is about as likely as not. */
const LIKELY = 0.5;

/** What a policy of a path did on rows that it was not fitted on: mean and variance of the loss without gains, and cost. */
interface Expected {
  loss: number;
  variance: number;
  relativeCost: number;
  rows: number;
}

export interface InterimTestPlan {
  maxLoss: number;
  /** α of all tests together. */
  level: number;
  wealth: AlphaWealth;
  /** Of what is in force, relative to always asking the last tier. */
  costNow: number;
  /** Points of the frozen path. */
  points: number;
  /** Certification audits that the bold test waits for. */
  boldAt: number;
}

/**
 * When a frozen path is tested and how far, decided on rows that are not among the testing ones. Careful tests stop early
 * enough to be almost sure to pass, so that their level is passed on; the bold test at the end finds the cheapest policy
 * that the audits can prove.
 * @param measured the points of a path with fewer points, on rows that they were not fitted on, from the strictest.
 */
export function planInterimTests(
  measured: readonly PolicyResult[],
  options: InterimTestPlan,
): PlannedInterimTest[] {
  const { maxLoss, level, costNow, points, boldAt } = options;
  const known = measured.map(expected);
  const tests: PlannedInterimTest[] = [];
  let { wealth } = options;
  let cost = costNow;
  for (let rows = LEAST_ROWS; rows < boldAt; rows = Math.ceil(rows * GROWTH)) {
    if (tests.length === MOST_CAREFUL) break;
    const reached = reachedSurely(known, rows, { maxLoss, level: levelOfNextTest(wealth, level) });
    if (reached === undefined || reached.relativeCost > cost * (1 - WORTH)) continue;
    tests.push({ rows, until: Math.floor((reached.point * (points - 1)) / (measured.length - 1)) });
    wealth = wealthAfterPass(wealth, level);
    cost = reached.relativeCost;
  }
  const left = levelOfNextTest(wealth, level);
  const isUseful = (rows: number): boolean => {
    const reached = reachedSurely(known, rows, { maxLoss, level: left, sure: LIKELY });
    return reached !== undefined && reached.relativeCost <= cost * (1 - WORTH);
  };
  for (let rows = tests.at(-1)?.rows ?? LEAST_ROWS; rows < boldAt; rows = Math.ceil(rows * GROWTH))
    if (isUseful(rows)) return [...tests, { rows: boldAt, least: rows }];
  return [...tests, { rows: boldAt }];
}

function expected({ losses: signed, relativeCost }: PolicyResult): Expected {
  const losses = withoutGains(signed);
  const loss = mean(losses);
  const squares = losses.reduce((sum, each) => sum + (each - loss) ** 2, 0);
  // As if one more answer had been lost: without any loss the variance would be zero.
  const variance = (squares + 1) / (losses.length + 1);
  return { loss, variance, relativeCost, rows: losses.length };
}

/** The cheapest point up to which a walk on so many rows is sure enough to pass. */
function reachedSurely(
  points: readonly Expected[],
  rows: number,
  { maxLoss, level, sure = SURE }: { maxLoss: number; level: number; sure?: number },
): { point: number; relativeCost: number } | undefined {
  const z = -normalQuantile(level);
  // A test that a single lost answer would fail is not sure: among few rows that is mere bad luck.
  if ((1 - maxLoss) ** rows * (1 + (rows * maxLoss) / (1 - maxLoss)) > level) return undefined;
  let best: { point: number; relativeCost: number } | undefined;
  for (const [point, { loss, variance, relativeCost, rows: known }] of points.entries()) {
    const error = Math.sqrt(variance / rows);
    if (loss + (z + sure * Math.sqrt(1 + rows / known)) * error > maxLoss) break;
    if (best === undefined || relativeCost < best.relativeCost) best = { point, relativeCost };
  }
  return best;
}
