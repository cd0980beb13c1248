import type { ChatRequest } from '../common/chat.ts';
import type { Unsaid } from '../common/unsaid.ts';
import { chatContent, outputContent } from './chat-content.ts';
import type { InputItem, ResponsesRequest } from './request-schema.ts';

type ChatMessage = ChatRequest['messages'][number];

/** The conversation in the common form: the instructions first, then an item after the other. */
export function messagesOfInput(
  { instructions, input }: Pick<ResponsesRequest, 'instructions' | 'input'>,
  unsaid: Unsaid,
): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (instructions != null && instructions !== '') messages.push({ role: 'system', content: instructions });
  if (typeof input === 'string') messages.push({ role: 'user', content: input });
  else for (const item of input ?? []) addItem(messages, item, unsaid);
  return messages;
}

function addItem(messages: ChatMessage[], item: InputItem, unsaid: Unsaid): void {
  const { type, role, call_id: callId } = item;
  switch (type ?? 'message') {
    case 'message':
      if (item['phase'] != null) unsaid.drop('input.phase');
      messages.push({ role: String(role), content: chatContent(item['content'], unsaid) });
      return;
    case 'function_call':
      addCall(messages, {
        id: callId,
        type: 'function',
        function: { name: item['name'], arguments: item['arguments'] },
      });
      return;
    case 'custom_tool_call':
      addCall(messages, { id: callId, type: 'custom', custom: { name: item['name'], input: item['input'] } });
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      messages.push({ role: 'tool', tool_call_id: callId, content: outputContent(item['output'], unsaid) });
      return;
    case 'reasoning':
      unsaid.drop('input.reasoning');
      return;
    default:
      unsaid.need(`input of the type '${String(type)}'`);
  }
}

/** Calls that follow each other, or the words before them, are one message. */
function addCall(messages: ChatMessage[], call: object): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: null, tool_calls: [call] });
    return;
  }
  const calls: unknown = last['tool_calls'];
  // Into the same list: to copy it for each call would take time that grows with their square.
  if (Array.isArray(calls)) calls.push(call);
  else last['tool_calls'] = [call];
}
