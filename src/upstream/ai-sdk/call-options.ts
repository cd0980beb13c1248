import { memberOf } from '../../defined.ts';
import { answerLimits, type ChatRequest } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { cannotBeSaid } from './cannot-be-said.ts';
import { sdkPrompt } from './prompt.ts';
import type { CallOptions, FunctionTool, ToolChoice } from './sdk-types.ts';

/** What is read here, or says how the answer is to be sent. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'logprobs',
  'top_logprobs',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'seed',
  'response_format',
  'tools',
  'tool_choice',
  'reasoning_effort',
]);

/** What of a request is not told, by its names. @param without what this provider is not told, beside what none is. */
export function unsaidIn(chat: ChatRequest, without: readonly string[]): string[] {
  const names = Object.keys(chat).filter((name) => chat[name] != null && !READ.has(name));
  const unsaid = without.filter((name) => chat[name] != null);
  const thought = ['reasoning_content', 'reasoning'].filter((name) =>
    chat.messages.some((message) => message[name] != null && message[name] !== ''),
  );
  const isSingle = names.includes('n') && chat.n === 1;
  return [
    ...names.filter((name) => !(isSingle && name === 'n')),
    ...unsaid,
    ...thought.map((name) => `messages.${name}`),
  ];
}

/**
 * A request of the common form as the AI SDK takes it.
 * @param without parameters that are not told. @throws {UpstreamError} where it cannot be said.
 */
export function callOptionsOf(asked: ChatRequest, upstream: string, without: readonly string[]): CallOptions {
  const chat = { ...asked };
  for (const name of without) Reflect.deleteProperty(chat, name);
  const options: CallOptions = { prompt: sdkPrompt(chat.messages, upstream) };
  const limits = answerLimits(chat);
  if (limits.length > 0) options.maxOutputTokens = Math.min(...limits);
  for (const [name, option] of NUMBERS) {
    const value = chat[name];
    if (typeof value === 'number') options[option] = value;
  }
  const { stop, reasoning_effort: effort } = chat;
  const stops = (Array.isArray(stop) ? (stop as unknown[]) : [stop]).filter(
    (each) => typeof each === 'string',
  );
  if (stops.length > 0) options.stopSequences = stops;
  if (effort != null) options.reasoning = effortOf(effort, upstream);
  const format = formatOf(chat);
  if (format !== undefined) options.responseFormat = format;
  if (Array.isArray(chat['functions']) && chat['functions'].length > 0)
    throw cannotBeSaid(upstream, '`functions`; use `tools`');
  if (chat.tools == null || chat.tools.length === 0) return options;
  const { only, choice } = choiceOf(chat['tool_choice']);
  const tools = chat.tools.map((tool) => toolOf(tool, upstream));
  options.tools = only === undefined ? tools : tools.filter(({ name }) => only.has(name));
  if (choice !== undefined) options.toolChoice = choice;
  return options;
}

const EFFORTS: ReadonlySet<unknown> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);

function effortOf(effort: unknown, upstream: string): string {
  if (typeof effort === 'string' && EFFORTS.has(effort)) return effort;
  throw cannotBeSaid(upstream, `a \`reasoning_effort\` of ${JSON.stringify(effort).slice(0, 40)}`);
}

const NUMBERS = [
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['presence_penalty', 'presencePenalty'],
  ['frequency_penalty', 'frequencyPenalty'],
  ['seed', 'seed'],
] as const;

function formatOf({ response_format: format }: ChatRequest): CallOptions['responseFormat'] {
  if (format?.type === 'json_object') return { type: 'json' };
  if (format?.type !== 'json_schema') return undefined;
  const described = format['json_schema'];
  const [schema, name, description] = ['schema', 'name', 'description'].map((key) =>
    memberOf(described, key),
  );
  return {
    type: 'json',
    ...(isObject(schema) ? { schema } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function toolOf(tool: NonNullable<ChatRequest['tools']>[number], upstream: string): FunctionTool {
  const described = tool['function'];
  if (!isObject(described)) throw cannotBeSaid(upstream, `a tool of type '${tool.type.slice(0, 40)}'`);
  const { name, description, parameters, strict } = described;
  return {
    type: 'function',
    name: typeof name === 'string' ? name : '',
    inputSchema: isObject(parameters) ? parameters : { type: 'object', properties: {} },
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof strict === 'boolean' ? { strict } : {}),
  };
}

/** @returns `only` where not every tool may be called. */
function choiceOf(choice: unknown): { only?: ReadonlySet<unknown>; choice?: ToolChoice } {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { choice: { type: choice } };
  if (memberOf(choice, 'type') === 'allowed_tools') {
    const allowed = memberOf(choice, 'allowed_tools') ?? choice;
    const named = memberOf(allowed, 'tools');
    const names = Array.isArray(named)
      ? named.map((tool: unknown) => memberOf(memberOf(tool, 'function'), 'name'))
      : [];
    const type = memberOf(allowed, 'mode') === 'required' ? 'required' : 'auto';
    return { only: new Set(names), choice: { type } };
  }
  const name = memberOf(memberOf(choice, 'function'), 'name');
  return typeof name === 'string' ? { choice: { type: 'tool', toolName: name } } : {};
}
