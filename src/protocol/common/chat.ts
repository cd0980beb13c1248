import { z } from 'zod';
import { isObject, listOfEntries } from './list-of-entries.ts';

/** Text, or parts of it and of other things; an answer that only calls tools has neither. */
const contentSchema = z.union([z.string(), z.array(z.unknown()), z.null()]).optional();

/** Who speaks in a conversation; `function` is the older form of `tool`. Any other is a mistake, which servers answer in many ways. */
const ROLES: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

const roleSchema = z.string().refine((role) => ROLES.has(role), {
  error: `it must be one of ${[...ROLES].join(', ')}`,
});

function isContent(content: unknown): boolean {
  return content == null || typeof content === 'string' || Array.isArray(content);
}

/**
 * The fields of a chat request that the gateway itself reads (OpenAI, `POST /v1/chat/completions`). Everything else is
 * the upstream's business and reaches it as it came, so nothing here is strict.
 */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: listOfEntries(z.looseObject({ role: roleSchema, content: contentSchema }), {
    least: 1,
    fits: (message) => ROLES.has(message['role']) && isContent(message['content']),
  }),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.number().int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  // Servers have more values than OpenAI has: -1, for one, means no limit.
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  tools: listOfEntries(z.looseObject({ type: z.string() }), {
    fits: (tool) => typeof tool['type'] === 'string',
  }).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;

const LIMITS = ['max_completion_tokens', 'max_tokens'] as const;

/** The limits of an answer's tokens that a request names. A value that can limit nothing, such as -1 or 0, is none. */
export function answerLimits(chat: Pick<ChatRequest, (typeof LIMITS)[number]>): number[] {
  const limits: number[] = [];
  for (const name of LIMITS) {
    const limit = chat[name];
    if (limit != null && limit >= 1) limits.push(Math.floor(limit));
  }
  return limits;
}

/** One token with its log-probability, as OpenAI writes it. */
export interface TokenLogprob {
  token: string;
  /** Natural logarithm. */
  logprob: number;
  /** Their texts are there in a completion that was parsed, and not where only the numbers were scanned. */
  top_logprobs?: { token?: string; logprob: number }[];
}

/** A message of an answer, or the part of it that a stream's chunk brings. */
export interface MessagePart {
  role?: string;
  /** Text; of some servers parts, thinking among them. */
  content?: string | readonly unknown[] | null;
  refusal?: string | null;
  /** Thinking, in the two spellings that servers use (DeepSeek and vLLM; OpenRouter and Ollama). */
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: ToolCallPart[] | null;
  /** The way of calling a tool before there were several at a time. */
  function_call?: ToolCallPart['function'] | null;
  audio?: { transcript?: string } | null;
}

export interface ToolCallPart {
  /** In chunks only. */
  index?: number;
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string };
  /** A tool that takes text. */
  custom?: { name?: string; input?: string };
}

/** Counts as they should be; servers also write floats, text and nonsense. */
export interface WireUsage {
  prompt_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  prompt_tokens_details?: WireInputDetails | null;
  completion_tokens_details?: WireOutputDetails | null;
  /** Where some servers put it beside the details. */
  reasoning_tokens?: number;
  /** The names of OpenAI's newer API and of Anthropic's. */
  input_tokens?: number;
  output_tokens?: number;
  input_tokens_details?: WireInputDetails | null;
  output_tokens_details?: WireOutputDetails | null;
  /** Anthropic's names for what was read from the cache and written there, beside `input_tokens`. */
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
  /** What of it is kept for how long. */
  cache_creation?: { ephemeral_1h_input_tokens?: number } | null;
  /** DeepSeek's, Gemini's and Moonshot's, within the prompt. */
  prompt_cache_hit_tokens?: number;
  cachedContentTokenCount?: number;
  cached_tokens?: number;
}

interface WireInputDetails {
  cached_tokens?: number;
  /** What was written to the cache, in the names of OpenRouter and LiteLLM. */
  cache_write_tokens?: number;
  cache_creation_tokens?: number;
  /** Of what was written: what is kept for an hour. LiteLLM has it in `cache_creation_token_details`. */
  cache_write_1h_tokens?: number;
  cache_creation_token_details?: { ephemeral_1h_input_tokens?: number } | null;
  audio_tokens?: number;
  image_tokens?: number;
}

