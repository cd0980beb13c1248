/** Named finite numbers that describe a request or an answer. A value that is not known is absent, never 0. */
export type Signals = Readonly<Record<string, number>>;

/** Why an answer can never be accepted, whatever its confidence. */
export type Veto =
  | 'empty'
  | 'truncated'
  | 'refusal'
  | 'invalid_json'
  | 'schema_mismatch'
  | 'invalid_tool_call';

export interface Usage {
  inputTokens: number;
  /** Includes reasoning, which is billed too. */
  outputTokens: number;
  reasoningTokens?: number;
  /** True where the upstream reported none and a tokenizer counted. */
  estimated: boolean;
}

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
  retryAfterMs?: number;
  /** No further tier may be asked for this request: an allowance is used up, or the client has gone. */
  final?: boolean;
  /** No model began to work, so the call cost nothing. Otherwise the cost of a failed call is unknown. */
  unbilled?: true;
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
  usage?: Usage;
  /** Integer nano-dollars; 0 for a failed call that was certainly not billed, absent where it is unknown. */
  costNanoUsd?: number;
  latencyMs: number;
  ttftMs?: number;
  /** The answer's first characters have gone to the client: no other answer can replace it. */
  shown: boolean;
  upstreamId?: string;
  /** `system_fingerprint`: a change of it is a change of the model. */
  fingerprint?: string;
  failure?: AttemptFailure;
}
