import type { AuditedRow } from './audited-row.ts';

/** Weights above this say more about one lucky draw than about the traffic. */
const MOST_WEIGHT = 50;
/** Each later label discounts a label by this factor: about a thousand count in effect. */
const DISCOUNT = 0.998;
/** A label with this many after it counts for less than a thousandth of the newest. */
export const WEIGHTY_ROWS = Math.floor(Math.log(1e-3) / Math.log(DISCOUNT));
/** The factor for labels of an earlier epoch. */
const BEFORE_EPOCH = 0.2;

/**
 * How many labels each audited row counts for in a fit: 1/propensity, clipped; discounted by the labels after it; less if
 * it is older than the epoch. Scaled so that the weights sum to the number of equal labels that tell as much (Kish 1965).
 */
export function rowWeights(rows: readonly AuditedRow[], epochAfter: number): Float64Array {
  const raw = Float64Array.from(rows, ({ propensity, number }, index) => {
    const weight = Math.min(MOST_WEIGHT, 1 / propensity) * DISCOUNT ** (rows.length - 1 - index);
    return number <= epochAfter ? weight * BEFORE_EPOCH : weight;
  });
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const squares = raw.reduce((total, weight) => total + weight * weight, 0);
  return squares === 0 ? raw : raw.map((weight) => (weight * sum) / squares);
}
