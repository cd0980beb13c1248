import { createAnswerSpan } from './answer-span.ts';
import type { Signals } from './attempt.ts';
import { createTokenStatistics, type ScoredToken, type TokenStatistics } from './token-statistics.ts';

/**
 * Collects an answer's signals from its tokens, in constant time a token: any prefix of a stream has the same
 * signals as the whole. Statistics of all tokens carry their plain names, those of the answer span begin with `span.`.
 */
export interface SignalAccumulator {
  add(token: ScoredToken): void;
  signals(): Signals;
}

export function createSignalAccumulator(): SignalAccumulator {
  const span = createAnswerSpan();
  // Made with the first token: an answer without log-probabilities pays nothing.
  let whole: TokenStatistics | undefined;
  let inSpan: TokenStatistics | undefined;
  let tokens = 0;
  return {
    add(token) {
      tokens += 1;
      (whole ??= createTokenStatistics()).add(token);
      const { inside, restart } = span.next(token.token);
      if (restart) inSpan = undefined;
      if (inside) (inSpan ??= createTokenStatistics()).add(token);
    },
    signals() {
      const signals: Record<string, number> = {};
      if (tokens === 0) return signals;
      whole?.write(signals, '');
      inSpan?.write(signals, 'span.');
      signals['scoredTokens'] = tokens;
      return signals;
    },
  };
}

/** Signals of an answer's text alone, there with or without log-probabilities; what was not recorded has no words. */
export function textSignals(text: string | undefined, outputTokens: number | undefined): Signals {
  const words = text?.split(/\s+/).filter((word) => word !== '').length;
  return {
    ...(words === undefined ? {} : { answerWords: words }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}
