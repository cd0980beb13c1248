import type { Interval } from './interval.ts';

const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);

/** ln n! minus Stirling's formula, for small n, where the series below is not exact. */
const SMALL_ERRORS = Array.from({ length: 16 }, (_, n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return n === 0 ? 0 : Math.log(factorial) - (n + 0.5) * Math.log(n) + n - HALF_LOG_TAU;
});

function stirlingError(n: number): number {
  const square = n * n;
  return (
    SMALL_ERRORS[n] ??
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n
  );
}

/** x·ln(x/mean) + mean − x, without cancellation where x is near the mean. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let power = 2 * x * v;
  for (let odd = 3; ; odd += 2) {
    power *= v * v;
    const next = sum + power / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * P(X = k) for X ~ Bin(n, p), to about 15 digits (Loader 2000, Fast and accurate computation of binomial
 * probabilities).
 */
export function binomialMass(k: number, n: number, p: number): number {
  return mass(k, n, p, 1 - p);
}

/** The same with q = 1 − p given separately: computed from p, a small q would lose digits. */
function mass(k: number, n: number, p: number, q: number): number {
  if (k < 0 || k > n) return 0;
  if (p === 0) return k === 0 ? 1 : 0;
  if (q === 0) return k === n ? 1 : 0;
  if (k === 0) return Math.exp(n * (p < 0.5 ? Math.log1p(-p) : Math.log(q)));
  if (k === n) return Math.exp(n * (q < 0.5 ? Math.log1p(-q) : Math.log(p)));
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p) - deviance(n - k, n * q);
  return Math.exp(exponent - HALF_LOG_TAU) * Math.sqrt(n / (k * (n - k)));
}

/** P(X ≤ k) for X ~ Bin(n, p), with full relative accuracy if it is small. */
export function binomialLowerTail(k: number, n: number, p: number): number {
  return lowerTail(k, n, p, 1 - p);
}

/** P(X ≥ k) for X ~ Bin(n, p), with full relative accuracy if it is small. */
export function binomialUpperTail(k: number, n: number, p: number): number {
  return lowerTail(n - k, n, 1 - p, p);
}

function lowerTail(k: number, n: number, p: number, q: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return k < n * p ? sumDown(k, n, p, q) : 1 - sumDown(n - k - 1, n, q, p);
}

/** P(X ≤ k) for k below the mean, where the terms fall from k downwards. */
function sumDown(k: number, n: number, p: number, q: number): number {
  let term = mass(k, n, p, q);
  let sum = term;
  const odds = q / p;
  for (let j = k; j > 0 && term > sum * 1e-17; j--) {
    term *= (j / (n - j + 1)) * odds;
    sum += term;
  }
  return Math.min(1, sum);
}

/**
 * Clopper & Pearson's exact interval (1934) of the probability of an event that happened in k of n trials; `certainty` is
 * two-sided. 0..1 without trials. Throws RangeError if k is not an integer within 0..n.
 */
export function clopperPearson(k: number, n: number, certainty: number): Interval {
  requireCount(k, n);
  const tail = (1 - certainty) / 2;
  return {
    lower: k === 0 ? 0 : bisect((p) => binomialUpperTail(k, n, p) > tail).lower,
    upper: k === n ? 1 : bisect((p) => binomialLowerTail(k, n, p) <= tail).upper,
  };
}

/** Throws RangeError unless k and n are integers with 0 ≤ k ≤ n. */
export function requireCount(k: number, n: number): void {
  if (!(Number.isInteger(k) && Number.isInteger(n) && k >= 0 && k <= n)) throw new RangeError(`${k} of ${n}`);
}

/** Where a condition on a probability, false below and true above, becomes true: the two adjacent numbers. */
function bisect(holds: (p: number) => boolean): Interval {
  let [lower, upper] = [0, 1];
  for (;;) {
    const middle = (lower + upper) / 2;
    if (upper - lower < 1e-15 || middle === lower || middle === upper) return { lower, upper };
    if (holds(middle)) upper = middle;
    else lower = middle;
  }
}
