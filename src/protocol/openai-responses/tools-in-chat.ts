import { entriesOf, listText, membersOf, objectText } from '../../wire/json-parts.ts';
import type { ChatRequest } from '../common/chat.ts';
import { isObject } from '../common/list-of-entries.ts';
import { CLIENTS_TOOLS } from '../common/responses-format.ts';
import type { Unsaid } from '../common/unsaid.ts';
import { memberText, type ResponsesRequest } from './request-schema.ts';

type WireTool = NonNullable<ResponsesRequest['tools']>[number];
type ChatTool = NonNullable<ChatRequest['tools']>[number];

/** What of a tool the common form says, too. */
const OF_FUNCTIONS = ['name', 'description', 'parameters', 'strict'] as const;
const SAID: ReadonlySet<string> = new Set(['type', 'format', ...OF_FUNCTIONS]);

/** The tools in the common form. One of the provider's own is kept as it is: no tier of another kind is asked then. */
export function toolsInChat(tools: readonly WireTool[], unsaid: Unsaid): ChatTool[] {
  return tools.map((tool) => {
    if (!CLIENTS_TOOLS.has(tool.type)) {
      unsaid.need(`the tool '${tool.type}'`);
      return tool;
    }
    for (const name in tool) if (!SAID.has(name) && tool[name] != null) unsaid.drop(`tools.${name}`);
    if (tool.type === 'custom') return { type: 'custom', custom: customOf(tool) };
    const described: Record<string, unknown> = {};
    for (const name of OF_FUNCTIONS) if (tool[name] != null) described[name] = tool[name];
    return { type: 'function', function: described };
  });
}

function customOf(tool: WireTool): object {
  const { name, description, format } = tool;
  const described: Record<string, unknown> = { name };
  if (description != null) described['description'] = description;
  if (isObject(format)) {
    const { type, ...grammar } = format;
    described['format'] = type === 'grammar' ? { type, grammar } : format;
  }
  return described;
}

/** The same as JSON text, with the schemas as the client wrote them. @param body the request's text */
export function toolsInChatText(tools: readonly ChatTool[], body: string): string {
  const texts = entriesOf(membersOf(body).get('tools') ?? '[]');
  return listText(
    tools.map((tool, position) => {
      const described = tool['function'];
      const schema = membersOf(texts[position] ?? '{}').get('parameters');
      if (!isObject(described) || described['parameters'] === undefined || schema === undefined)
        return JSON.stringify(tool);
      const members = Object.entries(described).map(([name, value]): [string, string] => [
        name,
        name === 'parameters' ? schema : JSON.stringify(value),
      ]);
      return objectText({ type: '"function"', function: objectText(Object.fromEntries(members)) });
    }),
  );
}

/** What `tool_choice` says, in the common form. */
export function toolChoiceInChat(choice: ResponsesRequest['tool_choice'], unsaid: Unsaid): unknown {
  if (choice == null || typeof choice === 'string') return choice ?? undefined;
  if (choice.type === 'allowed_tools') {
    const { mode, tools } = choice;
    const named = Array.isArray(tools) ? (tools as unknown[]).map((tool) => namedTool(tool, unsaid)) : [];
    return { type: 'allowed_tools', allowed_tools: { mode, tools: named } };
  }
  return namedTool(choice, unsaid);
}

function namedTool(tool: unknown, unsaid: Unsaid): unknown {
  const [type, name] = [memberText(tool, 'type'), memberText(tool, 'name')];
  if (type !== undefined && CLIENTS_TOOLS.has(type)) return { type, [type]: { name } };
  unsaid.need(`the choice of the tool '${type ?? ''}'`);
  return tool;
}
