import type { ChatRequest } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { wordsOfMessage } from '../../protocol/common/words-of-message.ts';

type ChatMessage = ChatRequest['messages'][number];

/** Notes a parameter that the API cannot say. */
export type Drop = (name: string) => void;

/** A conversation of the common form as the items of an input. */
export function inputItems(messages: readonly ChatMessage[], drop: Drop): object[] {
  const items: object[] = [];
  /** The calls of custom tools: their outputs are items of another type. */
  const custom = new Set<unknown>();
  for (const [position, message] of messages.entries()) {
    if (message['name'] != null && message.role !== 'function') drop('messages.name');
    if (message.role === 'tool') {
      const id = message['tool_call_id'];
      const type = custom.has(id) ? 'custom_tool_call_output' : 'function_call_output';
      items.push({ type, call_id: id, output: outputOf(message.content, drop) });
    } else if (message.role === 'function')
      items.push({
        type: 'function_call_output',
        call_id: oldCallId(message['name']),
        output: outputOf(message.content, drop),
      });
    else if (message.role === 'assistant') addAnswer(items, message, { position, custom, drop });
    else items.push({ type: 'message', role: message.role, content: contentOf(message.content, drop) });
  }
  return items;
}

/** What was said before there were ids of calls. */
function oldCallId(name: unknown): string {
  return `call_${String(name).slice(0, 50)}`;
}

function addAnswer(
  items: object[],
  message: ChatMessage,
  { position, custom, drop }: { position: number; custom: Set<unknown>; drop: Drop },
): void {
  const { refusal, tool_calls: calls, function_call: old } = message;
  const { said, thought } = wordsOfMessage({ ...message, content: message.content ?? null, refusal: null });
  if (thought !== '') drop('messages.reasoning_content');
  if (message['audio'] != null) drop('messages.audio');
  const parts = [
    ...(said === '' ? [] : [{ type: 'output_text', text: said, annotations: [] }]),
    ...refusalsIn(message.content, refusal).map((text) => ({ type: 'refusal', refusal: text })),
  ];
  if (parts.length > 0) items.push({ type: 'message', role: 'assistant', content: parts });
  for (const call of Array.isArray(calls) ? (calls as unknown[]) : []) {
    if (!isObject(call)) continue;
    if (isObject(call['custom'])) {
      custom.add(call['id']);
      const { name, input } = call['custom'];
      items.push({ type: 'custom_tool_call', call_id: call['id'], name, input });
    } else items.push(functionCall(call['id'], call['function']));
  }
  if (isObject(old)) items.push(functionCall(oldCallId(old['name']), old));
  if (items.length === 0 && position === 0) items.push({ type: 'message', role: 'assistant', content: '' });
}

function functionCall(callId: unknown, described: unknown): object {
  const { name, arguments: given } = isObject(described) ? described : {};
  return { type: 'function_call', call_id: callId, name, arguments: given };
}

function refusalsIn(content: unknown, refusal: unknown): string[] {
  const parts = Array.isArray(content) ? (content as unknown[]) : [];
  const said = parts.map((part) =>
    isObject(part) && part['type'] === 'refusal' ? part['refusal'] : undefined,
  );
  return [...said, refusal].filter((text) => typeof text === 'string' && text !== '') as string[];
}

function outputOf(content: unknown, drop: Drop): unknown {
  return Array.isArray(content) ? contentOf(content, drop) : (content ?? '');
}

function contentOf(content: unknown, drop: Drop): unknown {
  if (!Array.isArray(content)) return content ?? '';
  return (content as unknown[]).flatMap((part) => partOf(part, drop));
}

function partOf(part: unknown, drop: Drop): object[] {
  if (!isObject(part)) return [];
  switch (part['type']) {
    case 'text':
      return [{ type: 'input_text', text: part['text'] }];
    case 'image_url': {
      const image = isObject(part['image_url']) ? part['image_url'] : { url: part['image_url'] };
      return [{ type: 'input_image', image_url: image['url'], detail: image['detail'] ?? 'auto' }];
    }
    case 'file':
      return [{ type: 'input_file', ...(isObject(part['file']) ? part['file'] : {}) }];
    case 'input_audio':
      return [part];
    default:
      drop(`messages.content.${String(part['type'])}`);
      return [];
  }
}
