import { binomialLowerTail, requireCount } from './binomial.ts';

/**
 * The p-value that accepted answers are wrong at most `maxRisk` of the time, where `wrong` of `accepted`
 * were: the chance of at most that many at that rate (Clopper & Pearson 1934; Geifman & El-Yaniv 2017). For
 * labels of the accepted answers alone, without the last tier's. 1 without answers. Throws RangeError on impossible counts, or a
 * risk outside (0, 1).
 */
export function selectiveRiskPValue({ wrong, accepted }: AcceptedCounts, maxRisk: number): number {
  requireCount(wrong, accepted);
  requireRisk(maxRisk);
  return binomialLowerTail(wrong, accepted, maxRisk);
}

/** Accepted answers that carry a label. */
export interface AcceptedCounts {
  readonly wrong: number;
  readonly accepted: number;
}

/**
 * How many accepted answers without one error prove the risk: 230, 114 and 45 for 1, 2 and 5 % at level .1.
 */
export function acceptedWithoutError(maxRisk: number, level: number): number {
  requireRisk(maxRisk);
  return Math.ceil(Math.log(level) / Math.log1p(-maxRisk));
}

/**
 * Where on a path from strict to lax the walk should start: the first policy that is expected, by its accepted
 * share of the fit rows, to accept twice as many certify rows as would suffice without error. Stricter ones could
 * not pass and would end the walk. Undefined if no policy accepts that many.
 */
export function selectiveRiskStart(
  acceptedShares: readonly number[],
  { certifyRows, maxRisk, level }: { certifyRows: number; maxRisk: number; level: number },
): number | undefined {
  const needed = 2 * acceptedWithoutError(maxRisk, level);
  const start = acceptedShares.findIndex((share) => share * certifyRows >= needed);
  return start < 0 ? undefined : start;
}

function requireRisk(maxRisk: number): void {
  if (!(maxRisk > 0 && maxRisk < 1)) throw new RangeError(`a risk of ${maxRisk} is not within (0, 1)`);
}
