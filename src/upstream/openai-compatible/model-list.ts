import { defined } from '../../defined.ts';
import { invalidResponse } from '../transport/call-failure.ts';
import type { UpstreamModel } from '../upstream.ts';

/** Where servers write the context that a request really has, in `GET /models`. */
const CONTEXT_FIELDS = [
  'max_model_len', // vLLM
  'loaded_context_length', // LM Studio, /api/v0
  'context_length', // OpenRouter, Together
  'context_window', // Groq
  'max_context_length', // Mistral
  'max_input_tokens', // Anthropic
];

/**
 * The models of an OpenAI-style listing. llama.cpp's `meta.n_ctx_train` is left aside: it is what the model was trained
 * for, not what the server was started with.
 * @throws {UpstreamError} `upstream_invalid_response` where it is no listing.
 */
export function parseModelList(upstream: string, text: string): UpstreamModel[] {
  const entries = listing(text);
  if (entries === undefined)
    throw invalidResponse(upstream, 'did not answer `GET /models` with a list of models (`data`).');
  return entries.flatMap((raw) => {
    const { id } = raw;
    if (typeof id !== 'string' || id === '') return [];
    const contextTokens = contextOf(raw);
    return [{ id, raw, ...defined({ contextTokens }) }];
  });
}

function listing(text: string): Record<string, unknown>[] | undefined {
  try {
    const body = JSON.parse(text) as { object?: unknown; data?: unknown } | null;
    // Together answers with the bare array; Ollama without any model with `data: null`.
    const data: unknown = Array.isArray(body)
      ? body
      : body?.object === 'list'
        ? (body.data ?? [])
        : body?.data;
    return Array.isArray(data)
      ? data.filter((entry) => typeof entry === 'object' && entry !== null)
      : undefined;
  } catch {
    return undefined;
  }
}

function contextOf(raw: Record<string, unknown>): number | undefined {
  const meta =
    typeof raw['meta'] === 'object' && raw['meta'] !== null ? (raw['meta'] as Record<string, unknown>) : {};
  return [...CONTEXT_FIELDS.map((name) => raw[name]), meta['n_ctx']].find(
    (value): value is number => Number.isSafeInteger(value) && (value as number) > 0,
  );
}
