import type { ChatRequest } from '../../protocol/common/chat.ts';
import { createJsonEdit } from '../../wire/json-edit.ts';
import type { ServedTier } from '../../request/context.ts';

/** Alternatives a token that the signals are made from. */
export const ALTERNATIVES = 5;

export interface AdaptedRequest {
  /** The JSON text for the upstream. */
  body: string;
  stream: boolean;
  /** Parameters of the client that this model does not take. */
  dropped: readonly string[];
}

const LIMITS = ['max_tokens', 'max_completion_tokens'] as const;

/**
 * The client's request as one tier is asked: everything that needs no change stays byte for byte.
 * @param options.logprobs ask for log-probabilities with {@link ALTERNATIVES}, at least; else as the client wrote it.
 */
export function adaptRequest(
  text: string,
  request: ChatRequest,
  tier: ServedTier,
  options: { stream: boolean; logprobs: boolean },
): AdaptedRequest {
  const edit = createJsonEdit(text);
  const dropped: string[] = [];
  edit.set('model', JSON.stringify(tier.model));
  adaptLimit(edit, request, tier.maxTokensField);
  if (options.stream) {
    edit.set('stream', 'true');
    if (request.stream_options == null) edit.set('stream_options', '{"include_usage":true}');
    else edit.edit('stream_options', (member) => member.set('include_usage', 'true'));
  } else {
    edit.delete('stream');
    edit.delete('stream_options');
  }
  if (options.logprobs) {
    edit.set('logprobs', 'true');
    if ((request.top_logprobs ?? 0) < ALTERNATIVES) edit.set('top_logprobs', String(ALTERNATIVES));
  } else if (tier.logprobs === 'none' && request.logprobs === true) {
    edit.delete('logprobs');
    edit.delete('top_logprobs');
    dropped.push('logprobs', ...(request.top_logprobs == null ? [] : ['top_logprobs']));
  }
  for (const name of tier.dropParams) {
    if (request[name] !== undefined) dropped.push(name);
    edit.delete(name);
  }
  for (const [name, value] of tier.params) edit.set(name, value);
  return { body: edit.toString(), stream: options.stream, dropped };
}

/** Older servers know `max_tokens` only, newer models of OpenAI the other one only. */
function adaptLimit(
  edit: ReturnType<typeof createJsonEdit>,
  request: ChatRequest,
  field: ServedTier['maxTokensField'],
): void {
  if (field === undefined) return;
  const limits = LIMITS.map((name) => request[name]).filter((limit) => limit != null);
  if (limits.length === 0) return;
  for (const name of LIMITS) if (name !== field) edit.delete(name);
  edit.set(field, String(Math.min(...limits)));
}
