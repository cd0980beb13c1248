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
 * Whether the text of a request's messages is all that they say: no image, sound or file, no part of an unknown kind, and no
 * call, which a judge that reads the text would not see.
 */
export function hasTextAlone(messages: RequestText['messages']): boolean {
  return messages.every((message) => {
    if (!isTextAlone(message.content)) return false;
    return field(message, 'audio') == null && field(message, 'function_call') == null;
  });
}

/** Whether the content of a message is text, or nothing at all. */
export function isTextAlone(content: unknown): boolean {
  if (content == null || typeof content === 'string') return true;
  return (
    Array.isArray(content) &&
    content.every(
      (part: unknown) => field(part, 'type') === 'text' && typeof field(part, 'text') === 'string',
    )
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * A cheap estimate of a text's tokens that is rather too high: four characters each in English. Characters that take more
 * bytes in UTF-8 are fewer to a token: about 1.6 of Cyrillic, 1 of Chinese.
 */
export function roughTokens(text: string): number {
  const beyondAscii = Buffer.byteLength(text) - text.length;
  return Math.ceil((text.length + 1.5 * beyondAscii) / CHARACTERS_A_TOKEN);
}

/** The same of the tools offered, as the JSON that they were sent as. */
export function tokensOfTools(tools: unknown): number {
  try {
    return roughTokens(JSON.stringify(tools));
  } catch {
    // Writing is recursive, and a client's JSON may be nested half a million deep.
    return tokensOfDeepJson(tools);
  }
}

/** Without recursion: each name and text with its quotes, and two characters of punctuation for each value. */
function tokensOfDeepJson(json: unknown): number {
  const unread: unknown[] = [json];
  let characters = 0;
  let tokens = 0;
  while (unread.length > 0) {
    const value = unread.pop();
    characters += 2;
    if (typeof value === 'string') tokens += roughTokens(value);
    else if (Array.isArray(value)) for (const element of value) unread.push(element);
    else if (typeof value === 'object' && value !== null) {
      for (const key in value) {
        tokens += key.length / CHARACTERS_A_TOKEN;
        unread.push(Reflect.get(value, key));
      }
    } else characters += String(value).length;
  }
  return Math.ceil(tokens + characters / CHARACTERS_A_TOKEN);
}
