import { clopperPearson, requireCount } from './binomial.ts';
import { rejectionRegion, tangoScore } from './paired-score.ts';
import type { PairedCounts } from './paired-score.ts';
import { regionChance } from './region-chance.ts';
import type { RegionChance } from './region-chance.ts';

export type { PairedCounts } from './paired-score.ts';

/** What is tested: that the mean loss is at most `maxLoss`, with at most the chance `level` of saying so wrongly. */
export interface LossHypothesis {
  /** δ, within (0, 1): the greatest mean of score(last) − score(served) that is allowed. */
  readonly maxLoss: number;
  /** α, within (0, 1). */
  readonly level: number;
}

/** The share of the level that the Berger–Boos interval may miss by. */
const GAMMA = 0.01;
/** How much the p-value may exceed the exact supremum, as a share of the level. */
const SLACK = 0.001;

/**
 * The p-value of the exact unconditional test of non-inferiority for matched pairs of right-or-wrong scores: Tango's score
 * statistic (1998), its chance made greatest over the share of discordant pairs within that share's Clopper–Pearson interval
 * at 1 − γ, plus γ, a hundredth of the level (Berger & Boos 1994). Small values speak for a loss below `maxLoss`.
 *
 * The greatest chance f is found by branch and bound: between two points f stays under the parabolas that its values and
 * slopes there and a bound on its curvature allow, so no peak is missed. What is returned is the upper bound: at least the
 * exact value, and at most a thousandth of the level more. 1 without pairs. Throws RangeError on impossible counts or options.
 */
export function nonInferiorityPValue(counts: PairedCounts, hypothesis: LossHypothesis): number {
  if (!checked(counts, hypothesis)) return 1;
  const { bound } = greatestChance(counts, hypothesis, () => false);
  return Math.min(1, GAMMA * hypothesis.level + bound);
}

/** Whether that p-value is at most the level; much faster where it is clearly more or clearly less. */
export function isNonInferior(counts: PairedCounts, hypothesis: LossHypothesis): boolean {
  if (!checked(counts, hypothesis)) return false;
  const allowed = hypothesis.level * (1 - GAMMA);
  const { bound } = greatestChance(counts, hypothesis, (least, most) => least > allowed || most <= allowed);
  return bound <= allowed;
}

/** Counts pairs by their losses, score(last) − score(served). Throws RangeError where a loss is not −1, 0 or 1. */
export function countPairs(losses: Iterable<number>): PairedCounts {
  let [worse, better, pairs] = [0, 0, 0];
  for (const loss of losses) {
    if (loss === 1) worse++;
    else if (loss === -1) better++;
    else if (loss !== 0) throw new RangeError(`pair ${pairs}: a loss of ${loss} is not −1, 0 or 1`);
    pairs++;
  }
  return { worse, better, pairs };
}

/** Throws RangeError on what cannot be; false where there is nothing to test. */
function checked({ worse, better, pairs }: PairedCounts, { maxLoss, level }: LossHypothesis): boolean {
  requireCount(worse, pairs);
  requireCount(better, pairs - worse);
  if (!(maxLoss > 0 && maxLoss < 1)) throw new RangeError(`a loss of ${maxLoss} is not within (0, 1)`);
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not within (0, 1)`);
  return pairs > 0;
}

interface Cell {
  readonly from: number;
  readonly to: number;
  readonly left: RegionChance;
  readonly right: RegionChance;
  /** No chance within the cell is greater. */
  readonly bound: number;
}

/** The first cut of the interval into cells. */
const CELLS = 8;

/**
 * Bounds of the greatest chance, from below and above, narrowed until they meet within the slack or `enough` is told.
 */
function greatestChance(
  { worse, better, pairs }: PairedCounts,
  { maxLoss, level }: LossHypothesis,
  enough: (least: number, most: number) => boolean,
): { least: number; bound: number } {
  const { lower, upper } = clopperPearson(worse + better, pairs, 1 - GAMMA * level);
  // At the ends 0 and 1 of a chance its logarithm is not finite; the chance of the region is continuous there.
  const from = Math.max(lower, maxLoss * (1 + 1e-12));
  const to = Math.max(from, Math.min(upper, 1 - 1e-12));
  const margin = maxLoss;
  const region = rejectionRegion(
    tangoScore(worse, better, pairs, margin),
    pairs,
    margin,
    Math.max(0, Math.floor(pairs * from - 9 * Math.sqrt(pairs * from))),
    Math.min(pairs, Math.ceil(pairs * to + 9 * Math.sqrt(pairs * to) + 40)),
  );
  const chanceAt = (discordance: number): RegionChance => regionChance(region, pairs, margin, discordance);
  const cellOf = (start: number, end: number, left: RegionChance, right: RegionChance): Cell => {
    const bound = peakBound(left, right, end - start, greatestCurvature(pairs, margin, start, end));
    return { from: start, to: end, left, right, bound };
  };

  let left = chanceAt(from);
  let least = left.value;
  let cells: Cell[] = [];
  for (let index = 0; index < (to > from ? CELLS : 0); index++) {
    const start = from + ((to - from) * index) / CELLS;
    const end = from + ((to - from) * (index + 1)) / CELLS;
    const right = chanceAt(end);
    least = Math.max(least, right.value);
    cells.push(cellOf(start, end, left, right));
    left = right;
  }
  for (;;) {
    const bound = cells.reduce((most, cell) => Math.max(most, cell.bound), least);
    if (bound - least <= SLACK * level || enough(least, bound)) return { least, bound };
    const halves: Cell[] = [];
    for (const cell of cells) {
      if (cell.bound - least <= SLACK * level) {
        // Kept whole: it can no longer raise the bound by more than the slack.
        halves.push(cell);
        continue;
      }
      const middle = (cell.from + cell.to) / 2;
      const at = chanceAt(middle);
      least = Math.max(least, at.value);
      halves.push(cellOf(cell.from, middle, cell.left, at), cellOf(middle, cell.to, at, cell.right));
    }
    cells = halves;
  }
}

/**
 * A bound on the second derivative of a region's chance by the discordance π, within a cell. With S the score of the sample,
 * f″ = E[1(S² + S′)] ≤ E S², the Fisher information, as S′ < 0; and f″ is ¼·pairs·(pairs − 1) times a second difference
 * of the region's indicator, which is at most 3. The information is convex in π: it is greatest at an end.
 */
function greatestCurvature(pairs: number, margin: number, from: number, to: number): number {
  const information = (discordance: number): number =>
    pairs * (0.5 / (discordance + margin) + 0.5 / (discordance - margin) + 1 / (1 - discordance));
  return Math.min(0.75 * pairs * pairs, Math.max(information(from), information(to)));
}

/** The highest point under both parabolas: from the left end and from the right one. They cross once at most. */
function peakBound(left: RegionChance, right: RegionChance, width: number, curvature: number): number {
  const fromLeft = (at: number): number => left.value + left.slope * at + 0.5 * curvature * at * at;
  const gapAtStart = left.value - (right.value - right.slope * width + 0.5 * curvature * width * width);
  const gapSlope = left.slope - right.slope + curvature * width;
  const crossing = gapSlope === 0 ? 0 : Math.min(width, Math.max(0, -gapAtStart / gapSlope));
  return Math.max(left.value, right.value, fromLeft(crossing));
}
