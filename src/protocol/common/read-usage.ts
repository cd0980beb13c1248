import type { Completion, WireUsage } from './chat.ts';

/** Tokens as an upstream counted them. */
export interface CountedUsage {
  /** The whole prompt, whatever of it was cached. */
  inputTokens: number;
  /** Reasoning included: it is billed as output. */
  outputTokens: number;
  reasoningTokens?: number;
  /** Of the input; absent where nothing is said. */
  cachedInputTokens?: number;
  cacheWriteTokens?: number;
  /** Of what was written: what is kept for an hour. */
  cacheWriteHourTokens?: number;
  /** Sounds and pictures, of the input and of the output; absent where there are none. */
  otherTokens?: OtherTokens;
}

type OtherTokens = Partial<Record<'audioInput' | 'audioOutput' | 'imageInput' | 'imageOutput', number>>;

/** What a completion or a chunk says of its usage; `undefined` where it says nothing that can be believed. */
export function usageOf({ usage }: Pick<Completion, 'usage'>): CountedUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const input = countOf(usage.prompt_tokens ?? usage.input_tokens);
  const said = countOf(usage.completion_tokens ?? usage.output_tokens);
  if (input === undefined || said === undefined) return undefined;
  // No prompt is without a token: such a count stands for one that was never made.
  if (input === 0 && said === 0) return undefined;
  const total = countOf(usage.total_tokens);
  const counted: CountedUsage = { inputTokens: input, outputTokens: said };
  addCache(counted, usage, total);
  addReasoning(counted, usage, { inputTokens: input, total });
  addOther(counted, usage);
  return counted;
}

/**
 * OpenAI counts what was read from a cache within the prompt, Anthropic beside it, and gateways in both ways under either's
 * names: the total tells. Without one, no part is larger than the whole.
 */
function addCache(counted: CountedUsage, usage: WireUsage, total: number | undefined): void {
  const { inputTokens: input, outputTokens: output } = counted;
  const details = objectOf(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const read = countOf(
    details?.cached_tokens ??
      usage.cache_read_input_tokens ??
      usage.prompt_cache_hit_tokens ??
      usage.cachedContentTokenCount ??
      usage.cached_tokens,
  );
  const written = countOf(
    details?.cache_write_tokens ?? details?.cache_creation_tokens ?? usage.cache_creation_input_tokens,
  );
  if (read === undefined && written === undefined) return;
  const parts = (read ?? 0) + (written ?? 0);
  if (read !== undefined) counted.cachedInputTokens = read;
  if (written !== undefined) counted.cacheWriteTokens = written;
  const hour = hourOf(usage, details);
  if (written !== undefined && hour !== undefined) counted.cacheWriteHourTokens = Math.min(hour, written);
  // Anthropic's own form has neither a total nor OpenAI's names.
  const isAnthropics = usage.prompt_tokens === undefined && details === undefined;
  const thought = thoughtOf(usage) ?? 0;
  const isSum = (sum: number): boolean => total === sum || total === sum + thought;
  const saysBeside =
    total === undefined ? isAnthropics : isSum(input + output + parts) && !isSum(input + output);
  if (parts > input || saysBeside) counted.inputTokens = input + parts;
}

/** Anthropic says it beside its counts, and LiteLLM within OpenAI's; 0 is not worth a count. */
function hourOf(
  usage: WireUsage,
  details: NonNullable<WireUsage['prompt_tokens_details']> | undefined,
): number | undefined {
  const hour = countOf(
    details?.cache_write_1h_tokens ??
      objectOf(details?.cache_creation_token_details)?.ephemeral_1h_input_tokens ??
      objectOf(usage.cache_creation)?.ephemeral_1h_input_tokens,
  );
  return hour === 0 ? undefined : hour;
}

/** Some servers count reasoning beside the completion. The total tells; and no part is larger than the whole. */
function addReasoning(
  counted: CountedUsage,
  usage: WireUsage,
  { inputTokens: input, total }: { inputTokens: number; total: number | undefined },
): void {
  const { outputTokens: said } = counted;
  const thought = thoughtOf(usage);
  if (thought !== undefined) {
    const isSum = (sum: number): boolean => total === sum || total === sum - input + counted.inputTokens;
    const beside = thought > said || (thought > 0 && isSum(input + said + thought));
    counted.reasoningTokens = thought;
    if (beside) counted.outputTokens = said + thought;
  } else if (total !== undefined && total > counted.inputTokens + said) {
    // Gemini's compatible API does not name its reasoning, and has it in the total.
    counted.reasoningTokens = total - counted.inputTokens - said;
    counted.outputTokens = total - counted.inputTokens;
  }
}

function thoughtOf(usage: WireUsage): number | undefined {
  const details = objectOf(usage.completion_tokens_details ?? usage.output_tokens_details);
  return countOf(details?.reasoning_tokens ?? usage.reasoning_tokens);
}

function addOther(counted: CountedUsage, usage: WireUsage): void {
  const input = objectOf(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const output = objectOf(usage.completion_tokens_details ?? usage.output_tokens_details);
  if (input === undefined && output === undefined) return;
  const other: OtherTokens = {};
  const add = (kind: keyof OtherTokens, value: unknown): void => {
    const count = countOf(value) ?? 0;
    if (count > 0) other[kind] = count;
  };
  add('audioInput', input?.audio_tokens);
  add('imageInput', input?.image_tokens);
  add('audioOutput', output?.audio_tokens);
  add('imageOutput', output?.image_tokens);
  if (Object.keys(other).length > 0) counted.otherTokens = other;
}

/** Counts only grow while an answer comes: where they are said again, the larger one holds. */
export function largerUsage(before: CountedUsage | undefined, now: CountedUsage): CountedUsage {
  if (before === undefined) return now;
  const usage: CountedUsage = {
    inputTokens: Math.max(before.inputTokens, now.inputTokens),
    outputTokens: Math.max(before.outputTokens, now.outputTokens),
  };
  for (const part of [
    'reasoningTokens',
    'cachedInputTokens',
    'cacheWriteTokens',
    'cacheWriteHourTokens',
  ] as const) {
    const count = Math.max(before[part] ?? -1, now[part] ?? -1);
    if (count >= 0) usage[part] = count;
  }
  const otherTokens = now.otherTokens ?? before.otherTokens;
  if (otherTokens !== undefined) usage.otherTokens = otherTokens;
  return usage;
}

/** What is no object says nothing. */
function objectOf<Details extends object>(value: Details | null | undefined): Details | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

const DIGITS = /^\s*\d{1,15}(?:\.\d{1,15})?\s*$/;

/** A count, also where it is spelled as a float or as text; a part of a token is a whole one. */
function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0)) return undefined;
  const count = Math.ceil(number);
  return Number.isSafeInteger(count) ? count : undefined;
}
