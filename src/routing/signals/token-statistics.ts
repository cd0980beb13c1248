import { FLOOR, type MeasuredToken } from './measured-token.ts';
import { createQuantile } from './quantile.ts';

/** Tokens in the window whose worst mean is kept. */
const WINDOW = 16;

/** Statistics of a run of tokens, each in constant time a token (`algorithms.md` §1 names them). */
export interface TokenStatistics {
  add(token: MeasuredToken): void;
  /** The statistics so far, their names after `prefix`; none before the first token. */
  write(into: Record<string, number>, prefix: string): void;
}

export function createTokenStatistics(): TokenStatistics {
  const ring: number[] = [];
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

  return {
    add({ logprob, choice }) {
      if (!Number.isFinite(logprob)) return;
      const slot = count % WINDOW;
      windowSum += logprob - (ring[slot] ?? 0);
      ring[slot] = logprob;
      count += 1;
      sum += logprob;
      min = Math.min(min, logprob);
      logprobs.add(logprob);
      if (count >= WINDOW) worstWindow = Math.min(worstWindow, windowSum / WINDOW);
      if (choice === undefined) return;
      const { margin, entropy } = choice;
      if (choice.unlikely) unlikely += 1;
      entropySum += entropy;
      entropyMax = Math.max(entropyMax, entropy);
      if (margins === 0) first = margin;
      margins += 1;
      marginSum += margin;
      marginMin = Math.min(marginMin, margin);
      marginQuantile.add(margin + FLOOR);
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
