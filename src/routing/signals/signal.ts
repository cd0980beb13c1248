import type { Signals } from '../attempt.ts';
import type { Column } from './columns.ts';
import type { MeasuredToken, ScoredToken } from './measured-token.ts';
import type { RequestText } from './request-text.ts';

/** A named number that a confidence model can read. */
export interface Signal {
  /** Its name in records, models and versions; it never changes. */
  readonly name: string;
  /** The least and the greatest value that it can have. */
  readonly range: readonly [least: number, greatest: number];
  readonly unit: 'nats' | 'share' | 'probability' | 'tokens' | 'words' | 'messages';
  /** How a fitted model reads its values. Absent: as a probability where the values look like one, else as they are. */
  readonly transform?: Exclude<Column['transform'], 'missing'>;
  /** A signal that says the same: where both are there, this one gets no column, or one effect would be split in two. */
  readonly sameAs?: string;
  /** What it says, in a sentence, as docs/signals.md prints it. */
  readonly meaning: string;
}

/** Free signals that are read together, from one source or several. A value that is not known is left out, never 0. */
export interface FreeSignals {
  readonly signals: readonly Signal[];
  /** Read in one pass over the tokens of the answer, without those of its thinking. */
  ofTokens?(): TokenCollector;
  /** Read from the answer's text, without its thinking. */
  ofText?(text: string): Signals;
  /** Read from the number of tokens that the server counted, thinking included. */
  ofOutputTokens?(outputTokens: number): Signals;
  /** Read from the request, before any model is asked. */
  ofRequest?(request: RequestText): Signals;
}

/** Works in constant time a token: every prefix of an answer has the same signals as a whole answer of those tokens. */
export interface TokenCollector {
  /** @param measured what the token's numbers say, worked out once for all collectors */
  add(token: ScoredToken, measured: MeasuredToken): void;
  /** Writes the signals so far. */
  write(into: Record<string, number>): void;
}

/** A signal that costs a further call: a model is asked what it thinks of the answer that it has just given. */
export interface PaidSignal extends Signal {
  /**
   * The words that follow the answer. They never change: a signal asked for in other words is another signal, and what was
   * fitted on the old one would misread it.
   */
  readonly question: string;
  /** The longest reply, in tokens. */
  readonly maxTokens: number;
  /** It is read from the log-probabilities of the reply. */
  readonly needsLogprobs: boolean;
  /** @returns the value within its range; `undefined` where the reply does not say it. */
  read(reply: PaidReply): number | undefined;
  /** A reply that says this value, for recordings that are played back. */
  replyOf(value: number): { content: string; tokens?: readonly ReplyToken[] };
}

/** A reply's first token and the other candidates for it, with natural logarithms of probabilities. */
export interface FirstToken {
  token: string;
  logprob: number;
  top_logprobs?: readonly { token?: string; logprob: number }[];
}

/** What a model replied when it was asked about its answer. */
export interface PaidReply {
  text: string;
  finishReason?: string;
  /** The first token with its alternatives, where log-probabilities came. */
  first?: FirstToken;
}

/** A token of a reply that is played back: its text, its log-probability, and the alternatives with theirs. */
export interface ReplyToken {
  text: string;
  logprob: number;
  top: readonly (readonly [text: string, logprob: number])[];
}
