import type { Completion } from '../protocol/common/chat.ts';

/** Tokens as an upstream counted them. */
export interface CountedUsage {
  inputTokens: number;
  /** Reasoning included: it is billed as output. */
  outputTokens: number;
  reasoningTokens?: number;
}

/** What a completion or a chunk says of its usage; `undefined` where it says nothing that can be believed. */
export function usageOf({ usage }: Completion): CountedUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const input = countOf(usage.prompt_tokens ?? usage.input_tokens);
  const said = countOf(usage.completion_tokens ?? usage.output_tokens);
  if (input === undefined || said === undefined) return undefined;
  // No prompt is without a token: such a count stands for one that was never made.
  if (input === 0 && said === 0) return undefined;
  const thought = countOf(usage.completion_tokens_details?.reasoning_tokens ?? usage.reasoning_tokens);
  if (thought === undefined) return { inputTokens: input, outputTokens: said };
  const total = countOf(usage.total_tokens);
  // Some servers count reasoning beside the completion. The total tells; and no part is larger than the whole.
  const beside = total === undefined ? thought > said : thought > 0 && total === input + said + thought;
  return { inputTokens: input, outputTokens: beside ? said + thought : said, reasoningTokens: thought };
}

/** Counts only grow while an answer comes: where they are said again, the larger one holds. */
export function largerUsage(before: CountedUsage | undefined, now: CountedUsage): CountedUsage {
  if (before === undefined) return now;
  const usage: CountedUsage = {
    inputTokens: Math.max(before.inputTokens, now.inputTokens),
    outputTokens: Math.max(before.outputTokens, now.outputTokens),
  };
  const thought = Math.max(before.reasoningTokens ?? -1, now.reasoningTokens ?? -1);
  if (thought >= 0) usage.reasoningTokens = thought;
  return usage;
}

const DIGITS = /^\s*\d{1,15}(?:\.\d{1,15})?\s*$/;

/** A count, also where it is spelled as a float or as text; a part of a token is a whole one. */
function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0)) return undefined;
  const count = Math.ceil(number);
  return Number.isSafeInteger(count) ? count : undefined;
}
