/** Reading what others write: any member may be missing, of another type, or JSON inside a text. Nothing here throws. */
import { defined, memberOf } from '../../defined.ts';
import { listOf } from '../../traces/question-text.ts';
import type { LogEntry, RecordedAnswer } from './log-format.ts';

/** More messages than any conversation has. */
const MOST_MESSAGES = 2_000;

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value that a JSON text holds; any other value as it is. */
export function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The first member of these names that is there. */
export function firstOf(record: unknown, names: readonly string[]): unknown {
  for (const name of names) {
    const value = memberOf(record, name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** A whole number from 0. */
export function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** US dollars, also written as text; 0 says that the price was not known. */
export function costOf(value: unknown): number | undefined {
  const cost = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof cost === 'number' && Number.isFinite(cost) && cost > 0 ? cost : undefined;
}

const ROLES: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant', model: 'assistant' };

/** A conversation: messages, an object that has them, or one text that is a user's. Undefined where there is none. */
export function messagesOf(value: unknown): Record<string, unknown>[] | undefined {
  const found = unpacked(value);
  const text = textOf(found);
  if (text !== undefined) return [{ role: 'user', content: text }];
  if (isRecord(found)) {
    const inside = firstOf(found, ['messages', 'input', 'prompt', 'question', 'contents']);
    const messages = isRecord(inside) ? undefined : messagesOf(inside);
    const system = contentOf(firstOf(found, ['system', 'instructions']));
    if (messages === undefined || system === undefined) return messages;
    return [{ role: 'system', content: system }, ...messages];
  }
  const list = listOf(found);
  if (list.length === 0 || list.length > MOST_MESSAGES) return undefined;
  const messages = list.map(messageOf);
  return messages.every((message) => message !== undefined) ? messages : undefined;
}

function messageOf(value: unknown): Record<string, unknown> | undefined {
  const role = textOf(firstOf(value, ['role', 'type']));
  const content = contentOf(memberOf(value, 'content'));
  const [calls, id, name] = ['tool_calls', 'tool_call_id', 'name'].map((key) => memberOf(value, key));
  const toolCalls = Array.isArray(calls) && calls.length > 0 ? calls : undefined;
  if (role === undefined || (content === undefined && toolCalls === undefined)) return undefined;
  return defined({
    role: ROLES[role] ?? role,
    content: content ?? null,
    tool_calls: toolCalls,
    tool_call_id: textOf(id),
    name: textOf(name),
  });
}

const TEXT_PARTS: ReadonlySet<unknown> = new Set(['text', 'input_text', 'output_text']);

/** Text, or parts; the parts' names in newer APIs as chats have them. */
function contentOf(content: unknown): string | unknown[] | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  return content.map((part: unknown) => {
    const text = memberOf(part, 'text');
    const type = memberOf(part, 'type') ?? 'text';
    return TEXT_PARTS.has(type) && typeof text === 'string' ? { type: 'text', text } : part;
  });
}

/** The text of a content; undefined where it has another part, or none. */
function plainContent(value: unknown): string | undefined {
  const content = contentOf(value);
  if (!Array.isArray(content)) return content;
  const texts = content.map((part) =>
    memberOf(part, 'type') === 'text' ? memberOf(part, 'text') : undefined,
  );
  return texts.every((text) => typeof text === 'string') ? texts.join('') : undefined;
}

/** An answer in any of the forms that APIs give it; undefined where there is none. */
export function answerOf(value: unknown): RecordedAnswer | undefined {
  const found = unpacked(value);
  if (typeof found === 'string') return textOf(found) === undefined ? undefined : { text: found };
  if (Array.isArray(found)) {
    const last: unknown = found.findLast((each) => memberOf(each, 'type') !== 'reasoning');
    return plainContent(found) === undefined ? answerOf(last) : { text: plainContent(found) ?? '' };
  }
  if (!isRecord(found)) return undefined;
  const facts = factsOf(found);
  const choice: unknown = listOf(found['choices'])[0];
  if (choice !== undefined) {
    const message = messageAnswer(memberOf(choice, 'message') ?? { content: memberOf(choice, 'text') });
    return (
      message && { ...facts, ...message, ...defined({ finish: textOf(memberOf(choice, 'finish_reason')) }) }
    );
  }
  const inside = firstOf(found, ['output_text', 'output', 'message', 'body', 'response', 'completion']);
  const own = messageAnswer(found) ?? (inside === undefined ? undefined : answerOf(inside));
  if (own !== undefined) return { ...facts, ...own };
  const text = textOf(firstOf(found, ['text', 'answer', 'generated_text']));
  // Data that the log keeps without a wrapper: an answer that was parsed.
  return text === undefined ? undefined : { ...facts, text };
}

function messageAnswer(message: unknown): RecordedAnswer | undefined {
  const text = plainContent(memberOf(message, 'content'));
  const listed = listOf(memberOf(message, 'tool_calls')).map((call) => memberOf(call, 'function') ?? call);
  const old = memberOf(message, 'function_call');
  const toolCalls = [...listed, ...(isRecord(old) ? [old] : [])].flatMap((call) => {
    const name = textOf(memberOf(call, 'name'));
    const given = firstOf(call, ['arguments', 'args', 'input']) ?? '{}';
    return name === undefined
      ? []
      : [{ name, arguments: typeof given === 'string' ? given : JSON.stringify(given) }];
  });
  if (toolCalls.length > 0) return { text: text ?? '', toolCalls };
  return text === undefined || text.trim() === '' ? undefined : { text };
}

/** What an answer says beside its words. */
export function factsOf(value: unknown): Omit<RecordedAnswer, 'text'> {
  const usage = memberOf(value, 'usage');
  return defined({
    model: textOf(memberOf(value, 'model')),
    inputTokens: countOf(firstOf(usage, ['prompt_tokens', 'input_tokens', 'input'])),
    outputTokens: countOf(firstOf(usage, ['completion_tokens', 'output_tokens', 'output'])),
  });
}

/** What a request asks of the form of its answer. */
export function formOf(value: unknown): LogEntry['form'] {
  const request = unpacked(value);
  const list = memberOf(request, 'tools');
  const tools = Array.isArray(list) && list.length > 0 ? (list as unknown[]) : undefined;
  const limits = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'];
  const limit = countOf(limits.map((name) => memberOf(request, name)).find((each) => countOf(each)));
  const format = memberOf(request, 'response_format');
  return defined({
    tools,
    toolChoice: tools === undefined ? undefined : (memberOf(request, 'tool_choice') ?? undefined),
    responseFormat: isRecord(format) ? format : undefined,
    maxTokens: limit,
  });
}
