import { isBlock, type Block } from '../common/anthropic-format.ts';
import type { ChatRequest } from '../common/chat.ts';
import { contentOf, partsOfBlock, partsOfContent, type ContentPart } from './chat-content.ts';
import type { InputText } from './input-text.ts';
import { textIn, type MessagesRequest, type WireMessage } from './request-schema.ts';
import type { Unsaid } from '../common/unsaid.ts';

type ChatMessage = ChatRequest['messages'][number];

/** The conversation in the common form: the system's words first, each result of a tool as a message of its own. */
export function chatMessages(
  { system, messages }: Pick<MessagesRequest, 'system' | 'messages'>,
  inputText: InputText,
  unsaid: Unsaid,
): ChatMessage[] {
  const chat: ChatMessage[] = [];
  const instructions = partsOfContent(system, unsaid);
  if (instructions.length > 0) chat.push({ role: 'system', content: contentOf(instructions) });
  for (const [position, message] of messages.entries()) {
    if (message.role === 'assistant') chat.push(assistantMessage(message, position, inputText, unsaid));
    else if (message.role === 'user') chat.push(...userMessages(message, unsaid));
    else chat.push({ role: 'system', content: contentOf(partsOfContent(message.content, unsaid)) });
  }
  return chat;
}

/** Results of tools come right after the calls; pictures in them have no other place than the message after them. */
function userMessages({ content }: WireMessage, unsaid: Unsaid): ChatMessage[] {
  if (typeof content === 'string') return [{ role: 'user', content }];
  const results: ChatMessage[] = [];
  const others: ContentPart[] = [];
  for (const block of content) {
    if (!isBlock(block)) continue;
    if (block.type !== 'tool_result') {
      others.push(...partsOfBlock(block, unsaid));
      continue;
    }
    const { message, beside } = toolMessage(block, unsaid);
    results.push(message);
    others.push(...beside);
  }
  if (others.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', content: contentOf(others) }];
}

function toolMessage(block: Block, unsaid: Unsaid): { message: ChatMessage; beside: ContentPart[] } {
  if (block['cache_control'] != null) unsaid.drop('cache_control');
  if (block['is_error'] === true) unsaid.drop('tool_result.is_error');
  const parts = partsOfContent(block['content'], unsaid);
  const texts = parts.filter(({ type }) => type === 'text');
  return {
    message: {
      role: 'tool',
      tool_call_id: textIn(block, 'tool_use_id') ?? '',
      content: texts.length === 0 ? '' : contentOf(texts),
    },
    beside: parts.filter(({ type }) => type !== 'text'),
  };
}

function assistantMessage(
  { content }: WireMessage,
  position: number,
  inputText: InputText,
  unsaid: Unsaid,
): ChatMessage {
  if (typeof content === 'string') return { role: 'assistant', content };
  const said: ContentPart[] = [];
  const calls: object[] = [];
  for (const [place, block] of content.entries()) {
    if (!isBlock(block)) continue;
    if (block.type === 'tool_use') {
      if (block['cache_control'] != null) unsaid.drop('cache_control');
      if (block['toolset_name'] != null) unsaid.need('calls of a toolset of the provider');
      calls.push({
        id: textIn(block, 'id') ?? '',
        type: 'function',
        function: { name: textIn(block, 'name') ?? '', arguments: inputText(position, place) },
      });
    } else if (block.type === 'thinking' || block.type === 'redacted_thinking') unsaid.drop('thinking');
    else said.push(...partsOfBlock(block, unsaid));
  }
  const message: ChatMessage = {
    role: 'assistant',
    content: said.length === 0 ? (calls.length === 0 ? '' : null) : contentOf(said),
  };
  if (calls.length > 0) message['tool_calls'] = calls;
  return message;
}
