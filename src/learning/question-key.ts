import { createHash } from 'node:crypto';
import { lastUserMessage, normaliseQuestion } from '../traces/question-text.ts';

/**
 * The identity of a question, by which references are found: SHA-256, 32 hexadecimal digits, of its text but for case and
 * white space.
 */
export function questionKey(question: string): string {
  return createHash('sha256').update(normaliseQuestion(question)).digest('hex').slice(0, 32);
}

/** The key of what is asked in a conversation: of its last user message. Undefined where that has no text. */
export function questionKeyOf(messages: unknown): string | undefined {
  const question = lastUserMessage(messages);
  return question === undefined || question.trim() === '' ? undefined : questionKey(question);
}
