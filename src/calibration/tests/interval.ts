import { normalQuantile } from '../fit/normal.ts';

/** From lower to upper, both ends included. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** A measured number with the 95 % interval of what it estimates. */
export interface Estimate {
  value: number;
  lower: number;
  upper: number;
}

/**
 * Wilson's score interval of a share (Wilson 1927): `share` 0..1 was seen among `trials` > 0 (a count, or an
 * effective size); `certainty` is two-sided, .95 by default. Without trials nothing is known: 0..1.
 */
export function wilsonInterval(share: number, trials: number, certainty = 0.95): Interval {
  if (!(trials > 0)) return { lower: 0, upper: 1 };
  const z = normalQuantile((1 + certainty) / 2);
  const shrink = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / shrink;
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  // At a share of 0 or 1 the end of the interval is that share, except for rounding.
  return {
    lower: share === 0 ? 0 : Math.max(0, centre - half),
    upper: share === 1 ? 1 : Math.min(1, centre + half),
  };
}
