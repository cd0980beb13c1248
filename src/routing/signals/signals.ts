import { createAnswerSpan } from './answer-span.ts';
import type { Signals } from '../attempt.ts';
import { measureToken, type ScoredToken } from './measured-token.ts';
import { createThinkFilter, withoutThinking } from './thinking.ts';
import { createTokenStatistics, type TokenStatistics } from './token-statistics.ts';

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
      const measured = measureToken(token);
      if (!Number.isNaN(measured.logprob)) tokens += 1;
      (whole ??= createTokenStatistics()).add(measured);
      const { inside, restart } = span.next(token.token);
      if (restart) inSpan = undefined;
      if (inside) (inSpan ??= createTokenStatistics()).add(measured);
      if (DIGIT.test(token.token)) (inDigits ??= createTokenStatistics()).add(measured);
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

/**
 * The signals of one whole answer, whoever gave it: live traffic and replay read it here, so a thinking model's answer
 * says the same to both. A leading `<think>…</think>` is passed by; reasoning that came beside the answer is the
 * caller's to leave out (`tokensOfAnswer`).
 */
export interface AnswerSignals {
  add(token: ScoredToken): void;
  /** @param text `undefined` where it was not recorded; @param outputTokens as the server counted them, thinking included */
  finish(text: string | undefined, outputTokens: number | undefined): Signals;
}

export function createAnswerSignals(): AnswerSignals {
  const accumulator = createSignalAccumulator();
  const answering = createThinkFilter(accumulator.add);
  return {
    add: answering.add,
    finish(text, outputTokens) {
      answering.end();
      return {
        ...accumulator.signals(),
        ...textSignals(text === undefined ? undefined : withoutThinking(text), outputTokens),
      };
    },
  };
}

/** Signals of an answer's text alone, there with or without log-probabilities; what was not recorded has no words. */
export function textSignals(text: string | undefined, outputTokens: number | undefined): Signals {
  return {
    ...(text === undefined ? {} : { answerWords: countWords(text) }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

/** Runs of characters between white space, counted without making a string of each. */
function countWords(text: string): number {
  let words = 0;
  let inWord = false;
  for (let place = 0; place < text.length; place += 1) {
    const space = isSpace(text.charCodeAt(place));
    if (inWord && space) inWord = false;
    else if (!inWord && !space) {
      inWord = true;
      words += 1;
    }
  }
  return words;
}

function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return /\s/.test(String.fromCharCode(code));
}
