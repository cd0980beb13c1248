import type { LossHypothesis } from './non-inferiority.ts';
import { normalProbability } from '../fit/normal.ts';

/**
 * Mean and sample variance of the losses and one more, as bad as the worst of them (1 if nothing was lost): without it, rare
 * losses of which too few were seen would look certain.
 */
export function lossMoments(losses: ArrayLike<number>): { mean: number; variance: number; rows: number } {
  const rows = losses.length + 1;
  let [sum, worst] = [0, 0];
  for (let index = 0; index < losses.length; index++) {
    const loss = losses[index] ?? NaN;
    if (!(loss >= -1 && loss <= 1)) throw new RangeError(`loss ${index} is ${loss}, not within −1..1`);
    sum += loss;
    worst = Math.max(worst, loss);
  }
  const more = worst > 0 ? worst : 1;
  const mean = (sum + more) / rows;
  let squares = (more - mean) ** 2;
  for (let index = 0; index < losses.length; index++) squares += ((losses[index] ?? NaN) - mean) ** 2;
  return { mean, variance: squares / (rows - 1), rows };
}

/**
 * The p-value that the mean of graded losses is at most `maxLoss`, by the normal law of their mean: valid in the limit of many,
 * also for the pooled losses of cross-fitted policies, with the variance over all of them (Bayle, Bayle, Janson & Mackey 2020,
 * arXiv 2007.12671, whose all-pairs estimate it is). Never below (1 − δ)ⁿ, what losing nothing at all would prove. 1 without
 * losses. Throws RangeError on a loss outside −1..1 and on impossible options.
 */
export function normalPValue(losses: ArrayLike<number>, { maxLoss, level }: LossHypothesis): number {
  if (!(maxLoss > 0 && maxLoss < 1)) throw new RangeError(`a loss of ${maxLoss} is not within (0, 1)`);
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not within (0, 1)`);
  const { mean, variance, rows } = lossMoments(losses);
  if (losses.length === 0) return 1;
  const score = (mean - maxLoss) / Math.sqrt(variance / rows);
  return Math.max(normalProbability(score), (1 - maxLoss) ** losses.length);
}
