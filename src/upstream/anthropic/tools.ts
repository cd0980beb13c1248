import { memberOf } from '../../defined.ts';
import { entriesOf, listText, membersOf, objectText } from '../../wire/json-parts.ts';
import type { ChatRequest } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { cached } from './content-blocks.ts';
import { cannotBeTold } from './tell.ts';

/** Tools and what is said of calling them; JSON texts. */
export interface WrittenTools {
  tools?: string;
  tool_choice?: string;
}

/** @param text the request's, for schemas byte for byte */
export function toolsOf(chat: ChatRequest, text: string, upstream: string): WrittenTools {
  if (Array.isArray(chat['functions']) && chat['functions'].length > 0)
    throw cannotBeTold(upstream, '`functions`; use `tools`');
  const { tools } = chat;
  if (tools == null || tools.length === 0) return {};
  const { only, choice } = choiceOf(chat);
  const texts = entriesOf(membersOf(text).get('tools') ?? '[]');
  const written = tools.flatMap((tool, position) => {
    const described = tool['function'];
    if (!isObject(described)) throw cannotBeTold(upstream, `a tool of type '${tool.type.slice(0, 40)}'`);
    if (only !== undefined && !only.has(described['name'])) return [];
    return [toolText(tool, described, texts[position] ?? '{}')];
  });
  return { tools: listText(written), ...(choice === undefined ? {} : { tool_choice: choice }) };
}

function toolText(
  tool: Readonly<Record<string, unknown>>,
  described: Readonly<Record<string, unknown>>,
  text: string,
): string {
  const { name, description, strict } = described;
  const schema = membersOf(membersOf(text).get('function') ?? '{}').get('parameters') ?? 'null';
  return objectText({
    name: JSON.stringify(name ?? ''),
    description: typeof description === 'string' ? JSON.stringify(description) : undefined,
    input_schema: schema.trimStart().startsWith('{') ? schema : '{"type":"object"}',
    strict: typeof strict === 'boolean' ? String(strict) : undefined,
    ...cached(tool['cache_control'] ?? described['cache_control']),
  });
}

/** @returns `only` where not every tool may be called. */
function choiceOf(chat: ChatRequest): { only?: ReadonlySet<unknown>; choice?: string } {
  const single = chat['parallel_tool_calls'] === false;
  const choice = chat['tool_choice'];
  const text = (type: string, name?: unknown): string =>
    JSON.stringify({
      type,
      ...(typeof name === 'string' ? { name } : {}),
      ...(single && type !== 'none' ? { disable_parallel_tool_use: true } : {}),
    });
  if (choice === 'none') return { choice: text('none') };
  if (choice === 'required' || choice === 'any') return { choice: text('any') };
  if (memberOf(choice, 'type') === 'allowed_tools') {
    const allowed = memberOf(choice, 'allowed_tools') ?? choice;
    const named = memberOf(allowed, 'tools');
    const names = Array.isArray(named)
      ? named.map((tool: unknown) => memberOf(memberOf(tool, 'function'), 'name'))
      : [];
    const type = memberOf(allowed, 'mode') === 'required' ? 'any' : 'auto';
    return { only: new Set(names), choice: text(type) };
  }
  const name = memberOf(memberOf(choice, 'function'), 'name');
  if (typeof name === 'string') return { choice: text('tool', name) };
  return choice === 'auto' || single ? { choice: text('auto') } : {};
}
