/** Longer texts are divided by four: a tokenizer would hold up everybody else's request. */
const MAX_CHARACTERS = 20_000;
const CHARACTERS_A_TOKEN = 4;

/**
 * Tokens of a text, cheaply and rather too many: four characters each in English. Characters that take more bytes in
 * UTF-8 are fewer to a token: Cyrillic gets about 1.6, Chinese 1.
 */
export function roughTokens(text: string): number {
  const beyondAscii = Buffer.byteLength(text) - text.length;
  return Math.ceil((text.length + 1.5 * beyondAscii) / CHARACTERS_A_TOKEN);
}

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
