import type { Signals } from '../attempt.ts';

const CHARACTERS_A_TOKEN = 4;

/** A request as far as its features go: messages as the API has them, and the tools offered. */
export interface RequestText {
  messages: readonly { readonly role?: unknown; readonly content?: unknown }[];
  tools?: unknown;
}

/** What is known of a request before any model is asked, the same in live traffic and in replay. */
export function requestFeatures({ messages, tools }: RequestText): Signals & { promptTokens: number } {
  const texts = [...textOfMessages(messages), ...(tools == null ? [] : [JSON.stringify(tools)])];
  return {
    promptTokens: texts.reduce((sum, text) => sum + roughTokens(text), 0),
    turns: messages.filter(({ role }) => role === 'user').length,
  };
}

/** All the plain text of a request's messages: images and other parts have none. */
export function textOfMessages(messages: RequestText['messages']): string[] {
  return messages.flatMap(({ content }) => {
    if (typeof content === 'string') return [content];
    if (!Array.isArray(content)) return [];
    return content.flatMap((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string'
        ? [part.text]
        : [],
    );
  });
}

/**
 * Tokens of a text, cheaply and rather too many: four characters each in English. Characters that take more bytes in
 * UTF-8 are fewer to a token: Cyrillic gets about 1.6, Chinese 1.
 */
export function roughTokens(text: string): number {
  const beyondAscii = Buffer.byteLength(text) - text.length;
  return Math.ceil((text.length + 1.5 * beyondAscii) / CHARACTERS_A_TOKEN);
}
