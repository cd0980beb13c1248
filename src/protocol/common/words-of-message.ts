import type { MessagePart } from './chat.ts';
import { isObject } from './list-of-entries.ts';

/** What a message or a piece of one says, and what it thought; a declared refusal is said too. */
export function wordsOfMessage(message: MessagePart): { thought: string; said: string } {
  const { content, refusal } = message;
  let thought = textOr(message.reasoning_content) || textOr(message.reasoning);
  let said = textOr(content);
  if (Array.isArray(content))
    for (const part of content as readonly unknown[]) {
      if (!isObject(part)) continue;
      said += textOr(part['text']);
      thought += thinkingOf(part['thinking']);
    }
  return { thought, said: said + textOr(refusal) };
}

/** Mistral's parts of thinking hold parts themselves. */
function thinkingOf(thinking: unknown): string {
  if (!Array.isArray(thinking)) return textOr(thinking);
  return thinking.map((part: unknown) => (isObject(part) ? textOr(part['text']) : '')).join('');
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
