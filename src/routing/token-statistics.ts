import { createQuantile } from './quantile.ts';

/** One token as the accumulator reads it: natural logarithms, the alternatives in any order. */
export interface ScoredToken {
  token: string;
  logprob: number;
  top_logprobs?: readonly { logprob: number }[];
}

/** Tokens in the window whose worst mean is kept. */
const WINDOW = 16;
/** A log-probability below this says no more than this; servers write −∞ as −9999 or so. */
const FLOOR = -20;

/** Statistics of a run of tokens, each in constant time a token (`algorithms.md` §1 names them). */
export interface TokenStatistics {
  add(token: ScoredToken): void;
  /** The statistics so far, their names after `prefix`; none before the first token. */
  write(into: Record<string, number>, prefix: string): void;
}

export function createTokenStatistics(): TokenStatistics {
  const ring = new Float64Array(WINDOW);
  const logprobs = createQuantile();
  let count = 0;
  let sum = 0;
  let min = 0;
  let windowSum = 0;
  let worstWindow = 0;
  let unlikely = 0;
  let margins = 0;
  let marginSum = 0;
  let marginMin = Infinity;
  let entropySum = 0;
  let entropyMax = 0;
  let first = Number.NaN;
  const marginQuantile = createQuantile();

  function addAlternatives(alternatives: readonly { logprob: number }[]): void {
    let best = -Infinity;
    let second = -Infinity;
    let mass = 0;
    let entropy = 0;
    for (const { logprob } of alternatives) {
      if (logprob > best) {
        second = best;
        best = logprob;
      } else if (logprob > second) second = logprob;
      const p = Math.exp(logprob);
      mass += p;
      if (p > 0) entropy -= p * logprob;
    }
    const rest = 1 - mass;
    if (rest > 1e-9) entropy -= rest * Math.log(rest);
    if (best < -Math.LN2) unlikely += 1;
    entropySum += entropy;
    entropyMax = Math.max(entropyMax, entropy);
    const margin = Math.min(-FLOOR, best - Math.max(second, FLOOR));
    if (!Number.isFinite(margin)) return;
    if (margins === 0) first = margin;
    margins += 1;
    marginSum += margin;
    marginMin = Math.min(marginMin, margin);
    marginQuantile.add(margin + FLOOR);
  }

  return {
    add({ logprob, top_logprobs: alternatives }) {
      const value = Math.max(FLOOR, logprob);
      if (!Number.isFinite(value)) return;
      const slot = count % WINDOW;
      windowSum += value - (ring[slot] ?? 0);
      ring[slot] = value;
      count += 1;
      sum += value;
      min = Math.min(min, value);
      logprobs.add(value);
      if (count >= WINDOW) worstWindow = Math.min(worstWindow, windowSum / WINDOW);
      if (alternatives !== undefined && alternatives.length > 1) addAlternatives(alternatives);
    },
    write(into, prefix) {
      if (count === 0) return;
      into[`${prefix}meanLogprob`] = sum / count;
      into[`${prefix}minLogprob`] = min;
      into[`${prefix}p10Logprob`] = logprobs.at(0.1);
      into[`${prefix}worstWindowLogprob`] = count >= WINDOW ? worstWindow : sum / count;
      if (margins === 0) return;
      into[`${prefix}firstMargin`] = first;
      into[`${prefix}meanMargin`] = marginSum / margins;
      into[`${prefix}minMargin`] = marginMin;
      into[`${prefix}p10Margin`] = marginQuantile.at(0.1) - FLOOR;
      into[`${prefix}meanEntropy`] = entropySum / margins;
      into[`${prefix}maxEntropy`] = entropyMax;
      into[`${prefix}unlikelyShare`] = unlikely / margins;
    },
  };
}
