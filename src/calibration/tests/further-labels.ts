import { bettingPValue } from './betting.ts';
import { isNonInferior } from './non-inferiority.ts';
import type { LossHypothesis, PairedCounts } from './non-inferiority.ts';
import { normalQuantile } from '../fit/normal.ts';
import { lossMoments, normalPValue } from './normal-test.ts';
import { selectiveRiskPValue } from './selective-risk.ts';
import type { AcceptedCounts } from './selective-risk.ts';

/** If more labels than this would be needed, the number is not told. */
const MOST = 1_000_000;
/**
 * How many rows the prior guess counts for: that a policy differs from the last tier in a share δ of the rows, as often for
 * better as for worse.
 */
const PRIOR_ROWS = 10;

/**
 * About how many more labelled pairs a policy needs to be certified, with the chance `power` (.8 by default)
 * that they suffice: the least number of pairs with which the exact test passes even if the loss turns out that
 * unlucky.
 *
 * An estimate, not a promise: it takes the rates seen so far, with ten rows' worth of a prior guess, for the
 * true ones, so it is as uncertain as they are, and it assumes that the policy stays the same. Undefined
 * if the loss as measured is not below `maxLoss`, or more than a million pairs would be needed: then
 * labels do not help, and another policy might. 0 where it passes already. Throws RangeError on impossible
 * counts or options.
 */
export function furtherPairs(
  counts: PairedCounts,
  hypothesis: LossHypothesis,
  power = 0.8,
): number | undefined {
  if (isNonInferior(counts, hypothesis)) return 0;
  const rows = counts.pairs + PRIOR_ROWS;
  const guess = (PRIOR_ROWS * hypothesis.maxLoss) / 2;
  const worse = (counts.worse + guess) / rows;
  const better = (counts.better + guess) / rows;
  const loss = worse - better;
  if (counts.worse - counts.better >= counts.pairs * hypothesis.maxLoss && counts.pairs > 0) return undefined;
  const luck = normalQuantile(power);
  const passes = (pairs: number): boolean => {
    const unlucky = pairs * loss + luck * Math.sqrt(pairs * (worse + better - loss * loss));
    const discordant = Math.min(pairs, Math.max(pairs * (worse + better), Math.abs(unlucky)));
    const more = Math.min(pairs, Math.ceil((discordant + unlucky) / 2));
    const fewer = Math.min(pairs - more, Math.floor((discordant - unlucky) / 2));
    return isNonInferior({ worse: more, better: Math.max(0, fewer), pairs }, hypothesis);
  };
  return leastFurther(counts.pairs, passes);
}

/**
 * The same for graded losses and the betting test: its capital grows at the pace of the measured slack, and
 * the number is σ²(√(2 ln(1/α)) + z)²/(δ − mean)² in all, z the normal quantile of the power. Undefined where
 * the mean loss as measured is not below `maxLoss`, where there are no losses, or beyond a million; 0 where
 * it passes already. Throws RangeError like `bettingPValue`.
 */
export function furtherGraded(
  losses: readonly number[],
  hypothesis: LossHypothesis,
  power = 0.8,
): number | undefined {
  const { maxLoss, level } = hypothesis;
  if (bettingPValue(losses, hypothesis) <= level) return 0;
  const count = losses.length;
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / count;
  // Like the bets' own variance it starts from one row of variance, so that equal losses do not seem certain.
  const variance = (1 + losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0)) / (count + 1);
  const slack = maxLoss - mean;
  if (count === 0 || !(slack > 0)) return undefined;
  const needed = (variance * (Math.sqrt(2 * Math.log(1 / level)) + normalQuantile(power)) ** 2) / slack ** 2;
  return needed > MOST ? undefined : Math.max(1, Math.ceil(needed) - count);
}

/** The same for graded losses and the normal test: σ²(z + z of the power)²/(δ − mean)² in all, z the normal quantile of 1 − α. */
export function furtherNormal(
  losses: ArrayLike<number>,
  hypothesis: LossHypothesis,
  power = 0.8,
): number | undefined {
  const { maxLoss, level } = hypothesis;
  if (normalPValue(losses, hypothesis) <= level) return 0;
  const { mean, variance } = lossMoments(losses);
  const slack = maxLoss - mean;
  if (losses.length === 0 || !(slack > 0)) return undefined;
  const needed = Math.max(
    (variance * (normalQuantile(1 - level) + normalQuantile(power)) ** 2) / slack ** 2,
    Math.log(level) / Math.log1p(-maxLoss),
  );
  return needed > MOST ? undefined : Math.max(1, Math.ceil(needed) - losses.length);
}

/**
 * The same for a selective risk, in labelled accepted answers. The share of errors is the observed one, with a
 * prior guess of half the allowed risk that counts for ten answers. Undefined if it is not below `maxRisk`, or
 * beyond a million.
 */
export function furtherAccepted(
  { wrong, accepted }: AcceptedCounts,
  { maxRisk, level }: { readonly maxRisk: number; readonly level: number },
  power = 0.8,
): number | undefined {
  if (selectiveRiskPValue({ wrong, accepted }, maxRisk) <= level) return 0;
  const risk = (wrong + (PRIOR_ROWS * maxRisk) / 2) / (accepted + PRIOR_ROWS);
  if (wrong >= accepted * maxRisk && accepted > 0) return undefined;
  return leastFurther(accepted, (answers) => {
    const unlucky = Math.ceil(
      answers * risk + normalQuantile(power) * Math.sqrt(answers * risk * (1 - risk)),
    );
    return (
      selectiveRiskPValue({ wrong: Math.min(answers, Math.max(0, unlucky)), accepted: answers }, maxRisk) <=
      level
    );
  });
}

/** The least number above `have` that passes, minus `have`; by doubling, then bisection. */
function leastFurther(have: number, passes: (pairs: number) => boolean): number | undefined {
  let fails = have;
  let enough = Math.max(16, 2 * have);
  while (!passes(enough)) {
    if (enough >= MOST) return undefined;
    fails = enough;
    enough = Math.min(MOST, 2 * enough);
  }
  // Such an estimate is no more exact than one label in two hundred.
  while (enough - fails > Math.max(1, enough / 200)) {
    const middle = Math.floor((fails + enough) / 2);
    if (passes(middle)) enough = middle;
    else fails = middle;
  }
  return enough - have;
}
