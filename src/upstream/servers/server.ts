import { memberOf } from '../../defined.ts';
/** What kind of server answers at an address; `openai-compatible`: one that none of the others' shapes fits. */
export type ServerKind = 'ollama' | 'lm-studio' | 'vllm' | 'llama.cpp' | 'weir' | 'openai-compatible';

export interface ChatModel {
  id: string;
  /** Prompt and answer together, as a request really has them; absent where the server does not say. */
  contextTokens?: number;
  /** Where the figure comes from, or why there is none, in words. */
  contextNote?: string;
  /** Billions of parameters, where the server says so: the order of a ladder. */
  parametersBillion?: number;
}

/** A model that is listed and not used, and why, in words that follow its name: `embeds texts; it does not chat`. */
export interface LeftOut {
  id: string;
  reason: string;
}

export interface Server {
  kind: ServerKind;
  chatModels: ChatModel[];
  leftOut: LeftOut[];
}

/**
 * Fetches JSON; throws on anything but a 200 with JSON. A body makes it a POST.
 * Time-outs and credentials are up to the caller that passes it in.
 */
export type FetchJson = (url: string, body?: unknown) => Promise<unknown>;

/** An address as the detectors use it. */
export interface Address {
  /** Where the OpenAI API begins, without a slash at its end. */
  baseUrl: string;
  /** The server's root, where its own API begins. */
  root: string;
}

/** The entries of an array field that are objects; empty where there are none. */
export function entries(value: unknown, name: string): Record<string, unknown>[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'object' && entry !== null) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function positiveInteger(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}
