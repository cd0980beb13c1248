import { entriesOf, listText, membersOf, objectText } from '../../wire/json-parts.ts';
import type { ChatRequest } from '../common/chat.ts';
import { textIn, type MessagesRequest, type WireTool } from './request-schema.ts';
import type { Unsaid } from '../common/unsaid.ts';

type ChatTool = NonNullable<ChatRequest['tools']>[number];

/** What of a tool the common form says, too. */
const SAID: ReadonlySet<string> = new Set(['type', 'name', 'description', 'input_schema', 'strict']);

/** A tool that clients describe themselves; the others are the provider's own. */
export function isClientsTool({ type }: WireTool): boolean {
  return type == null || type === 'custom';
}

/** The tools in the common form. One of the provider's own is kept as it is: no tier of another kind is asked then. */
export function chatTools(tools: readonly WireTool[], unsaid: Unsaid): ChatTool[] {
  return tools.map((tool) => {
    if (!isClientsTool(tool)) {
      unsaid.need(`the tool '${tool.name ?? tool.type}'`);
      return { ...tool, type: tool.type ?? '' };
    }
    for (const name in tool)
      if (!SAID.has(name) && tool[name] != null)
        unsaid.drop(name === 'cache_control' ? name : `tools.${name}`);
    return {
      type: 'function',
      function: {
        name: tool.name ?? '',
        ...(textIn(tool, 'description') === undefined ? {} : { description: tool['description'] }),
        parameters: tool['input_schema'] ?? { type: 'object' },
        ...(typeof tool['strict'] === 'boolean' ? { strict: tool['strict'] } : {}),
      },
    };
  });
}

/** The same as JSON text, with the schemas as the client wrote them. @param body the request's text */
export function chatToolsText(tools: readonly ChatTool[], body: string): string {
  const texts = entriesOf(membersOf(body).get('tools') ?? '[]');
  return listText(
    tools.map((tool, position) => {
      const described = tool['function'];
      const schema = membersOf(texts[position] ?? '{}').get('input_schema');
      if (typeof described !== 'object' || described === null || schema === undefined)
        return JSON.stringify(tool);
      const members = Object.entries({ ...described }).map(([name, value]): [string, string] => [
        name,
        name === 'parameters' ? schema : JSON.stringify(value),
      ]);
      return objectText({ type: '"function"', function: objectText(Object.fromEntries(members)) });
    }),
  );
}

/** What `tool_choice` says, in the common form's two parameters. */
export function chatToolChoice(choice: MessagesRequest['tool_choice']): {
  tool_choice?: unknown;
  parallel_tool_calls?: false;
} {
  if (choice == null) return {};
  const single = choice['disable_parallel_tool_use'] === true ? { parallel_tool_calls: false as const } : {};
  switch (choice.type) {
    case 'any':
      return { tool_choice: 'required', ...single };
    case 'tool':
      return {
        tool_choice: { type: 'function', function: { name: textIn(choice, 'name') ?? '' } },
        ...single,
      };
    default:
      return { tool_choice: choice.type, ...single };
  }
}
