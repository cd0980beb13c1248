import { clopperPearson, requireCount } from './binomial.ts';
import { greatestChance } from './greatest-chance.ts';
import type { ChanceBounds } from './greatest-chance.ts';
import { rejectionRegion, tangoScore } from './paired-score.ts';
import type { PairedCounts } from './paired-score.ts';

export type { PairedCounts } from './paired-score.ts';

/** What is tested: that the mean loss is at most `maxLoss`, with a chance of at most `level` of a false claim. */
export interface LossHypothesis {
  /** δ, within (0, 1): the greatest mean of score(last) − score(served) that is allowed. */
  readonly maxLoss: number;
  /** α, within (0, 1). */
  readonly level: number;
}

/** The share of the level that the Berger–Boos interval may miss by. */
const GAMMA = 0.01;
/** How much the p-value may exceed the exact one, as a share of the level; and the least such slack, for rounding errors. */
const SLACK = 0.001;
const ROUNDING = 1e-9;
/** How close to the ends 0 and 1 a chance is evaluated: its logarithm is infinite there, but the region's chance is continuous. */
const END = 1e-12;

/**
 * The p-value of the exact unconditional test of non-inferiority for matched pairs of right-or-wrong scores:
 * Tango's score statistic (1998), its chance made greatest over the share of discordant pairs within that
 * share's Clopper–Pearson interval at 1 − γ, plus γ, a hundredth of the level (Berger & Boos 1994). Small
 * values are evidence of a loss below `maxLoss`. What is returned is an upper bound: at least the exact value, and
 * at most a thousandth of the level (or 10⁻⁹) more. 1 without pairs. Throws RangeError on impossible counts
 * or options.
 */
export function nonInferiorityPValue(counts: PairedCounts, hypothesis: LossHypothesis): number {
  if (!checked(counts, hypothesis)) return 1;
  const { bound } = greatestError(counts, hypothesis, () => false);
  return Math.min(1, GAMMA * hypothesis.level + bound);
}

/** Whether that p-value is at most the level; much faster if it is clearly above or clearly below. */
export function isNonInferior(counts: PairedCounts, hypothesis: LossHypothesis): boolean {
  if (!checked(counts, hypothesis)) return false;
  const allowed = hypothesis.level * (1 - GAMMA);
  const { bound } = greatestError(
    counts,
    hypothesis,
    ({ least, bound: most }) => least > allowed || most <= allowed,
  );
  return bound <= allowed;
}

/**
 * Counts pairs by their losses, score(last) − score(served). Throws RangeError if a loss is not −1, 0 or
 * 1.
 */
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

/** Throws RangeError on impossible input; false if there is nothing to test. */
function checked({ worse, better, pairs }: PairedCounts, { maxLoss, level }: LossHypothesis): boolean {
  requireCount(worse, pairs);
  requireCount(better, pairs - worse);
  if (!(maxLoss > 0 && maxLoss < 1)) throw new RangeError(`a loss of ${maxLoss} is not within (0, 1)`);
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not within (0, 1)`);
  return pairs > 0;
}

/** The greatest chance of a score as low as the observed one, if the loss equals the margin. */
function greatestError(
  { worse, better, pairs }: PairedCounts,
  { maxLoss: margin, level }: LossHypothesis,
  enough: (bounds: ChanceBounds) => boolean,
): ChanceBounds {
  const { lower, upper } = clopperPearson(worse + better, pairs, 1 - GAMMA * level);
  const from = Math.max(lower, margin * (1 + END));
  const to = Math.max(from, Math.min(upper, 1 - END));
  // Nine standard deviations, and more if the binomial is far from normal.
  const first = Math.max(0, Math.floor(pairs * from - 9 * Math.sqrt(pairs * from)));
  const last = Math.min(pairs, Math.ceil(pairs * to + 9 * Math.sqrt(pairs * to) + 40));
  const region = rejectionRegion(tangoScore(worse, better, pairs, margin), pairs, margin, first, last);
  const slack = Math.max(SLACK * level, ROUNDING);
  return greatestChance({ region, pairs, margin }, { lower: from, upper: to }, slack, enough);
}
