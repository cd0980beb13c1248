import type { FreeSignals } from './signal.ts';

/** The length of the text, there with or without log-probabilities. */
export const answerWords: FreeSignals = {
  signals: [
    {
      name: 'answerWords',
      range: [0, Infinity],
      unit: 'words',
      transform: 'log1p',
      sameAs: 'outputTokens',
      meaning: 'Words of the answer, without its thinking.',
    },
  ],
  ofText: (text) => ({ answerWords: countWords(text) }),
};

/** The length as the server counts it. */
export const outputTokens: FreeSignals = {
  signals: [
    {
      name: 'outputTokens',
      range: [0, Infinity],
      unit: 'tokens',
      transform: 'log1p',
      meaning: 'Tokens of the answer as the server counted them, thinking included.',
    },
  ],
  ofOutputTokens: (count) => ({ outputTokens: count }),
};

/** Runs of characters between white space, counted without making a string of each. */
function countWords(text: string): number {
  let words = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const space = isSpace(text.charCodeAt(index));
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
