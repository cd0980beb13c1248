/** The normal form of a question, for comparing: Unicode composed, white space collapsed and trimmed, lower case. */
export function normaliseQuestion(text: string): string {
  return text.normalize('NFC').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}

/** The text of the last user message; of a message in parts, its text parts. Undefined if there is none. */
export function lastUserMessage(messages: unknown): string | undefined {
  return contentText(userContents(messages).at(-1));
}

/** The contents of the user messages, unchanged. */
export function userContents(messages: unknown): unknown[] {
  return listOf(messages)
    .filter((message) => field(message, 'role') === 'user')
    .map((message) => field(message, 'content'));
}

/** The plain text of a message's content; undefined if it has none. */
export function contentText(content: unknown): string | undefined {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : undefined;
  const texts = (content as unknown[])
    .map((part) => field(part, 'text'))
    .filter((text) => typeof text === 'string');
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** The value if it is a list, else an empty list. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An object's member of this name; undefined if the value is no object. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
