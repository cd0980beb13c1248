import { FLOOR, type MeasuredToken } from './measured-token.ts';
import { createQuantile } from './quantile.ts';
import type { Signal } from './signal.ts';

/** Tokens in the window whose worst mean is kept. */
const WINDOW = 16;

/** The statistics of a run of tokens, named without the run's prefix. */
export const STATISTICS: readonly Signal[] = [
  logprobSignal('meanLogprob', 'Mean log-probability.'),
  logprobSignal('minLogprob', 'Lowest log-probability of a token.'),
  logprobSignal('p10Logprob', 'Log-probability that a tenth of the tokens do not exceed.'),
  logprobSignal(
    'worstWindowLogprob',
    'Lowest mean log-probability of sixteen tokens in a row; of all tokens where there are fewer.',
  ),
  marginSignal('firstMargin', 'Margin of the first token.'),
  marginSignal('meanMargin', 'Mean margin.'),
  marginSignal('minMargin', 'Lowest margin of a token.'),
  marginSignal('p10Margin', 'Margin that a tenth of the tokens do not exceed.'),
  entropySignal('meanEntropy', 'Mean entropy.'),
  entropySignal('maxEntropy', 'Highest entropy of a token.'),
  {
    name: 'unlikelyShare',
    range: [0, 1],
    unit: 'share',
    meaning: 'Share of tokens whose likeliest alternative had less than an even chance.',
  },
];

function logprobSignal(name: string, meaning: string): Signal {
  return { name, range: [FLOOR, 0], unit: 'nats', transform: 'logit-exp', meaning };
}

function marginSignal(name: string, meaning: string): Signal {
  return { name, range: [0, -FLOOR], unit: 'nats', meaning };
}

function entropySignal(name: string, meaning: string): Signal {
  return { name, range: [0, Infinity], unit: 'nats', meaning };
}

/** Statistics of a run of tokens, each in constant time a token. */
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
