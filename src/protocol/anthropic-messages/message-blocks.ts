import { fitToolId, stopReasonOf, UNSIGNED, type AnthropicUsage } from '../common/anthropic-format.ts';
import { namesReason, type Choice, type Completion, type MessagePart } from '../common/chat.ts';
import { isObject } from '../common/list-of-entries.ts';
import { usageOf, type CountedUsage } from '../common/read-usage.ts';
import { wordsOfMessage } from '../common/words-of-message.ts';
import { textIn } from './request-schema.ts';
import { listText, objectText } from '../../wire/json-parts.ts';

/** What of the request decides how an answer of another kind of server is shown. */
export interface ShownTo {
  /** The answer's id. */
  id: string;
  /** The model that was asked for: its name, where the server says none. */
  model: string;
  /** The client asked for thinking: only then it gets blocks of it. */
  thinking: boolean;
  /** The client's stop sequences. */
  stops: readonly string[];
}

/** A completion of the common form as a message; JSON text. */
export function messageOfCompletion(completion: Completion, shown: ShownTo): string {
  const choice = completion.choices.find(({ index }) => index === undefined || index === 0);
  const { reason, sequence, details } = endOf(choice, shown);
  return objectText({
    id: JSON.stringify(shown.id),
    type: '"message"',
    role: '"assistant"',
    model: JSON.stringify(textIn(completion, 'model') || shown.model),
    content: listText(blockTexts(choice?.message ?? {}, shown)),
    stop_reason: JSON.stringify(reason),
    stop_sequence: JSON.stringify(sequence),
    stop_details: JSON.stringify(details),
    container: 'null',
    usage: JSON.stringify(usageBody(usageOf(completion))),
  });
}

function blockTexts(message: MessagePart, shown: ShownTo): string[] {
  const blocks: string[] = [];
  const { thought, said } = wordsOfMessage(message);
  if (thought !== '' && shown.thinking)
    blocks.push(JSON.stringify({ type: 'thinking', thinking: thought, signature: UNSIGNED }));
  if (said !== '') blocks.push(JSON.stringify({ type: 'text', text: said, citations: null }));
  // What servers send is what they like: no call, or one whose name is none.
  const calls = (Array.isArray(message.tool_calls) ? (message.tool_calls as unknown[]) : []).filter(isObject);
  for (const [place, call] of calls.entries()) {
    const [id, name, given] = [
      textIn(call, 'id'),
      textIn(call['function'], 'name'),
      textIn(call['function'], 'arguments'),
    ];
    blocks.push(
      toolUseText({ id: toolIdOf(id ?? '', place, shown), name: name ?? '', input: inputText(given ?? '') }),
    );
  }
  return blocks;
}

/** A call of a tool. @param call.input JSON text of an object */
export function toolUseText({ id, name, input }: { id: string; name: string; input: string }): string {
  return objectText({
    type: '"tool_use"',
    id: JSON.stringify(id),
    name: JSON.stringify(name),
    input,
    caller: '{"type":"direct"}',
  });
}

/** The id of a call as clients may send it on; one of the gateway's own where the server gave none. */
export function toolIdOf(id: string, place: number, { id: answer }: Pick<ShownTo, 'id'>): string {
  return id === '' ? `toolu_${fitToolId(answer)}_${place}` : fitToolId(id);
}

/** Arguments as the input of a tool, byte for byte where they are an object. */
export function inputText(given: string): string {
  if (given.trim() === '') return '{}';
  try {
    if (isObject(JSON.parse(given))) return given;
  } catch {
    // No JSON: the client sees what the model wrote.
  }
  return JSON.stringify({ arguments: given });
}

/** How an answer ended. */
export interface MessageEnd {
  reason: string;
  /** The stop sequence at which it ended. */
  sequence: string | null;
  details: { type: 'refusal'; category: null; explanation: string | null } | null;
}

/** @param choice with the reason; some servers say at which stop sequence they ended. */
export function endOf(choice: (Choice & { stop_reason?: unknown }) | undefined, shown: ShownTo): MessageEnd {
  const finish = choice?.finish_reason;
  const refusal = (choice?.message ?? choice?.delta)?.refusal;
  const isRefusal = typeof refusal === 'string' && refusal !== '';
  if (isRefusal || finish === 'content_filter')
    return {
      reason: 'refusal',
      sequence: null,
      details: { type: 'refusal', category: null, explanation: isRefusal ? refusal : null },
    };
  const stop = choice?.stop_reason;
  if (finish === 'stop' && typeof stop === 'string' && shown.stops.includes(stop))
    return { reason: 'stop_sequence', sequence: stop, details: null };
  return { reason: stopReasonOf(namesReason(finish) ? finish : 'stop'), sequence: null, details: null };
}

/** The counts in Anthropic's form, where what was cached is beside the input. Clients want numbers: one that is not known is 0. */
export function usageBody(usage: CountedUsage | undefined): AnthropicUsage {
  const {
    cachedInputTokens: read = 0,
    cacheWriteTokens: written = 0,
    cacheWriteHourTokens: hour,
  } = usage ?? {};
  return {
    input_tokens: Math.max(0, (usage?.inputTokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    ...(hour === undefined
      ? {}
      : { cache_creation: { ephemeral_5m_input_tokens: written - hour, ephemeral_1h_input_tokens: hour } }),
    output_tokens: usage?.outputTokens ?? 0,
    ...(usage?.reasoningTokens === undefined
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  };
}
