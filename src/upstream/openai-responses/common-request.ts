import { entriesOf, listText, membersOf, objectText } from '../../wire/json-parts.ts';
import { answerLimits, type ChatRequest } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { INCLUDE_LOGPROBS, SAME_PARAMETERS } from '../../protocol/common/responses-format.ts';
import { inputItems, type Drop } from './input-items.ts';

/** The API takes no smaller limit. */
export const LEAST_LIMIT = 16;

/** What is read here, or says how the answer is to be sent; every other parameter is dropped by its name. */
const READ: ReadonlySet<string> = new Set([
  ...SAME_PARAMETERS,
  'model',
  'messages',
  'stream',
  'stream_options',
  'logprobs',
  'top_logprobs',
  'max_tokens',
  'max_completion_tokens',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'response_format',
  'reasoning_effort',
  'verbosity',
  'metadata',
  'store',
]);

/** A request of the common form as the API's; JSON text. @param text the same as JSON, for what is written as it stands there. */
export function writeCommonRequest(chat: ChatRequest, text: string, drop: Drop): string {
  const members: Record<string, string | undefined> = {
    model: JSON.stringify(chat.model),
    input: JSON.stringify(inputItems(chat.messages, drop)),
    ...toolMembers(chat, text),
    text: textMember(chat, text),
  };
  const set = (name: string, value: unknown): void => {
    if (value != null) members[name] = JSON.stringify(value);
  };
  const limits = answerLimits(chat);
  if (limits.length > 0) set('max_output_tokens', Math.max(LEAST_LIMIT, Math.min(...limits)));
  for (const name of SAME_PARAMETERS) set(name, chat[name]);
  set('metadata', chat['metadata']);
  if (chat['reasoning_effort'] != null) set('reasoning', { effort: chat['reasoning_effort'] });
  if (chat.logprobs === true) {
    set('include', [INCLUDE_LOGPROBS]);
    set('top_logprobs', chat.top_logprobs);
  }
  if (chat.n != null && chat.n > 1) drop('n');
  for (const name in chat) if (!READ.has(name) && name !== 'n' && chat[name] != null) drop(name);
  return objectText(members);
}

function textMember(chat: ChatRequest, text: string): string | undefined {
  const { response_format: format } = chat;
  const members: Record<string, string> = {};
  if (format?.type === 'json_schema') {
    const described = membersOf(
      membersOf(membersOf(text).get('response_format') ?? '{}').get('json_schema') ?? '{}',
    );
    members['format'] = objectText({ ...Object.fromEntries(described), type: '"json_schema"' });
  } else if (format != null) members['format'] = JSON.stringify(format);
  if (chat['verbosity'] != null) members['verbosity'] = JSON.stringify(chat['verbosity']);
  return Object.keys(members).length === 0 ? undefined : objectText(members);
}

function toolMembers(chat: ChatRequest, text: string): Record<string, string | undefined> {
  const { tools, functions, tool_choice: choice = chat['function_call'] } = chat;
  const written = membersOf(text);
  const texts = [
    ...(tools == null ? [] : entriesOf(written.get('tools') ?? '[]').map(toolText)),
    ...(Array.isArray(functions) ? entriesOf(written.get('functions') ?? '[]').map(functionText) : []),
  ];
  if (texts.length === 0) return {};
  const chosen = choice == null ? undefined : JSON.stringify(choiceOf(choice));
  return { tools: listText(texts), tool_choice: chosen };
}

function toolText(tool: string): string {
  const members = membersOf(tool);
  const described = members.get('function');
  if (described !== undefined) return functionText(described);
  const custom = members.get('custom');
  if (custom === undefined) return tool;
  const { format, ...rest } = Object.fromEntries(membersOf(custom));
  if (format === undefined) return objectText({ ...rest, type: '"custom"' });
  const { grammar, ...other } = Object.fromEntries(membersOf(format));
  const flat =
    grammar === undefined ? format : objectText({ ...other, ...Object.fromEntries(membersOf(grammar)) });
  return objectText({ ...rest, type: '"custom"', format: flat });
}

/** Where nothing is said of strictness, the two APIs mean different things. */
function functionText(described: string): string {
  const { strict = 'false', parameters = 'null', ...rest } = Object.fromEntries(membersOf(described));
  return objectText({ ...rest, type: '"function"', parameters, strict });
}

function choiceOf(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const { type, allowed_tools: allowed } = choice;
  if (type === 'allowed_tools' && isObject(allowed)) {
    const tools = Array.isArray(allowed['tools']) ? (allowed['tools'] as unknown[]) : [];
    return { type, mode: allowed['mode'], tools: tools.map(choiceOf) };
  }
  const named = [choice['function'], choice['custom'], choice].find(isObject);
  return { type: type ?? 'function', name: named?.['name'] };
}
