import type { ChatRequest } from '../../protocol/common/chat.ts';
import type { CallOptions, FunctionTool } from './sdk-types.ts';

/** Claude, by the names that it has at Bedrock and at Vertex AI. */
const CLAUDE = /anthropic|claude/i;

/** What Converse and Anthropic's Messages are not told. */
export function unsaidToConverse(chat: ChatRequest, model: string): string[] {
  const { response_format: format, tool_choice: choice, messages } = chat;
  const unsaid = ['seed', 'presence_penalty', 'frequency_penalty'];
  if (format?.type === 'json_object') unsaid.push('response_format');
  // It would take the tools away, and with them what they said: see below.
  if (choice === 'none' && messages.some(({ role }) => role === 'tool')) unsaid.push('tool_choice');
  // Claude wants its signed thinking back before the calls that it is answered, and a chat does not have it.
  if (CLAUDE.test(model) && messages.at(-1)?.role === 'tool') unsaid.push('reasoning_effort');
  return unsaid;
}

/**
 * The same request, where its conversation has calls of tools but no tool may be called: Converse takes such a conversation only with
 * tools, and the package would leave calls and results out of it without a word.
 */
export function withToolsKept(options: CallOptions): CallOptions {
  const { tools = [], toolChoice, ...rest } = options;
  if (tools.length > 0 && toolChoice?.type !== 'none') return options;
  const called = new Set<string>();
  for (const { role, content } of options.prompt)
    if (role === 'assistant' || role === 'tool')
      for (const part of content)
        if (part.type === 'tool-call' || part.type === 'tool-result') called.add(part.toolName);
  if (called.size === 0) return options;
  return { ...rest, tools: tools.length > 0 ? tools : [...called].map(goneTool) };
}

function goneTool(name: string): FunctionTool {
  return {
    type: 'function',
    name,
    description: 'Was called before, and is gone. Do not call it.',
    inputSchema: { type: 'object', properties: {} },
  };
}
