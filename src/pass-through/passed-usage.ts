import { memberOf } from '../defined.ts';
import type { WireUsage } from '../protocol/common/chat.ts';
import { usageOf, type CountedUsage } from '../protocol/common/read-usage.ts';

/** The tokens that an answer names, or an event of one; `undefined` where it names none. */
export function passedUsage(text: string): CountedUsage | undefined {
  if (!text.includes('"usage"')) return undefined;
  let usage: unknown;
  try {
    const value: unknown = JSON.parse(text);
    // The events of newer APIs have the whole answer inside.
    usage = memberOf(value, 'usage') ?? memberOf(memberOf(value, 'response'), 'usage');
  } catch {
    return undefined;
  }
  if (typeof usage !== 'object' || usage === null) return undefined;
  const counted: WireUsage & Record<string, unknown> = { ...usage };
  // Answers of numbers have no tokens of their own; rerankers name the total alone.
  const input = counted.prompt_tokens ?? counted.input_tokens ?? counted.total_tokens;
  const output = counted.completion_tokens ?? counted.output_tokens ?? 0;
  // Transcriptions spell it in the singular.
  const details = counted.input_tokens_details ?? counted['input_token_details'];
  return usageOf({
    usage: {
      ...counted,
      prompt_tokens: input,
      completion_tokens: output,
      ...(typeof details === 'object' && details !== null ? { prompt_tokens_details: details } : {}),
    } as WireUsage,
  });
}
