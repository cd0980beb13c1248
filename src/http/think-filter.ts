import type { ScoredToken } from '../routing/token-statistics.ts';

const OPEN = '<think>';
const CLOSE = '</think>';

/** Passes on an answer's tokens without those of a leading `<think>…</think>`: thinking stays out of the signals. */
export function createThinkFilter(pass: (token: ScoredToken) => void): {
  add(token: ScoredToken): void;
  end(): void;
} {
  let state: 'beginning' | 'thinking' | 'answering' = 'beginning';
  // At the beginning what may still become the opening tag, while thinking what may still become the closing one.
  let seen = '';
  let waiting: ScoredToken[] = [];

  function release(): void {
    state = 'answering';
    for (const token of waiting) pass(token);
    waiting = [];
  }

  function look(): void {
    if (seen.includes(CLOSE)) state = 'answering';
    else seen = seen.slice(-CLOSE.length);
  }

  return {
    add(token) {
      if (state === 'answering') return pass(token);
      seen += token.token;
      if (state === 'thinking') return look();
      waiting.push(token);
      const begun = seen.trimStart();
      if (begun.startsWith(OPEN)) {
        state = 'thinking';
        waiting = [];
        seen = begun.slice(OPEN.length);
        look();
      } else if (!OPEN.startsWith(begun)) release();
    },
    end() {
      if (state === 'beginning') release();
    },
  };
}
