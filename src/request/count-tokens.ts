import { roughTokens } from '../routing/signals/request-text.ts';

/** Longer texts are counted roughly: a tokenizer would hold up everybody else's request. */
const MAX_CHARACTERS = 20_000;

/**
 * Tokens of a text by OpenAI's o200k tokenizer, for upstreams that report no usage. The tokenizer is loaded when the
 * first such upstream answers: its tables take tens of megabytes.
 */
export async function countTokens(text: string): Promise<number> {
  if (text === '') return 0;
  if (text.length > MAX_CHARACTERS) return roughTokens(text);
  const { countTokens: count } = await import('gpt-tokenizer');
  // Special tokens in a text are text here.
  return count(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
}
