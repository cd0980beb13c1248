import { normalQuantile } from '../../calibration/fit/normal.ts';
import { mean, type PolicyResult } from '../table/measure-rows.ts';
import { levelOfNextTest, wealthAfterPass, type AlphaWealth } from './alpha-wealth.ts';

/** A test of a frozen path, planned before any of the audits that it is made on were there. */
export interface PlannedInterimTest {
  /** On so many certification audits. */
  rows: number;
  /** The last point that is tested; absent: the walk goes on until one fails, and its chance is used up then. */
  until?: number;
  /**
   * On so many where the others have not come in {@link CANDIDATE_PATIENCE_MS}: something that saves is then as likely certified as
   * not. Absent where no fewer rows are of use. Fixed in advance like the rest: how many come says nothing of their losses.
   */
  least?: number;
}

/** After its freeze a candidate is not waited for longer than this where fewer rows are of use. */
export const CANDIDATE_PATIENCE_MS = 30 * 86_400_000;

/** How many certification audits a planned test waits for. @param waitedMs since the freeze. */
export function rowsDue({ rows, least }: PlannedInterimTest, waitedMs: number): number {
  return waitedMs < CANDIDATE_PATIENCE_MS ? rows : Math.min(rows, least ?? rows);
}

/** Careful looks at one candidate, at most. */
const MOST_CAREFUL = 2;
const LEAST_ROWS = 40;
const GROWTH = 1.25;
/** A look must be expected to save so much of what is spent now. */
const WORTH = 0.1;
/** How sure a careful look must be of passing, in standard errors of what is expected. The luckiest of many is looked at. */
const SURE = 1.28;
/** … and one that has waited too long of certifying something: about as likely as not, for few losses come by ones. */
const LIKELY = 0.5;

/** What a policy of a path did on rows that it was not fitted on: mean and variance of the loss, and cost. */
interface Expected {
  loss: number;
  variance: number;
  relativeCost: number;
  rows: number;
}

export interface InterimTestPlan {
  maxLoss: number;
  /** α of all attempts together. */
  level: number;
  wealth: AlphaWealth;
  /** Of what is in force, relative to always the last tier. */
  costNow: number;
  /** Points of the frozen path. */
  points: number;
  /** Certification audits after which the walk may go on until a point fails. */
  boldAt: number;
}

/**
 * When a frozen path is to be tested, and how far, told by rows that the testing ones are not among. Careful looks stop
 * early enough to be almost sure to pass, so that their chance is passed on; a bold one finds the cheapest policy that the
 * audits can prove.
 * @param measured a path's points, coarser, on rows that they were not fitted on, from the strictest.
 */
export function planInterimTests(
  measured: readonly PolicyResult[],
  options: InterimTestPlan,
): PlannedInterimTest[] {
  const { maxLoss, level, costNow, points, boldAt } = options;
  const known = measured.map(expected);
  const looks: PlannedInterimTest[] = [];
  let { wealth } = options;
  let cost = costNow;
  for (let rows = LEAST_ROWS; rows < boldAt; rows = Math.ceil(rows * GROWTH)) {
    if (looks.length === MOST_CAREFUL) break;
    const reached = sureOf(known, rows, { maxLoss, level: levelOfNextTest(wealth, level) });
    if (reached === undefined || reached.relativeCost > cost * (1 - WORTH)) continue;
    looks.push({ rows, until: Math.floor((reached.point * (points - 1)) / (measured.length - 1)) });
    wealth = wealthAfterPass(wealth, level);
    cost = reached.relativeCost;
  }
  const left = levelOfNextTest(wealth, level);
  const isUseful = (rows: number): boolean => {
    const reached = sureOf(known, rows, { maxLoss, level: left, sure: LIKELY });
    return reached !== undefined && reached.relativeCost <= cost * (1 - WORTH);
  };
  for (let rows = looks.at(-1)?.rows ?? LEAST_ROWS; rows < boldAt; rows = Math.ceil(rows * GROWTH))
    if (isUseful(rows)) return [...looks, { rows: boldAt, least: rows }];
  return [...looks, { rows: boldAt }];
}

function expected({ losses, relativeCost }: PolicyResult): Expected {
  const loss = mean(losses);
  const squares = losses.reduce((sum, each) => sum + (each - loss) ** 2, 0);
  // One answer in doubt more than were seen: without any loss the variance would be nothing.
  const variance = (squares + 1) / (losses.length + 1);
  return { loss, variance, relativeCost, rows: losses.length };
}

/** The cheapest point up to which a walk over so many rows is so sure to pass. */
function sureOf(
  points: readonly Expected[],
  rows: number,
  { maxLoss, level, sure = SURE }: { maxLoss: number; level: number; sure?: number },
): { point: number; relativeCost: number } | undefined {
  const z = -normalQuantile(level);
  // One answer lost among few rows is bad luck: a test that it would fail is not sure.
  if ((1 - maxLoss) ** rows * (1 + (rows * maxLoss) / (1 - maxLoss)) > level) return undefined;
  let best: { point: number; relativeCost: number } | undefined;
  for (const [point, { loss, variance, relativeCost, rows: known }] of points.entries()) {
    const error = Math.sqrt(variance / rows);
    if (loss + (z + sure * Math.sqrt(1 + rows / known)) * error > maxLoss) break;
    if (best === undefined || relativeCost < best.relativeCost) best = { point, relativeCost };
  }
  return best;
}
