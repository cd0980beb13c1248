import { WeirError } from '../../errors.ts';
import { membersOf, objectText } from '../../wire/json-parts.ts';
import { measureJson } from '../../wire/measure-json.ts';
import { withoutRepeatedKeysIn } from '../../wire/repeated-keys.ts';
import type { ChatRequest, ClientRequest } from '../common/chat.ts';
import { isObject } from '../common/list-of-entries.ts';
import { INCLUDE_LOGPROBS, RESPONSES_FORMAT, SAME_PARAMETERS } from '../common/responses-format.ts';
import { createUnsaid, type Unsaid } from '../common/unsaid.ts';
import { parseBody } from '../common/parse-body.ts';
import type { KeptConversation } from '../protocol.ts';
import { referencesIn, withKept } from './kept-conversation.ts';
import { messagesOfInput } from './messages-of-input.ts';
import { toolChoiceInChat, toolsInChat, toolsInChatText } from './tools-in-chat.ts';
import { responsesSchema, type ResponsesRequest } from './request-schema.ts';

/**
 * A request as its client wrote it, and in the common form.
 * @param kept what it goes on from; absent where no responses are kept. @throws {WeirError} `invalid_request` or `unsupported_parameter`
 */
export function readResponsesRequest(
  text: string,
  body: ResponsesRequest,
  kept: KeptConversation | undefined,
): ClientRequest {
  refuseState(body);
  if (kept === undefined) refuseKeeping(body);
  else if (body.previous_response_id != null || referencesIn(body.input).length > 0) {
    const whole = withKept(withoutRepeatedKeysIn(text, body).text, kept);
    // Each turn was small enough; together they may not be.
    measureJson(whole);
    return readWhole(whole, parseBody(responsesSchema, whole));
  }
  return readWhole(text, body);
}

function readWhole(text: string, body: ResponsesRequest): ClientRequest {
  const { text: asRead } = withoutRepeatedKeysIn(text, body);
  const unsaid = createUnsaid();
  const chat = chatOf(body, unsaid);
  let chatText: string | undefined;
  return {
    format: RESPONSES_FORMAT,
    text: asRead,
    chat,
    chatText: () => (chatText ??= textOf(chat, asRead)),
    ...(body.store === true ? { keep: true } : {}),
    ...(unsaid.dropped.length === 0 ? {} : { unsaid: unsaid.dropped }),
    ...(unsaid.needed === undefined ? {} : { onlyInFormat: unsaid.needed }),
  };
}

function refuse(param: string, message: string): never {
  throw new WeirError('unsupported_parameter', message, { param });
}

/** What no gateway does for its clients is refused, and never answered as if it were done. */
function refuseState(body: ResponsesRequest): void {
  if (body.background === true)
    refuse('background', "'background' is not supported: answers are given at once. Leave it out.");
  if (body.conversation != null)
    refuse('conversation', "'conversation' is not supported: send the whole input, with `store: false`.");
}

/** Where no responses are kept, what would need one is refused. */
function refuseKeeping(body: ResponsesRequest): void {
  const why = 'responses are not kept here (`retention.texts` is off)';
  if (body.store === true)
    refuse(
      'store',
      `'store' of true is not possible: ${why}. Send \`store: false\`, and the whole input each time.`,
    );
  if (body.previous_response_id != null)
    refuse(
      'previous_response_id',
      `'previous_response_id' is not possible: ${why}. Send \`store: false\`, and the whole input each time.`,
    );
  if (referencesIn(body.input).length > 0)
    refuse(
      'input',
      `'item_reference' is not possible: ${why}. Send \`store: false\`, and the items themselves.`,
    );
}

/** What is read here; every other member is dropped by its name. */
const READ: ReadonlySet<string> = new Set([
  ...SAME_PARAMETERS,
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'store',
  'background',
  'previous_response_id',
  'include',
  'max_output_tokens',
  'top_logprobs',
  'tools',
  'tool_choice',
  'text',
  'reasoning',
  'truncation',
  'prompt',
  // Comes back in the response.
  'metadata',
]);

