/** How a tier's model is asked: what a dialect needs to write a request. One object a model, whichever route asks it. */
export interface AskedTier {
  /** The tier's name, as in the policy. */
  readonly name: string;
  /** The upstream's name for the model. */
  readonly model: string;
  /** The name of the upstream that has it. */
  readonly upstream: string;
  /** The name under which the model takes the answer's limit; absent: as the client wrote it. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Parameters of clients that the model does not take. */
  readonly dropParams: readonly string[];
  /** Parameter → JSON text; they replace the client's. */
  readonly params: ReadonlyMap<string, string>;
  /**
   * Whether log-probabilities come: in streams too, only in whole answers, or not at all. Absent where neither the
   * configuration nor a probe says. A refusal changes it, for every route at once.
   */
  logprobs?: 'stream' | 'plain' | 'none';
  /** Set once the server has refused to say its usage in a stream: it is asked no more. */
  streamUsage?: 'none';
}

/** Alternatives of each token that the signals are made from. */
export const ALTERNATIVES = 5;
