/** OpenAI's names for the limit on an answer's length: older servers know the first only, newer models of OpenAI the other. */
export type MaxTokensField = 'max_tokens' | 'max_completion_tokens';

/** How a tier's model is asked: what a dialect needs to write a request. */
export interface AskedTier {
  /** The tier's name, as in the policy. */
  readonly name: string;
  /** The upstream's name for the model. */
  readonly model: string;
  /** The name of the upstream that has it. */
  readonly upstream: string;
  /** The name under which the model takes the answer's limit; absent: as the client wrote it. */
  readonly maxTokensField?: MaxTokensField;
  /**
   * The limit of an answer whose client gives none: the model's own (`models.*.maxOutputTokens`), or else the dialect's, whose servers
   * demand one.
   */
  readonly defaultMaxTokens?: number;
  /** The model's own limit, which lowers a higher one of the client where a later tier can be asked. */
  readonly maxOutputTokens?: number;
  /** Parameters of clients that the model does not take. */
  readonly dropParams: readonly string[];
  /** Parameter → JSON text; they replace the client's. */
  readonly params: ReadonlyMap<string, string>;
  /**
   * Whether log-probabilities come: in streams too, only in whole answers, or not at all. Absent where neither the
   * configuration nor a probe says.
   */
  readonly logprobs?: 'stream' | 'plain' | 'none';
  /** Set where the server has refused to say its usage in a stream. */
  readonly streamUsage?: 'none';
}

/**
 * The limit with which a tier is asked; `undefined` where none is to be sent but what the client wrote. Every dialect takes it from here.
 * @param limits the client's, by either name: {@link answerLimits} of its request.
 * @param isReplaceable a later tier can take the place of an answer that the limit cuts.
 */
export function limitOfTier(
  { defaultMaxTokens, maxOutputTokens }: Pick<AskedTier, 'defaultMaxTokens' | 'maxOutputTokens'>,
  limits: readonly number[],
  isReplaceable: boolean,
): number | undefined {
  if (limits.length === 0) return defaultMaxTokens;
  return Math.min(...limits, isReplaceable ? (maxOutputTokens ?? Infinity) : Infinity);
}

/** Alternatives of each token that the signals are made from. */
export const ALTERNATIVES = 5;
