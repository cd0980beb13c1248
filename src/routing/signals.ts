import { createAnswerSpan } from './answer-span.ts';
import type { Signals } from './attempt.ts';
import { createTokenStatistics, type ScoredToken, type TokenStatistics } from './token-statistics.ts';

/**
 * Collects an answer's signals from its tokens, in constant time a token: any prefix of a stream has the same
 * signals as the whole. Statistics of all tokens carry their plain names, those of the answer span begin with `span.`,
 * those of the tokens that hold a digit with `digits.`.
 */
export interface SignalAccumulator {
  add(token: ScoredToken): void;
  signals(): Signals;
}

/** In worked arithmetic the words are near certain, whether the numbers are right or not. */
const DIGIT = /\d/;

export function createSignalAccumulator(): SignalAccumulator {
  const span = createAnswerSpan();
  // Made with the first token: an answer without log-probabilities pays nothing.
  let whole: TokenStatistics | undefined;
  let inSpan: TokenStatistics | undefined;
  let inDigits: TokenStatistics | undefined;
  let tokens = 0;
  return {
    add(token) {
      tokens += 1;
      (whole ??= createTokenStatistics()).add(token);
      const { inside, restart } = span.next(token.token);
      if (restart) inSpan = undefined;
      if (inside) (inSpan ??= createTokenStatistics()).add(token);
      if (DIGIT.test(token.token)) (inDigits ??= createTokenStatistics()).add(token);
    },
    signals() {
      const signals: Record<string, number> = {};
      if (tokens === 0) return signals;
      whole?.write(signals, '');
      inSpan?.write(signals, 'span.');
      inDigits?.write(signals, 'digits.');
      signals['scoredTokens'] = tokens;
      return signals;
    },
  };
}

/** Signals of an answer's text alone, there with or without log-probabilities. */
export function textSignals(text: string, outputTokens: number | undefined): Signals {
  const words = text.split(/\s+/).filter((word) => word !== '').length;
  return { answerWords: words, ...(outputTokens === undefined ? {} : { outputTokens }) };
}
