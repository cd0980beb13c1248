import { isNonInferior } from './non-inferiority.ts';
import type { LossHypothesis } from './non-inferiority.ts';

/**
 * The greatest number of lost answers, none of them made up for, with which the exact test still passes on so many pairs; −1
 * where it does not pass even without one. Throws RangeError on impossible options.
 */
export function mostLost(pairs: number, hypothesis: LossHypothesis): number {
  const passes = (worse: number): boolean => isNonInferior({ worse, better: 0, pairs }, hypothesis);
  let most = -1;
  while (most < pairs && passes(most + 1)) most += 1;
  return most;
}