function chatOf(body: ResponsesRequest, unsaid: Unsaid): ChatRequest {
  const { model, stream, tools, include, max_output_tokens: limit, top_logprobs: alternatives } = body;
  const chat: ChatRequest = { model, messages: messagesOfInput(body, unsaid) };
  if (body['prompt'] != null) unsaid.need('a stored prompt');
  else if (body.input == null || body.input.length === 0)
    throw new WeirError('invalid_request', "Invalid 'input': it must be a text, or a list of items.", {
      param: 'input',
    });
  if (chat.messages.length === 0) unsaid.need('input without a message');
  if (limit != null) chat.max_tokens = limit;
  if (stream != null) chat.stream = stream;
  if (tools != null && tools.length > 0) {
    chat.tools = toolsInChat(tools, unsaid);
    const choice = toolChoiceInChat(body.tool_choice, unsaid);
    if (choice !== undefined) chat['tool_choice'] = choice;
  }
  for (const name of SAME_PARAMETERS) if (body[name] != null) chat[name] = body[name];
  // Only with tools, where servers take it at all.
  if (chat.tools === undefined) delete chat['parallel_tool_calls'];
  if (include?.includes(INCLUDE_LOGPROBS) === true || (alternatives ?? 0) > 0) {
    chat.logprobs = true;
    if (alternatives != null) chat.top_logprobs = alternatives;
  }
  if (include?.some((each) => each !== INCLUDE_LOGPROBS) === true) unsaid.drop('include');
  sayText(chat, body, unsaid);
  sayReasoning(chat, body, unsaid);
  if (body['truncation'] === 'auto') unsaid.drop('truncation');
  for (const name in body) if (!READ.has(name) && body[name] != null) unsaid.drop(name);
  return chat;
}

function sayText(chat: ChatRequest, { text }: ResponsesRequest, unsaid: Unsaid): void {
  if (text == null) return;
  const { format } = text;
  if (format?.type === 'json_schema') {
    const { type, ...described } = format;
    chat.response_format = { type, json_schema: described };
  } else if (format?.type === 'json_object') chat.response_format = { type: 'json_object' };
  else if (format != null && format.type !== 'text') unsaid.need(`an answer of the form '${format.type}'`);
  for (const name in text) {
    if (name === 'format' || text[name] == null) continue;
    if (name === 'verbosity') chat['verbosity'] = text[name];
    else unsaid.drop(`text.${name}`);
  }
}

function sayReasoning(chat: ChatRequest, { reasoning }: ResponsesRequest, unsaid: Unsaid): void {
  for (const name in reasoning ?? {}) {
    const value = reasoning?.[name];
    if (value == null) continue;
    if (name === 'effort') chat['reasoning_effort'] = value;
    else unsaid.drop(`reasoning.${name}`);
  }
}

/** The common form as JSON text, with schemas as the client wrote them. */
function textOf(chat: ChatRequest, body: string): string {
  const { tools, response_format: format, ...rest } = chat;
  const parts = [JSON.stringify(rest).slice(0, -1)];
  if (format != null) parts.push(`"response_format":${formatText(format, body)}`);
  if (tools != null) parts.push(`"tools":${toolsInChatText(tools, body)}`);
  return `${parts.join(',')}}`;
}

function formatText(format: NonNullable<ChatRequest['response_format']>, body: string): string {
  const described = format['json_schema'];
  const written = membersOf(membersOf(membersOf(body).get('text') ?? '{}').get('format') ?? '{}');
  const schema = written.get('schema');
  if (!isObject(described) || schema === undefined) return JSON.stringify(format);
  const members = Object.keys(described).map((name): [string, string | undefined] => [
    name,
    written.get(name),
  ]);
  return objectText({ type: '"json_schema"', json_schema: objectText(Object.fromEntries(members)) });
}
