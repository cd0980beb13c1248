import { asLogprob } from './measured-token.ts';
import { withoutThinking } from './thinking.ts';

/** Signals that cost a further call: a model is asked what it thinks of the answer it has just given. */
export type PaidSignal = 'pTrue' | 'verbalized';

/** How a paid signal is asked for: the words that follow the answer, and what the reply needs. */
export interface PaidQuestion {
  text: string;
  maxTokens: number;
  /** The reply's log-probabilities are what is wanted. */
  logprobs: boolean;
}

/**
 * The words never change: a signal asked for in other words is another signal, and what was fitted on the old one would
 * misread it. P(True) is that of Kadavath et al. 2022 (arXiv 2207.05221).
 */
export const PAID_QUESTIONS: Readonly<Record<PaidSignal, PaidQuestion>> = {
  pTrue: {
    text: 'Is the answer above correct? Reply with one word: True or False.',
    maxTokens: 1,
    logprobs: true,
  },
  verbalized: {
    text: 'How likely is it that the answer above is correct? Reply with a whole number from 0 to 100, and nothing else.',
    maxTokens: 16,
    logprobs: false,
  },
};

/** Recordings may have others, which no server can be asked for. */
export function isPaidSignal(name: string): name is PaidSignal {
  return Object.hasOwn(PAID_QUESTIONS, name);
}

/** A reply's first token, and what else it could have been, with natural logarithms of probabilities. */
interface FirstToken {
  token: string;
  logprob: number;
  top_logprobs?: readonly { token?: string; logprob: number }[];
}

/** What came back. */
export interface PaidReply {
  text: string;
  finishReason?: string;
  /** The first token, with its alternatives, where log-probabilities came. */
  first?: FirstToken;
}

/** @returns 0..1; `undefined` where the reply does not say. */
export function readPaidSignal(signal: PaidSignal, reply: PaidReply): number | undefined {
  return signal === 'pTrue' ? probabilityOfTrue(reply.first) : statedConfidence(reply);
}

const YES: ReadonlySet<string> = new Set(['true', 'yes', 'correct', 'right']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'incorrect', 'wrong']);
/** With less probability than this on either word, the model was about to say something else. */
const LEAST_MASS = 0.1;

/** The probability of yes among yes and no, in whatever spelling: capitals, blanks and punctuation around it. */
function probabilityOfTrue(first: FirstToken | undefined): number | undefined {
  if (first === undefined) return undefined;
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

/** A number from 0 to 100 and no other, as 0..1. A fraction at or under 1 could mean either scale, and so means nothing. */
function statedConfidence({ text, finishReason }: PaidReply): number | undefined {
  const said = withoutThinking(text).replace(/(?:\/|out of|of)\s*100\b/i, '');
  const numbers = [...said.matchAll(/-?\d+(?:\.\d+)?/g)];
  const [found] = numbers;
  if (found === undefined || numbers.length > 1) return undefined;
  const cutOff = finishReason === 'length' && found.index + found[0].length === said.length;
  const value = Number(found[0]);
  if (cutOff || value < 0 || value > 100 || (found[0].includes('.') && value <= 1)) return undefined;
  return value / 100;
}
