import type { LossHypothesis } from './non-inferiority.ts';

/**
 * The p-value that the mean of graded losses is at most `maxLoss`, by betting against its being more
 * (Waudby-Smith & Ramdas 2024, arXiv 2010.09686): a gambler's capital under that hypothesis exceeds 1/p with
 * a chance of at most p (Ville 1939). Losses are score(last) − score(served), within −1..1, in an order that
 * does not depend on them: shuffle them. Valid for any such losses; it needs about 1.35 times the slack of the
 * exact test for right-or-wrong scores. The bets are set for `level`. 1 without losses. Throws RangeError on
 * a loss outside −1..1 and on impossible options.
 */
export function bettingPValue(losses: ArrayLike<number>, { maxLoss, level }: LossHypothesis): number {
  if (!(maxLoss > -1 && maxLoss < 1)) throw new RangeError(`a loss of ${maxLoss} is not within (−1, 1)`);
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not within (0, 1)`);
  const target = (maxLoss + 1) / 2;
  const greatestBet = 0.9 / (1 - target);
  let sum = 0.5;
  let squares = 0.25;
  let capital = 0;
  let greatest = 0;
  for (let index = 0; index < losses.length; index++) {
    const loss = losses[index] ?? NaN;
    if (!(loss >= -1 && loss <= 1)) throw new RangeError(`loss ${index} is ${loss}, not within −1..1`);
    const x = (loss + 1) / 2;
    // The bet depends on earlier losses only; index + 1 counts the row that mean and variance start from.
    const variance = squares / (index + 1);
    const bet = Math.min(Math.sqrt((2 * Math.log(1 / level)) / (losses.length * variance)), greatestBet);
    capital += Math.log1p(-bet * (x - target));
    greatest = Math.max(greatest, capital);
    sum += x;
    squares += (x - sum / (index + 2)) ** 2;
  }
  return Math.exp(-greatest);
}
