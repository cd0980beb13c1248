/** One client request, and what was decided on it. */
export interface OutcomeRow {
  /** UUIDv7, without the `chatcmpl-` of the completion's id. */
  id: string;
  tenant: string;
  route: string;
  group: string;
  policyHash: string;
  confidenceModel: string;
  /** accepted | escalated | direct | fallback | abstained | failed | passed */
  decision: string;
  /** Name of the tier that served; absent where none did. */
  tier?: string;
  model?: string;
  confidence?: number;
  gain?: number;
  certified: boolean;
  reason: string;
  /** JSON: the request's features and everything that was weighed. */
  explanation: string;
  latencyMs: number;
  ttftMs?: number;
  costNanoUsd?: number;
  baselineNanoUsd?: number;
  /** The least that the baseline can be, where nothing is known of cache reads; absent where it is a point. */
  baselineLeastNanoUsd?: number;
  /** The last tier was called, so the baseline is measured and not estimated. */
  baselineMeasured: boolean;
  stream: boolean;
  /** HTTP status that the client received. */
  status: number;
  errorCode?: string;
  requestId: string;
  recorded: boolean;
  /** JSON of the messages; only with `retention.texts`. */
  prompt?: string;
  createdAtMs: number;
}

/** One call of a model for a request. */
export interface AttemptRow {
  outcomeId: string;
  /** 0-based, in order of asking. */
  position: number;
  /** Position of the attempt whose paid signals this call asked for; absent where it asked for an answer. */
  about?: number;
  tier: string;
  model: string;
  upstream: string;
  upstreamId?: string;
  fingerprint?: string;
  /** Hash of whose answers those of the tier were then. */
  source?: string;
  /** It was asked for as a stream; absent where that was not noted, as for the next one. */
  streamed?: boolean;
  /** JSON: the numbers that chose among its answers, by the parameter's name. */
  sampling?: string;
  /** JSON object of numbers. */
  signals: string;
  confidence?: number;
  gain?: number;
  /** JSON array of the failed checks. */
  vetoes: string;
  inputTokens?: number;
  outputTokens?: number;
  reasoningTokens?: number;
  /** Of the input: read from the provider's cache, and written there; absent where the server said nothing. */
  cachedInputTokens?: number;
  cacheWriteTokens?: number;
  /** Of what was written: what is kept for an hour. */
  cacheWriteHourTokens?: number;
  /** JSON object: tokens of sounds and pictures, by kind. */
  otherTokens?: string;
  usageEstimated: boolean;
  costNanoUsd?: number;
  /** The most that a failed call of unknown cost can have cost. */
  worstNanoUsd?: number;
  latencyMs: number;
  ttftMs?: number;
  errorCode?: string;
  errorMessage?: string;
  /** Ended before its answer was complete. */
  cut: boolean;
  served: boolean;
  /** Only with `retention.texts`. */
  answer?: string;
}
