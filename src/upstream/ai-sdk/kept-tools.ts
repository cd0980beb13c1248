import type { CallOptions, FunctionTool } from './sdk-types.ts';

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
