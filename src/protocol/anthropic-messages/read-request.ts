import { membersOf } from '../../wire/json-parts.ts';
import { withoutRepeatedKeysIn } from '../../wire/repeated-keys.ts';
import { ANTHROPIC_FORMAT } from '../common/anthropic-format.ts';
import type { ChatRequest, ClientRequest } from '../common/chat.ts';
import { headerOf, type Incoming } from '../../wire/http-message.ts';
import { chatMessages } from './chat-messages.ts';
import { createInputText, type InputText } from './input-text.ts';
import { chatToolChoice, chatTools, chatToolsText } from './chat-tools.ts';
import { objectIn, textIn, type MessagesRequest } from './request-schema.ts';
import { createUnsaid, type Unsaid } from '../common/unsaid.ts';

/** Headers that say which of the API's features the client speaks: an upstream of the same kind has to know. */
const PASSED = ['anthropic-version', 'anthropic-beta'] as const;

/** A request as its client wrote it, and in the common form. */
export function readMessagesRequest(
  text: string,
  body: MessagesRequest,
  headers: Incoming['headers'],
): ClientRequest {
  const { text: asRead, ends } = withoutRepeatedKeysIn(text, body);
  const unsaid = createUnsaid();
  const chat = chatOf(body, createInputText(asRead, ends), unsaid);
  let chatText: string | undefined;
  const passed: Record<string, string> = {};
  for (const name of PASSED) {
    const value = headerOf(headers, name);
    if (value !== undefined) passed[name] = value;
  }
  return {
    format: ANTHROPIC_FORMAT,
    text: asRead,
    chat,
    chatText: () => (chatText ??= textOf(chat, asRead)),
    headers: passed,
    ...(unsaid.dropped.length === 0 ? {} : { unsaid: unsaid.dropped }),
    ...(unsaid.needed === undefined ? {} : { onlyInFormat: unsaid.needed }),
  };
}

/** What both APIs call the same. */
const SAME = ['temperature', 'top_p'] as const;

/** OpenAI takes no longer one. */
const LONGEST_USER = 64;

const EFFORTS: ReadonlySet<unknown> = new Set(['low', 'medium', 'high', 'xhigh']);

/** What is read here; every other member is dropped by its name. */
const READ: ReadonlySet<string> = new Set([
  ...SAME,
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'stop_sequences',
  'tools',
  'tool_choice',
  'metadata',
  'output_config',
  'service_tier',
  'thinking',
  'container',
  'mcp_servers',
]);

function chatOf(body: MessagesRequest, inputText: InputText, unsaid: Unsaid): ChatRequest {
  const { model, stream, tools, max_tokens: limit, stop_sequences: stops } = body;
  const chat: ChatRequest = { model, messages: chatMessages(body, inputText, unsaid) };
  if (limit !== undefined) chat.max_tokens = limit;
  if (limit === 0) unsaid.need('a request without an answer (`max_tokens` of 0)');
  if (stream != null) chat.stream = stream;
  if (tools != null && tools.length > 0) {
    chat.tools = chatTools(tools, unsaid);
    Object.assign(chat, chatToolChoice(body.tool_choice));
  }
  if (stops != null && stops.length > 0) chat['stop'] = stops;
  for (const name of SAME) if (body[name] != null) chat[name] = body[name];
  sayUser(chat, body, unsaid);
  sayOutput(chat, body, unsaid);
  if (body['service_tier'] === 'auto') chat['service_tier'] = 'auto';
  else if (body['service_tier'] === 'standard_only') chat['service_tier'] = 'default';
  if (body.thinking != null && body.thinking.type !== 'disabled') unsaid.drop('thinking');
  if (body['container'] != null) unsaid.need('a container of the provider');
  if (Array.isArray(body['mcp_servers']) && body['mcp_servers'].length > 0) unsaid.need('MCP servers');
  for (const name in body) if (!READ.has(name) && body[name] != null) unsaid.drop(name);
  return chat;
}

function sayUser(chat: ChatRequest, body: MessagesRequest, unsaid: Unsaid): void {
  const user = textIn(body['metadata'], 'user_id');
  if (user === undefined) return;
  if (user.length > LONGEST_USER) unsaid.drop('metadata');
  else chat['user'] = user;
}

function sayOutput(chat: ChatRequest, body: MessagesRequest, unsaid: Unsaid): void {
  const config = body.output_config;
  if (config == null) return;
  const schema = objectIn(config.format, 'schema');
  if (config.format?.type === 'json_schema' && schema !== undefined)
    chat.response_format = {
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema },
    };
  else if (config.format != null) unsaid.need(`an answer of the form '${config.format.type}'`);
  for (const name in config) {
    if (name === 'format' || config[name] == null) continue;
    if (name === 'effort' && EFFORTS.has(config[name])) chat['reasoning_effort'] = config[name];
    else unsaid.drop(`output_config.${name}`);
  }
}

/** The common form as JSON text, with schemas as the client wrote them. */
function textOf(chat: ChatRequest, body: string): string {
  const { tools, response_format: format, ...rest } = chat;
  const parts = [JSON.stringify(rest).slice(0, -1)];
  if (format != null) parts.push(`"response_format":${formatText(body)}`);
  if (tools != null) parts.push(`"tools":${chatToolsText(tools, body)}`);
  return `${parts.join(',')}}`;
}

function formatText(body: string): string {
  const config = membersOf(membersOf(body).get('output_config') ?? '{}');
  const schema = membersOf(config.get('format') ?? '{}').get('schema') ?? '{}';
  return `{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":${schema}}}`;
}
