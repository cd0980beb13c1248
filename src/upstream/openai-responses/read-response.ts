import type {
  Completion,
  MessagePart,
  TokenLogprob,
  ToolCallPart,
  WireUsage,
} from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { finishOfIncomplete } from '../../protocol/common/responses-format.ts';
import type { AnswerSource, WholeReading } from '../dialect.ts';
import { upstreamMessage } from '../openai-compatible/status-failure.ts';
import { withoutTokens } from '../transport/redact.ts';
import { InvalidAnswer } from '../upstream.ts';

type Json = Readonly<Record<string, unknown>>;

/** A whole response. @throws {InvalidAnswer} where the text is none, or it is not complete. */
export function readResponse(text: string, { upstream }: AnswerSource): WholeReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidAnswer(`Upstream '${upstream}' answered with text that is not whole JSON.`);
  }
  if (!isObject(value) || !Array.isArray(value['output']))
    throw new InvalidAnswer(`Upstream '${upstream}' answered with JSON that is not a response (no output).`);
  return { completion: completionOf(value, upstream), ends: new Map() };
}

/** A response that has ended in the common form. @throws {InvalidAnswer} where it failed, or has not ended. */
export function completionOf(response: Json, upstream: string): Completion {
  const error = response['error'];
  if (response['status'] === 'failed' || isObject(error))
    throw failedResponse(`Upstream '${upstream}' answered with an error.`, error);
  const ends = response['status'] ?? 'completed';
  if (ends !== 'completed' && ends !== 'incomplete')
    throw new InvalidAnswer(`Upstream '${upstream}' answered with a response that has not ended.`);
  const items = response['output'] as unknown[];
  if (!items.every(isObject))
    throw new InvalidAnswer(`Upstream '${upstream}' answered with an output whose items are no items.`);
  const message = messageOf(items);
  const scored = items.flatMap(logprobsOf);
  return {
    ...headOf(response),
    choices: [
      {
        index: 0,
        message,
        logprobs: scored.length === 0 ? null : { content: scored },
        finish_reason: finishOfResponse(response, (message.tool_calls?.length ?? 0) > 0),
      },
    ],
    ...usageIn(response),
  };
}

/** Id, time and model, as far as they are said. */
export function headOf(response: Json): Pick<Completion, 'id' | 'object' | 'created' | 'model'> {
  const { id, created_at: created, model } = response;
  return {
    object: 'chat.completion',
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof created === 'number' ? { created: Math.floor(created) } : {}),
    ...(typeof model === 'string' ? { model } : {}),
  };
}

/** The usage under the names of chats, which their clients read; what has no other name there stays as it came. */
export function usageIn({ usage }: Json): { usage?: WireUsage } {
  if (!isObject(usage)) return {};
  const named = Object.entries(usage).map(([name, value]) => [CHAT_NAMES.get(name) ?? name, value]);
  // It is read with suspicion.
  return { usage: Object.fromEntries(named) as WireUsage };
}

const CHAT_NAMES: ReadonlyMap<string, string> = new Map([
  ['input_tokens', 'prompt_tokens'],
  ['input_tokens_details', 'prompt_tokens_details'],
  ['output_tokens', 'completion_tokens'],
  ['output_tokens_details', 'completion_tokens_details'],
]);

export function finishOfResponse(response: Json, hasCalls: boolean): string {
  const details = response['incomplete_details'];
  const reason = isObject(details) ? details['reason'] : undefined;
  if (typeof reason === 'string') return finishOfIncomplete(reason);
  if (response['status'] === 'incomplete') return 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

export function failedResponse(message: string, error: unknown): InvalidAnswer {
  const said = upstreamMessage({ error });
  return new InvalidAnswer(message, 'upstream_error', said === undefined ? undefined : withoutTokens(said));
}

function messageOf(items: readonly Json[]): MessagePart {
  const calls = items.flatMap((item) => callOf(item) ?? []);
  const content = items.map((item) => textIn(item, 'output_text', 'text')).join('');
  const refusal = items.map((item) => textIn(item, 'refusal', 'refusal')).join('');
  const thought = items.map(thoughtOf).join('');
  const shown = content === '' && refusal === '' && calls.length === 0 ? otherOutput(items) : content;
  return {
    role: 'assistant',
    content: shown === '' && calls.length > 0 ? null : shown,
    ...(refusal === '' ? {} : { refusal }),
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Items that clients of the API read and no other form can say: an answer that has one is not empty. */
function otherOutput(items: readonly Json[]): string {
  const others = items.filter(({ type }) => typeof type === 'string' && !SAID.has(type));
  return others.map(({ type }) => `[${String(type)}]`).join('');
}

const SAID: ReadonlySet<string> = new Set([
  'message',
  'reasoning',
  'function_call',
  'custom_tool_call',
  'compaction',
]);

/** What an item that is a call of a client's tool says; `undefined` for any other. */
export function callOf(item: Json): ToolCallPart | undefined {
  const { type, call_id: callId, name, arguments: given, input } = item;
  const id = typeof callId === 'string' ? { id: callId } : {};
  const named = typeof name === 'string' ? { name } : {};
  if (type === 'function_call')
    return {
      ...id,
      type: 'function',
      function: { ...named, arguments: typeof given === 'string' ? given : '' },
    };
  if (type === 'custom_tool_call')
    return { ...id, type: 'custom', custom: { ...named, input: typeof input === 'string' ? input : '' } };
  return undefined;
}

function partsOf(item: Json, member = 'content'): Json[] {
  const parts = item[member];
  return Array.isArray(parts) ? (parts as unknown[]).filter(isObject) : [];
}

function textIn(item: Json, kind: string, member: string): string {
  if (item['type'] !== 'message') return '';
  return partsOf(item)
    .map((part) => (part['type'] === kind && typeof part[member] === 'string' ? part[member] : ''))
    .join('');
}

function thoughtOf(item: Json): string {
  if (item['type'] !== 'reasoning') return '';
  const said = (member: string): string =>
    partsOf(item, member)
      .map(({ text }) => (typeof text === 'string' ? text : ''))
      .join('');
  return said('content') || said('summary');
}

function logprobsOf(item: Json): TokenLogprob[] {
  if (item['type'] !== 'message') return [];
  return partsOf(item).flatMap(({ logprobs }) =>
    Array.isArray(logprobs) ? (logprobs as TokenLogprob[]) : [],
  );
}
