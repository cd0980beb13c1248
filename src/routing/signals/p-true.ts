import { asLogprob } from './measured-token.ts';
import type { FirstToken, PaidSignal } from './signal.ts';

/** P(True) of Kadavath et al. 2022 (arXiv 2207.05221). */
export const pTrue: PaidSignal = {
  name: 'pTrue',
  range: [0, 1],
  unit: 'probability',
  meaning: 'The probability of “True” when the model is asked whether its answer is correct.',
  question: 'Is the answer above correct? Reply with one word: True or False.',
  maxTokens: 1,
  needsLogprobs: true,
  read: ({ first }) => (first === undefined ? undefined : probabilityOfTrue(first)),
  replyOf(probability) {
    const log = (value: number): number => Math.log(Math.max(value, Number.MIN_VALUE));
    const top = [
      ['True', log(probability)],
      ['False', log(1 - probability)],
    ] as const;
    const [text, logprob] = top[probability >= 0.5 ? 0 : 1];
    return { content: text, tokens: [{ text, logprob, top }] };
  },
};

const YES: ReadonlySet<string> = new Set(['true', 'yes', 'correct', 'right']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'incorrect', 'wrong']);
/** With less probability than this on either word, the model was about to say something else. */
const LEAST_MASS = 0.1;

/** The probability of yes among yes and no, in any spelling: capitals, blanks and punctuation around it. */
function probabilityOfTrue(first: FirstToken): number | undefined {
  // The chosen token is among its alternatives, or was too unlikely to be.
  const alternatives = new Map([first, ...(first.top_logprobs ?? [])].map((one) => [one.token, one.logprob]));
  let yes = 0;
  let no = 0;
  for (const [token, given] of alternatives) {
    const logprob = asLogprob(given);
    if (Number.isNaN(logprob)) continue;
    const word = (token ?? '').toLowerCase().replaceAll(/[^a-z]/g, '');
    if (YES.has(word)) yes += Math.exp(logprob);
    else if (NO.has(word)) no += Math.exp(logprob);
  }
  return yes + no < LEAST_MASS ? undefined : yes / (yes + no);
}
