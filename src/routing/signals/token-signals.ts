import { createAnswerSpan } from './answer-span.ts';
import type { FreeSignals, Signal, TokenCollector } from './signal.ts';
import { createTokenStatistics, STATISTICS, type TokenStatistics } from './token-statistics.ts';

/** Which tokens statistics are made of, by the prefix of their names. */
export const RUNS = {
  '': 'all tokens of the answer',
  'span.': 'the tokens of the answer itself, such as what follows “the answer is”',
  'digits.': 'the tokens that hold a digit',
} as const;

const scoredTokens: Signal = {
  name: 'scoredTokens',
  range: [1, Infinity],
  unit: 'tokens',
  transform: 'log1p',
  sameAs: 'outputTokens',
  meaning: 'Tokens that came with a log-probability, without those of the thinking.',
};

/** What log-probabilities say of an answer: computed together, in one pass. */
export const tokenSignals: FreeSignals = {
  signals: [
    ...Object.keys(RUNS).flatMap((prefix) =>
      STATISTICS.map((statistic): Signal => ({ ...statistic, name: prefix + statistic.name })),
    ),
    scoredTokens,
  ],
  ofTokens: createTokenSignals,
};

/** In worked arithmetic the words are near certain, whether the numbers are right or not. */
const DIGIT = /\d/;

export function createTokenSignals(): TokenCollector {
  const span = createAnswerSpan();
  // Made with the first token: an answer without log-probabilities pays nothing.
  let whole: TokenStatistics | undefined;
  let inSpan: TokenStatistics | undefined;
  let inDigits: TokenStatistics | undefined;
  let tokens = 0;
  return {
    add({ token }, measured) {
      if (!Number.isNaN(measured.logprob)) tokens += 1;
      (whole ??= createTokenStatistics()).add(measured);
      const { inside, restart } = span.next(token);
      if (restart) inSpan = undefined;
      if (inside) (inSpan ??= createTokenStatistics()).add(measured);
      if (DIGIT.test(token)) (inDigits ??= createTokenStatistics()).add(measured);
    },
    write(into) {
      if (tokens === 0) return;
      whole?.write(into, '');
      inSpan?.write(into, 'span.');
      inDigits?.write(into, 'digits.');
      into['scoredTokens'] = tokens;
    },
  };
}
