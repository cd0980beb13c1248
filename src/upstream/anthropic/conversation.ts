import { memberOf } from '../../defined.ts';
import { listText, objectText } from '../../wire/json-parts.ts';
import { fitToolId } from '../../protocol/common/anthropic-format.ts';
import type { ChatRequest } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { blocksOfContent, cached, contentMember, textBlock } from './content-blocks.ts';
import { cannotBeTold } from './tell.ts';

type ChatMessage = ChatRequest['messages'][number];

/** A conversation as the API takes it; JSON texts. */
export interface Conversation {
  /** The system's words; absent where there are none. */
  system?: string;
  messages: string;
}

/** A turn of one side: results of tools have to stand together, right after their calls. */
interface Turn {
  role: 'user' | 'assistant';
  blocks: string[];
  /** What the turn was made of, where that is one message. */
  content: unknown;
}

const SYSTEM: ReadonlySet<string> = new Set(['system', 'developer']);

/**
 * The conversation of a request in the common form. What the system says in the middle of it goes to the beginning, as
 * Anthropic's own translation has it: only newer models take it in its place.
 * @param dropped gets the names of what is left out
 */
export function conversationOf(
  messages: ChatRequest['messages'],
  upstream: string,
  dropped: Set<string>,
): Conversation {
  const heads = messages.filter(({ role }) => SYSTEM.has(role));
  const system = heads.flatMap(({ content }) => blocksOfContent(content, upstream));
  const turns: Turn[] = [];
  for (const message of messages) {
    if (SYSTEM.has(message.role)) continue;
    const turn = turnOf(message, upstream, dropped);
    const before = turns.at(-1);
    if (turn.blocks.length === 0) continue;
    if (before?.role !== turn.role) turns.push(turn);
    else {
      before.blocks.push(...turn.blocks);
      before.content = undefined;
    }
  }
  const written = turns.map(({ role, blocks, content }) =>
    objectText({ role: JSON.stringify(role), content: contentMember(blocks, content) }),
  );
  const conversation: Conversation = { messages: listText(written) };
  if (system.length > 0)
    conversation.system = contentMember(system, heads.length === 1 ? heads[0]?.content : undefined);
  return conversation;
}

function turnOf(message: ChatMessage, upstream: string, dropped: Set<string>): Turn {
  const { role, content } = message;
  switch (role) {
    case 'assistant':
      return assistantTurn(message, upstream, dropped);
    case 'tool':
      return { role: 'user', blocks: [resultBlock(message, upstream)], content: undefined };
    case 'user':
      return { role, blocks: blocksOfContent(content, upstream), content };
    default:
      throw cannotBeTold(upstream, `a message of the role '${role.slice(0, 40)}'`);
  }
}

function assistantTurn(message: ChatMessage, upstream: string, dropped: Set<string>): Turn {
  const { content, refusal, tool_calls: calls, function_call: old, audio } = message;
  if (old != null) throw cannotBeTold(upstream, 'a `function_call`; use `tools`');
  if (audio != null) throw cannotBeTold(upstream, 'sounds');
  for (const name of ['reasoning_content', 'reasoning'])
    if (message[name] != null && message[name] !== '') dropped.add(`messages.${name}`);
  const blocks = blocksOfContent(content, upstream);
  if (typeof refusal === 'string' && refusal !== '') blocks.push(textBlock(refusal));
  const only = blocks.length;
  if (Array.isArray(calls)) for (const call of calls as unknown[]) blocks.push(callBlock(call, upstream));
  return { role: 'assistant', blocks, content: blocks.length === only ? content : undefined };
}

function callBlock(call: unknown, upstream: string): string {
  const described = memberOf(call, 'function');
  if (!isObject(described)) throw cannotBeTold(upstream, 'a call of a tool that takes text');
  const [id, name, given] = [memberOf(call, 'id'), described['name'], described['arguments']];
  return objectText({
    type: '"tool_use"',
    id: JSON.stringify(fitToolId(typeof id === 'string' ? id : '')),
    name: JSON.stringify(typeof name === 'string' ? name : ''),
    input: inputOf(typeof given === 'string' ? given : ''),
  });
}

/** The arguments byte for byte, where they are an object: the API takes no other. */
function inputOf(given: string): string {
  if (given.trim() === '') return '{}';
  try {
    if (isObject(JSON.parse(given))) return given;
  } catch {
    // What a model wrote in their place.
  }
  return JSON.stringify({ arguments: given });
}

function resultBlock(
  { content, tool_call_id: id, cache_control: mark }: ChatMessage,
  upstream: string,
): string {
  const blocks = blocksOfContent(content, upstream);
  return objectText({
    type: '"tool_result"',
    tool_use_id: JSON.stringify(fitToolId(typeof id === 'string' ? id : '')),
    content: contentMember(blocks, content),
    ...cached(mark),
  });
}
