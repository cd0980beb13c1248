import { createHash, createHmac } from 'node:crypto';
import { isTextAlone } from '../../routing/signals/request-text.ts';
import { contentText, field, listOf, normaliseQuestion, userContents } from '../../traces/question-text.ts';

/** What keys begin with. Earlier ones, without it, were of a conversation's last user message alone: they match nothing. */
export const KEY_PREFIX = '2:';

/**
 * The identity of a question that is asked alone, without a system message and in one turn, by which references are found:
 * its text exactly, but for white space around it.
 */
export function questionKey(question: string): string {
  return keyFrom(['question', question.trim()]);
}

/**
 * The key of a conversation: of the question, where that is all of it; else of every message, the system message too, exactly
 * but for white space around each. Undefined without any text, and where a message is more than text, such as an image or a
 * call: the same words about another image are another question.
 */
export function questionKeyOf(messages: unknown): string | undefined {
  const said: [role: string, text: string, name?: string][] = [];
  for (const message of listOf(messages)) {
    const [role, content, name] = ['role', 'content', 'name'].map((member) => field(message, member));
    if (typeof role !== 'string' || role === 'tool' || role === 'function') return undefined;
    if (!isTextAlone(content) || hasMore(message)) return undefined;
    const text = (contentText(content) ?? '').trim();
    said.push(typeof name === 'string' ? [role, text, name] : [role, text]);
  }
  if (said.every(([, text]) => text === '')) return undefined;
  const [[role, text, name] = []] = said;
  const isAlone = said.length === 1 && role === 'user' && text !== undefined && name === undefined;
  return isAlone ? questionKey(text) : keyFrom(['conversation', ...said]);
}

function hasMore(message: unknown): boolean {
  const calls = field(message, 'tool_calls');
  const isCalling = Array.isArray(calls) ? calls.length > 0 : calls != null;
  return isCalling || field(message, 'function_call') != null || field(message, 'audio') != null;
}

function keyFrom(value: readonly unknown[]): string {
  return KEY_PREFIX + createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}

/**
 * The key of a conversation's first user message, which all requests of the conversation share; of the whole prompt, where
 * that message says nothing or there is none. It is stored with audits even where texts are not, so it is keyed (HMAC-SHA-256):
 * with the store alone, short messages cannot be tried against it.
 */
export function conversationKeyOf(messages: unknown, secret: string): string {
  const [first] = userContents(messages);
  return createHmac('sha256', secret)
    .update(`conversation ${firstSaid(first) ?? written(messages)}`)
    .digest('hex')
    .slice(0, 32);
}

/** Undefined where nothing is said. */
function firstSaid(content: unknown): string | undefined {
  if (!listOf(content).every((part) => typeof field(part, 'text') === 'string')) return written(content);
  const text = contentText(content);
  if (text === undefined || text.trim() === '') return undefined;
  return createHash('sha256').update(normaliseQuestion(text)).digest('hex').slice(0, 32);
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // It is nested too deep to be written: all such prompts count as one.
    return 'too deep';
  }
}