interface WireOutputDetails {
  reasoning_tokens?: number;
  audio_tokens?: number;
  image_tokens?: number;
}

export interface Choice {
  index?: number;
  message?: MessagePart | null;
  delta?: MessagePart | null;
  logprobs?: { content?: TokenLogprob[] | null } | null;
  finish_reason?: string | null;
}

/** A completion or a chunk of one: what the two have in common. Every field may be missing: servers differ. */
export interface Completion {
  id?: string;
  object?: string;
  created?: number;
  model?: string;
  system_fingerprint?: string | null;
  choices: Choice[];
  usage?: WireUsage | null;
}

/** Whether a parsed answer can be read as a completion at all; its fields are still looked at one by one. */
export function isCompletion(value: unknown): value is Completion {
  if (typeof value !== 'object' || value === null || !('choices' in value) || !Array.isArray(value.choices))
    return false;
  return value.choices.every(isObject);
}

export function hasLogprobs({ choices }: Completion): boolean {
  return choices.some(({ logprobs }) => logprobs != null);
}

/** Whether a chunk carries something to show: more than a role, an empty text or nothing at all. */
export function showsSomething(chunk: Completion): boolean {
  return chunk.choices.some(({ delta, finish_reason: reason }) => {
    if (namesReason(reason)) return true;
    if (typeof delta !== 'object' || delta === null) return false;
    return Object.entries(delta).some(([key, value]) => key !== 'role' && !isNothing(value));
  });
}

/** Whether an answer has ended for a reason: an empty one is `null` by another name. */
export function namesReason(reason: unknown): reason is string {
  return typeof reason === 'string' && reason.trim() !== '';
}

function isNothing(value: unknown): boolean {
  return value == null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Ends an answer that its server gave up. */
const FAILED = 'error';

/** The error that a server put into an answer, or beside one that it marked as failed; `undefined` where there is none. */
export function errorInside(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const error = 'error' in value ? value.error : undefined;
  if (isError(error)) return error;
  if ('object' in value && value.object === 'error') return value;
  const choices: unknown = 'choices' in value ? value.choices : undefined;
  if (!Array.isArray(choices)) return undefined;
  for (const choice of choices as unknown[]) {
    if (typeof choice !== 'object' || choice === null) continue;
    const inside = 'error' in choice ? choice.error : undefined;
    if (isError(inside)) return inside;
    if ('finish_reason' in choice && choice.finish_reason === FAILED) return FAILED;
  }
  return undefined;
}

function isError(error: unknown): boolean {
  if (typeof error === 'object' && error !== null) return Object.keys(error).length > 0;
  return error === true || (typeof error === 'string' && error !== '');
}

/** The wire format of the common form: OpenAI's chat completions. */
export const COMMON_FORMAT = 'openai-chat';

/** Prefix of a completion's id, before the gateway's own id; also used where no protocol is known. */
export const COMMON_ID_PREFIX = 'chatcmpl-';

/** A chat request as its client wrote it, and in the common form. */
export interface ClientRequest {
  /** The wire format in which the client wrote it: its protocol's name. */
  readonly format: string;
  /** The body as it came. */
  readonly text: string;
  /** The request in the common form. */
  readonly chat: ChatRequest;
  /**
   * The common form as JSON text. For a client that speaks it, its own body byte for byte; for any other, a translation
   * that is made on the first call and kept.
   */
  readonly chatText: () => string;
  /** Headers for an upstream of the same wire format, such as the version that the client speaks. Names are lower-case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's parameters that the common form cannot say: a tier of another wire format is asked without them. */
  readonly unsaid?: readonly string[];
  /**
   * What the answer depends on and the common form cannot say, as the end of a sentence: `the tool 'web_search'`. Only tiers
   * of the client's own wire format are asked.
   */
  readonly onlyInFormat?: string;
  /** The client asked to have the answer kept. */
  readonly keep?: true;
}

/** A request in the common form that the gateway itself makes. @param text the request as JSON, where that is known already. */
export function commonRequest(chat: ChatRequest, text = JSON.stringify(chat)): ClientRequest {
  return { format: COMMON_FORMAT, text, chat, chatText: () => text };
}
