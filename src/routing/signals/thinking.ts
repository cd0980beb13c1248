import type { ScoredToken } from './measured-token.ts';

const OPEN = '<think>';
const CLOSE = '</think>';

/** Passes on an answer's tokens without those of a leading `<think>…</think>`: thinking is left out of the signals. */
export function createThinkFilter(pass: (token: ScoredToken) => void): {
  add(token: ScoredToken): void;
  end(): void;
} {
  let state: 'beginning' | 'thinking' | 'answering' = 'beginning';
  // The text that may still become the opening tag, or while thinking the closing one.
  let seen = '';
  let waiting: ScoredToken[] = [];

  function release(): void {
    state = 'answering';
    for (const token of waiting) pass(token);
    waiting = [];
  }

  function findEnd(): void {
    if (seen.includes(CLOSE)) state = 'answering';
    else seen = seen.slice(-CLOSE.length);
  }

  return {
    add(token) {
      if (state === 'answering') return pass(token);
      seen += token.token;
      if (state === 'thinking') return findEnd();
      waiting.push(token);
      const begun = seen.trimStart();
      if (begun.startsWith(OPEN)) {
        state = 'thinking';
        waiting = [];
        seen = begun.slice(OPEN.length);
        findEnd();
      } else if (!OPEN.startsWith(begun)) release();
    },
    end() {
      if (state === 'beginning') release();
    },
  };
}

/** An answer's text without a leading `<think>…</think>`, for the checks and the count of words. */
export function withoutThinking(text: string): string {
  const begun = text.trimStart();
  if (!begun.startsWith(OPEN)) return text;
  const end = begun.indexOf(CLOSE, OPEN.length);
  return end === -1 ? '' : begun.slice(end + CLOSE.length);
}

/**
 * The tokens of the answer, out of those of reasoning and answer together: the last ones that spell its text. None where
 * they do not spell it exactly, because a token of reasoning must not count as one of the answer.
 */
export function tokensOfAnswer<T extends { token: string }>(
  answer: string,
  tokens: readonly T[],
): readonly T[] {
  let left = answer.length;
  let first = tokens.length;
  while (first > 0 && left > 0) {
    first -= 1;
    const token = tokens[first]?.token ?? '';
    if (!answer.slice(0, left).endsWith(token)) return [];
    left -= token.length;
  }
  return left <= 0 ? tokens.slice(first) : [];
}
