const CHARACTERS_A_TOKEN = 4;

/** The parts of a request that signals are read from: messages as in the API, and the tools offered. */
export interface RequestText {
  messages: readonly { readonly role?: unknown; readonly content?: unknown }[];
  tools?: unknown;
}

/** All the plain text of a request's messages; images and other parts have none. */
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
 * A cheap estimate of a text's tokens that is rather too high: four characters each in English. Characters that take more
 * bytes in UTF-8 are fewer to a token: about 1.6 of Cyrillic, 1 of Chinese.
 */
export function roughTokens(text: string): number {
  const beyondAscii = Buffer.byteLength(text) - text.length;
  return Math.ceil((text.length + 1.5 * beyondAscii) / CHARACTERS_A_TOKEN);
}
