import { membersOf, objectText } from '../../wire/json-parts.ts';
import { answerLimits, type ChatRequest, type ClientRequest } from '../../protocol/common/chat.ts';
import { limitOfTier, type AskedTier } from '../asked-tier.ts';
import { conversationOf } from './conversation.ts';
import { toolsOf } from './tools.ts';

/** Members of a body as JSON texts, and the names of what was left out. */
export interface Translated {
  members: Record<string, string | undefined>;
  dropped: Set<string>;
}

/** The same in both APIs, or of Anthropic's in the common form, where clients of several providers write it. */
const SAME = ['top_p', 'top_k', 'thinking', 'cache_control'] as const;

/** Read here or meaningless to this API; every other parameter with a value is dropped by its name. */
const READ: ReadonlySet<string> = new Set([
  ...SAME,
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
  'user',
  'safety_identifier',
  'service_tier',
  'n',
]);

/** Values that ask for nothing. */
const NOTHING: Readonly<Record<string, unknown>> = {
  logprobs: false,
  store: false,
  frequency_penalty: 0,
  presence_penalty: 0,
};

const HOTTEST = 1;
const EFFORTS: ReadonlySet<unknown> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const SERVICE_TIERS: Readonly<Record<string, string>> = { auto: 'auto', default: 'standard_only' };

/** A request in the common form as a body of Anthropic's. @throws {UpstreamError} where it cannot be told */
export function bodyOfChat(
  { chat, chatText }: Pick<ClientRequest, 'chat' | 'chatText'>,
  tier: AskedTier,
  isReplaceable: boolean,
): Translated {
  const dropped = new Set<string>();
  // A parameter that the model does not take is not even translated.
  const asked = without(chat, tier.dropParams, dropped);
  const text = chatText();
  const { system, messages } = conversationOf(asked.messages, tier.upstream, dropped);
  const members: Translated['members'] = {
    model: JSON.stringify(tier.model),
    max_tokens: limitOf(asked, tier, isReplaceable),
    system,
    messages,
    ...toolsOf(asked, text, tier.upstream),
  };
  addSampling(members, asked, dropped);
  addOutput(members, asked, text, dropped);
  addService(members, asked, dropped);
  for (const name of SAME) if (asked[name] != null) members[name] = JSON.stringify(asked[name]);
  for (const name in asked)
    if (!READ.has(name) && asked[name] != null && asked[name] !== NOTHING[name]) dropped.add(name);
  return { members, dropped };
}

function without(chat: ChatRequest, names: readonly string[], dropped: Set<string>): ChatRequest {
  if (!names.some((name) => chat[name] !== undefined)) return chat;
  const left: ChatRequest = { ...chat };
  for (const name of names)
    if (left[name] !== undefined) {
      dropped.add(name);
      delete left[name];
    }
  return left;
}

function limitOf(chat: ChatRequest, tier: AskedTier, isReplaceable: boolean): string | undefined {
  const limit = limitOfTier(tier, answerLimits(chat), isReplaceable);
  return limit === undefined ? undefined : String(limit);
}

function addSampling(members: Translated['members'], chat: ChatRequest, dropped: Set<string>): void {
  const { temperature, stop } = chat;
  if (typeof temperature === 'number') {
    if (temperature > HOTTEST) dropped.add('temperature');
    // An infinite one is no number of JSON.
    members['temperature'] = JSON.stringify(Math.min(temperature, HOTTEST));
  }
  const stops = typeof stop === 'string' ? [stop] : stop;
  if (Array.isArray(stops) && stops.length > 0) members['stop_sequences'] = JSON.stringify(stops);
}

function addOutput(
  members: Translated['members'],
  chat: ChatRequest,
  text: string,
  dropped: Set<string>,
): void {
  const { response_format: format, reasoning_effort: effort } = chat;
  const output: Record<string, string | undefined> = {};
  if (format?.type === 'json_schema') {
    const described = membersOf(membersOf(text).get('response_format') ?? '{}').get('json_schema') ?? '{}';
    const schema = membersOf(described).get('schema');
    if (schema === undefined) dropped.add('response_format');
    else output['format'] = objectText({ type: '"json_schema"', schema });
  } else if (format != null && format.type !== 'text') dropped.add('response_format');
  if (EFFORTS.has(effort)) output['effort'] = JSON.stringify(effort);
  else if (effort === 'none') members['thinking'] = '{"type":"disabled"}';
  else if (effort != null) dropped.add('reasoning_effort');
  if (Object.keys(output).length > 0) members['output_config'] = objectText(output);
}

function addService(members: Translated['members'], chat: ChatRequest, dropped: Set<string>): void {
  const user = chat['user'] ?? chat['safety_identifier'];
  if (typeof user === 'string') members['metadata'] = JSON.stringify({ user_id: user });
  const { service_tier: service } = chat;
  const known = typeof service === 'string' ? SERVICE_TIERS[service] : undefined;
  if (known !== undefined) members['service_tier'] = JSON.stringify(known);
  else if (service != null) dropped.add('service_tier');
}
