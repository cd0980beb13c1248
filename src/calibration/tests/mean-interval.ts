import type { Interval } from './interval.ts';
import { normalQuantile } from '../fit/normal.ts';

/**
 * The interval of a mean of differences within −1..1, such as one answer's score minus another's. Half a row of each end and
 * one row of 0 are added first, so that a sample without differences does not look certain: for scores of 0 or 1 it is the
 * adjusted Wald interval of matched pairs (Agresti & Min 2005, doi 10.1002/sim.1781). `certainty` is
 * two-sided. Without rows nothing is known: −1..1.
 */
export function meanDifferenceInterval(differences: ArrayLike<number>, certainty = 0.95): Interval {
  const rows = Array.from(differences);
  const bad = rows.findIndex((each) => !(each >= -1 && each <= 1));
  if (bad >= 0) throw new RangeError(`difference ${bad} is ${rows[bad]}, not within −1..1`);
  if (rows.length === 0) return { lower: -1, upper: 1 };
  const size = rows.length + 2;
  const mean = rows.reduce((sum, each) => sum + each, 0) / size;
  const square = (rows.reduce((sum, each) => sum + each * each, 0) + 1) / size;
  const half = normalQuantile((1 + certainty) / 2) * Math.sqrt(Math.max(0, square - mean * mean) / size);
  return { lower: Math.max(-1, mean - half), upper: Math.min(1, mean + half) };
}

/**
 * The interval of Σ numerator ÷ Σ denominator over rows drawn together, by linearisation (Cochran 1977, §6.4).
 * Undefined with fewer than two rows, or if the denominators' sum is not positive. Throws RangeError if the
 * columns' lengths differ.
 */
export function ratioInterval(
  numerator: ArrayLike<number>,
  denominator: ArrayLike<number>,
  certainty = 0.95,
): Interval | undefined {
  const [above, below] = [Array.from(numerator), Array.from(denominator)];
  if (above.length !== below.length)
    throw new RangeError(`${above.length} numerators, ${below.length} denominators`);
  const total = below.reduce((sum, each) => sum + each, 0);
  if (above.length < 2 || !(total > 0)) return undefined;
  const ratio = above.reduce((sum, each) => sum + each, 0) / total;
  const squares = above.reduce((sum, each, row) => sum + (each - ratio * (below[row] ?? NaN)) ** 2, 0);
  const error = Math.sqrt((squares * above.length) / (above.length - 1)) / total;
  const half = normalQuantile((1 + certainty) / 2) * error;
  return { lower: ratio - half, upper: ratio + half };
}
