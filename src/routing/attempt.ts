import type { NotJudgedReason } from '../schemas/judgement.ts';

/** Named finite numbers that describe a request or an answer. A value that is not known is absent, never 0. */
export type Signals = Readonly<Record<string, number>>;

/** Why an answer can never be accepted, whatever its confidence: the checks that it may fail. */
export const VETOES = [
  'empty',
  'truncated',
  'refusal',
  'invalid_json',
  'schema_mismatch',
  'schema_not_judged',
  'invalid_tool_call',
  'tool_call_missing',
  'tool_call_unwanted',
  'tool_call_in_text',
  'parallel_tool_calls',
] as const;

export type Veto = (typeof VETOES)[number];

/** The veto that says nothing of the answer: a schema could not be judged. Where no later tier is left, it is served all the same. */
export const NOT_JUDGED: Veto = 'schema_not_judged';

/** What is wrong with an answer that has vetoes, to stand after its name in a sentence. */
export function flawOf({
  vetoes,
  schemaNotJudged = [],
}: Pick<Attempt, 'vetoes' | 'schemaNotJudged'>): string {
  return vetoes.every((veto) => veto === NOT_JUDGED)
    ? `could not be judged by the client's schema (${[NOT_JUDGED, ...schemaNotJudged].join(', ')})`
    : `fails a check (${vetoes.join(', ')})`;
}

/** Kinds of tokens that are no text. */
export type OtherKind = 'audioInput' | 'audioOutput' | 'imageInput' | 'imageOutput';

export interface Usage {
  /** The whole prompt, whatever of it was cached. */
  inputTokens: number;
  /** Includes reasoning, which is billed too. */
  outputTokens: number;
  /** Of the output. */
  reasoningTokens?: number;
  /** Of the input: read from the provider's cache, and written there. Absent where the server said nothing of it. */
  cachedInputTokens?: number;
  cacheWriteTokens?: number;
  /** Of what was written: what the provider keeps for an hour, which it bills dearer. */
  cacheWriteHourTokens?: number;
  /** Of the input and of the output: sounds and pictures; absent where there are none. */
  otherTokens?: Readonly<Partial<Record<OtherKind, number>>>;
  /** True where the upstream reported none and a tokenizer counted. */
  estimated: boolean;
}

/**
 * Whose trouble a failed call is: the request's own, which this model cannot answer; the server's; or nobody's, because there is
 * more to do than can be done now. Only the server's speaks against the server.
 */
export type Blame = 'request' | 'load' | 'server';

export interface AttemptFailure {
  /** A code of `errors.ts`, as the client would see it. */
  code: string;
  /** In Weir's words: for the record, the log and the client. */
  message: string;
  /** In the server's own words, which may quote the prompt: only for a client that is at fault, and where texts are kept. */
  said?: string;
  /** The server's words without those of the request: for operators, in the record and in the log at `debug`. */
  scrubbed?: string;
  /** The address that was called, where it may be the problem: only for the log. */
  address?: string;
  /** HTTP status for the client. */
  status: number;
  /** Absent where no server is involved: the client has gone, or the gateway itself ended the request. */
  blames?: Blame;
  retryAfterMs?: number;
  /** No further tier may be asked for this request: an allowance is used up, or the client has gone. */
  final?: boolean;
  /** No model began to work, so the call cost nothing. Otherwise the cost of a failed call is unknown. */
  unbilled?: true;
  /** The tier was not asked at all: the gateway kept the call back. */
  unmade?: true;
}

/** One model call that has ended, well or badly. */
export interface Attempt {
  callId: number;
  /** Index into the policy's tiers. */
  tier: number;
  /** The call whose answer this one has the paid signals of; absent where it is an answer itself. */
  about?: number;
  /** The model that the upstream named, else the configured one. */
  model: string;
  signals: Signals;
  /** Names of the paid signals that are available for this answer; absent or empty where there are none. */
  paidSignals?: readonly string[];
  vetoes: readonly Veto[];
  /** Why schemas judged nothing of the answer, where some did not. */
  schemaNotJudged?: readonly NotJudgedReason[];
  usage?: Usage;
  /** Integer nano-dollars; 0 for a failed call that was certainly not billed, absent where it is unknown. */
  costNanoUsd?: number;
  /** The most that a failed call of unknown cost can have cost; absent where no price is known. */
  worstNanoUsd?: number;
  latencyMs: number;
  ttftMs?: number;
  /** The answer's first characters have gone to the client: no other answer can replace it. */
  shown: boolean;
  upstreamId?: string;
  /** `system_fingerprint`: a change of it is a change of the model. */
  fingerprint?: string;
  /** Its server was asked for a stream; absent where no answer came. */
  streamed?: boolean;
  failure?: AttemptFailure;
}
