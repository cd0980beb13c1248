import { isObject } from '../../protocol/common/list-of-entries.ts';
import type { WireUsage } from '../../protocol/common/chat.ts';

/**
 * Anthropic's counts in OpenAI's form: what was read from a cache or written there is a part of the prompt, and thinking of
 * the completion. @returns undefined where the two sums are not known.
 */
export function wireUsageOf(usage: unknown): WireUsage | undefined {
  if (!isObject(usage)) return undefined;
  const input = countIn(usage, 'input_tokens');
  const output = countIn(usage, 'output_tokens');
  if (input === undefined || output === undefined) return undefined;
  const read = countIn(usage, 'cache_read_input_tokens');
  const written = countIn(usage, 'cache_creation_input_tokens');
  const hour = countIn(usage['cache_creation'], 'ephemeral_1h_input_tokens') ?? 0;
  const thought = countIn(usage['output_tokens_details'], 'thinking_tokens');
  const prompt = input + (read ?? 0) + (written ?? 0);
  const details = {
    ...(read === undefined ? {} : { cached_tokens: read }),
    ...(written === undefined ? {} : { cache_write_tokens: written }),
    ...(hour === 0 ? {} : { cache_write_1h_tokens: hour }),
  };
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    ...(Object.keys(details).length === 0 ? {} : { prompt_tokens_details: details }),
    ...(thought === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thought } }),
  };
}

/** Later counts of a stream over earlier ones: they are of the whole message, and those that did not change are left out. */
export function laterUsage(before: unknown, now: unknown): unknown {
  if (!isObject(before) || !isObject(now)) return now ?? before;
  const merged: Record<string, unknown> = { ...before };
  for (const name in now) if (now[name] != null) merged[name] = now[name];
  return merged;
}

function countIn(value: unknown, name: string): number | undefined {
  const count = isObject(value) ? value[name] : undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
