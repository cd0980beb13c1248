/** One client request, and what was decided on it. */
export interface OutcomeRow {
  /** UUIDv7, without the `chatcmpl-` of the completion's id. */
  id: string;
  tenant: string;
  route: string;
  group: string;
  policyHash: string;
  confidenceModel: string;
  /** accepted | escalated | direct | fallback | abstained | failed */
  decision: string;
  /** Name of the tier that served; absent where none did. */
  tier?: string;
  model?: string;
  confidence?: number;
  gain?: number;
  certified: boolean;
  reason: string;
  /** The request's features and everything that was weighed: JSON. */
  explanation: string;
  latencyMs: number;
  ttftMs?: number;
  costNanoUsd?: number;
  baselineNanoUsd?: number;
  /** The baseline was measured: the last tier was called. */
  baselineMeasured: boolean;
  stream: boolean;
  /** HTTP status the client saw. */
  status: number;
  errorCode?: string;
  requestId: string;
  recorded: boolean;
  /** Only where the retention setting says so: JSON of the messages. */
  prompt?: string;
  createdAtMs: number;
}

/** One call of a model for a request. */
export interface AttemptRow {
  outcomeId: string;
  /** 0-based, in order of asking. */
  position: number;
  /** The position of the attempt whose answer's paid signals this call asked for; absent where it asked for an answer. */
  about?: number;
  tier: string;
  model: string;
  upstream: string;
  upstreamId?: string;
  fingerprint?: string;
  /** JSON object of numbers. */
  signals: string;
  confidence?: number;
  gain?: number;
  /** JSON array of the failed checks. */
  vetoes: string;
  inputTokens?: number;
  outputTokens?: number;
  reasoningTokens?: number;
  usageEstimated: boolean;
  costNanoUsd?: number;
  latencyMs: number;
  ttftMs?: number;
  errorCode?: string;
  errorMessage?: string;
  /** Ended before its answer was whole. */
  cut: boolean;
  served: boolean;
  /** Only where the retention setting says so. */
  answer?: string;
}
