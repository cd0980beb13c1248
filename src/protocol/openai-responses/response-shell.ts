import type { CountedUsage } from '../common/read-usage.ts';
import { incompleteReasonOf } from '../common/responses-format.ts';
import { membersOf, objectText } from '../../wire/json-parts.ts';

/** Everything of a response but its output; JSON texts. */
export interface ResponseShell {
  id: string;
  /** Seconds since the epoch. */
  createdAt: number;
  model: string;
  /** The request's own text: responses say again what was asked for. */
  asked: string;
  kept: boolean;
}

export interface ResponseState {
  status: 'in_progress' | 'completed' | 'incomplete';
  /** JSON texts of the items. */
  output: readonly string[];
  usage?: CountedUsage | undefined;
  /** As a chat names it. */
  finishReason?: string;
}

/** What a response says again of its request, and what it says where the request says nothing. */
const SAID_AGAIN: readonly (readonly [name: string, otherwise: string])[] = [
  ['instructions', 'null'],
  ['max_output_tokens', 'null'],
  ['max_tool_calls', 'null'],
  ['metadata', '{}'],
  ['parallel_tool_calls', 'true'],
  ['previous_response_id', 'null'],
  ['prompt_cache_key', 'null'],
  ['reasoning', 'null'],
  ['safety_identifier', 'null'],
  ['service_tier', 'null'],
  ['temperature', 'null'],
  ['text', '{"format":{"type":"text"}}'],
  ['tool_choice', '"auto"'],
  ['tools', '[]'],
  ['top_logprobs', 'null'],
  ['top_p', 'null'],
  ['truncation', '"disabled"'],
  ['user', 'null'],
];

/** Writes one response again and again while it grows: what the request says of it is looked up once. */
export function createResponseText({
  id,
  createdAt,
  model,
  asked,
  kept,
}: ResponseShell): (state: ResponseState) => string {
  const said = membersOf(asked);
  const again: Record<string, string> = {};
  for (const [name, otherwise] of SAID_AGAIN) {
    const value = said.get(name);
    again[name] = value === undefined || value.trim() === 'null' ? otherwise : value;
  }
  return ({ status, output, usage, finishReason }) => {
    const incomplete = finishReason === undefined ? undefined : incompleteReasonOf(finishReason);
    return objectText({
      id: JSON.stringify(id),
      object: '"response"',
      created_at: String(createdAt),
      status: JSON.stringify(status),
      background: 'false',
      error: 'null',
      incomplete_details: incomplete === undefined ? 'null' : JSON.stringify({ reason: incomplete }),
      model: JSON.stringify(model),
      output: `[${output.join(',')}]`,
      store: String(kept),
      usage: usage === undefined ? 'null' : JSON.stringify(usageBody(usage)),
      ...again,
    });
  };
}

function usageBody(usage: CountedUsage): object {
  const { inputTokens: input, outputTokens: output } = usage;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
