import { createHash, createHmac } from 'node:crypto';
import { contentText, field, listOf, normaliseQuestion, userContents } from '../../traces/question-text.ts';

/**
 * The identity of a question, by which references are found: 32 hexadecimal digits of the SHA-256 of its text, ignoring case
 * and white space.
 */
export function questionKey(question: string): string {
  return createHash('sha256').update(normaliseQuestion(question)).digest('hex').slice(0, 32);
}

/**
 * The key of a conversation's last user message. Undefined where that has no text, or more than text, such as an image: the
 * same words about another image are another question.
 */
export function questionKeyOf(messages: unknown): string | undefined {
  const asked = userContents(messages).at(-1);
  return isTextAlone(asked) ? keyUnlessEmpty(contentText(asked)) : undefined;
}

/**
 * The key of a conversation's first user message, which all requests of the conversation share. It is stored with audits
 * even where texts are not, so it is keyed (HMAC-SHA-256): with the store alone, short messages cannot be tried against it.
 * Undefined where that message is empty.
 */
export function conversationKeyOf(messages: unknown, secret: string): string | undefined {
  const [first] = userContents(messages);
  const key = isTextAlone(first) ? keyUnlessEmpty(contentText(first)) : JSON.stringify(first);
  return key === undefined
    ? undefined
    : createHmac('sha256', secret).update(`conversation ${key}`).digest('hex').slice(0, 32);
}

function isTextAlone(content: unknown): boolean {
  return listOf(content).every((part) => typeof field(part, 'text') === 'string');
}

function keyUnlessEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : questionKey(text);
}
