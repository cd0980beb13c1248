/** What the client protocol and the upstream dialect of Anthropic's Messages API have in common. */

/** The wire format's name. */
export const ANTHROPIC_FORMAT = 'anthropic-messages';

/** The API's version, where the client names none. */
export const ANTHROPIC_VERSION = '2023-06-01';

/**
 * The signature of thinking that no Anthropic model has signed: what a server of another kind thought is shown as thinking,
 * and a conversation that goes on at Anthropic must not bring it along.
 */
export const UNSIGNED = 'weir-unsigned';

/** A content block, as far as it has a type: every other member depends on that. */
export type Block = Readonly<Record<string, unknown>> & { type: string };

export function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Names of events; any other would say something else on the wire. */
const EVENT_NAME = /^[\w.-]{1,64}$/;

/** The name of an event, which its data repeat; `undefined` where it has none that can be one. */
export function eventName(name: string | undefined, type: unknown): string | undefined {
  if (name !== undefined && EVENT_NAME.test(name)) return name;
  return typeof type === 'string' && EVENT_NAME.test(type) ? type : undefined;
}

/** Ids of tool calls that the API takes; other servers make others. */
const TOOL_ID = /^[\w-]+$/;
const UNFIT_IN_ID = /[^\w-]/g;

/** An id of a tool call as the API takes it; the same for the same id. */
export function fitToolId(id: string): string {
  return TOOL_ID.test(id) ? id : id.replaceAll(UNFIT_IN_ID, '_') || '_';
}

/** Why an answer ended, in OpenAI's words. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** @returns the reason as it is, where it is new. */
export function finishReasonOf(stopReason: string): string {
  return FINISH_REASONS[stopReason] ?? stopReason;
}

const STOP_REASONS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
};

/** Why an answer ended, in Anthropic's words; clients know no others. */
export function stopReasonOf(finishReason: string): string {
  return STOP_REASONS[finishReason] ?? 'end_turn';
}

/** Tokens as the API counts them: what was read from a cache or written there is beside `input_tokens`. */
export interface AnthropicUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  cache_creation?: { ephemeral_5m_input_tokens?: number; ephemeral_1h_input_tokens?: number } | null;
  output_tokens_details?: { thinking_tokens?: number } | null;
}
