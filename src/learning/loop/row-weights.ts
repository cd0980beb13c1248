import type { AuditedRow } from './state.ts';

/** Weights beyond this say more of one lucky draw than of the traffic. */
const MOST_WEIGHT = 50;
/** A label counts so much less with each that came after it: about a thousand are in effect. */
const DISCOUNT = 0.998;
/** Labels with so many after them count for less than a thousandth of the newest. */
export const WEIGHTY_ROWS = Math.floor(Math.log(1e-3) / Math.log(DISCOUNT));
/** Labels of an earlier epoch. */
const BEFORE_EPOCH = 0.2;

/**
 * How many labels each audited row counts for in a fit: 1/propensity, clipped; discounted by the labels that came after
 * it; less where it is older than the epoch. Scaled so that they sum to the number of equal labels that tell as much
 * (Kish 1965).
 */
export function rowWeights(rows: readonly AuditedRow[], epochBeganAtMs: number): Float64Array {
  const raw = Float64Array.from(rows, ({ propensity, atMs }, index) => {
    const weight = Math.min(MOST_WEIGHT, 1 / propensity) * DISCOUNT ** (rows.length - 1 - index);
    return atMs < epochBeganAtMs ? weight * BEFORE_EPOCH : weight;
  });
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const squares = raw.reduce((total, weight) => total + weight * weight, 0);
  return squares === 0 ? raw : raw.map((weight) => (weight * sum) / squares);
}
