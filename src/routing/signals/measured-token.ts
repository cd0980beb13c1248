/** One token as the accumulator reads it: natural logarithms, the alternatives in any order. */
export interface ScoredToken {
  token: string;
  logprob: number;
  top_logprobs?: readonly { logprob: number }[];
}

/** What a token's numbers say. Computed once, and used for every run of tokens that it belongs to. */
export interface MeasuredToken {
  /** Its log-probability, at least {@link FLOOR}; NaN where there is none. */
  logprob: number;
  /** Of its alternatives; undefined where there are fewer than two. */
  choice: TokenChoice | undefined;
}

/** How undecided the model was between a token's alternatives. */
export interface TokenChoice {
  /** Between the two likeliest, in nats, within 0..−{@link FLOOR}. */
  margin: number;
  /** In nats. The alternatives that were not listed count as one. */
  entropy: number;
  /** Whether even the likeliest had less than an even chance. */
  unlikely: boolean;
}

/** Lower log-probabilities count as this one; servers write −∞ as −9999 or the like. */
export const FLOOR = -20;

/** In nats: how far rounding can take a log-probability above 0. */
const ROUNDING = 1e-3;

/** A server's number as a log-probability; NaN for a probability above 1, or for what is not a number. */
export function asLogprob(given: number): number {
  return typeof given === 'number' && given <= ROUNDING ? Math.min(0, given) : Number.NaN;
}

export function measureToken({ logprob, top_logprobs: alternatives }: ScoredToken): MeasuredToken {
  return {
    logprob: Math.max(FLOOR, asLogprob(logprob)),
    choice: alternatives !== undefined && alternatives.length > 1 ? measureChoice(alternatives) : undefined,
  };
}

function measureChoice(alternatives: readonly { logprob: number }[]): TokenChoice | undefined {
  let best = -Infinity;
  let second = -Infinity;
  let mass = 0;
  let entropy = 0;
  let known = 0;
  for (const alternative of alternatives) {
    const logprob = asLogprob(alternative.logprob);
    if (Number.isNaN(logprob)) continue;
    known += 1;
    if (logprob > best) {
      second = best;
      best = logprob;
    } else if (logprob > second) second = logprob;
    const p = Math.exp(logprob);
    mass += p;
    if (p > 0) entropy -= p * logprob;
  }
  if (known < 2) return undefined;
  const rest = 1 - mass;
  if (rest > 1e-9) entropy -= rest * Math.log(rest);
  return { margin: Math.max(best, FLOOR) - Math.max(second, FLOOR), entropy, unlikely: best < -Math.LN2 };
}
