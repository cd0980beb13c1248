/** What the client protocol and the upstream dialect of OpenAI's Responses API have in common. */

/** The wire format's name. */
export const RESPONSES_FORMAT = 'openai-responses';

/** Items that the gateway made of another format's answer have it in their ids: no server of the API knows them. */
export const MADE_HERE = '_weir_';

/** What a client, or the gateway, asks for in `include` to get log-probabilities. */
export const INCLUDE_LOGPROBS = 'message.output_text.logprobs';

/** The kinds of tools that clients run themselves; the others are the provider's own. */
export const CLIENTS_TOOLS: ReadonlySet<unknown> = new Set(['function', 'custom']);

/** The events that end a stream, and the member of each that holds the whole response. */
export const LAST_EVENTS: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);

/** Why an answer ended before its end, in OpenAI's words for chats. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
};

/** @returns the reason as it is, where it is new. */
export function finishOfIncomplete(reason: string): string {
  return FINISH_REASONS[reason] ?? reason;
}

/** Why a response is incomplete; `undefined` where the finish reason says that it is not. */
export function incompleteReasonOf(finishReason: string): string | undefined {
  return Object.keys(FINISH_REASONS).find((reason) => FINISH_REASONS[reason] === finishReason);
}

/** The names that parameters have in both APIs. */
export const SAME_PARAMETERS = [
  'temperature',
  'top_p',
  'parallel_tool_calls',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
] as const;
