import { memberOf } from '../../defined.ts';
import { membersOf } from '../../wire/json-parts.ts';
import { eventName } from '../../protocol/common/anthropic-format.ts';
import type { Completion, MessagePart } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import type { SseEvent } from '../../wire/sse.ts';
import type { AnswerSource, EventReader } from '../dialect.ts';
import { upstreamMessage } from '../openai-compatible/status-failure.ts';
import { withoutTokens } from '../transport/redact.ts';
import { InvalidAnswer } from '../upstream.ts';
import { endingOf } from './read-answer.ts';
import { laterUsage, wireUsageOf } from './usage.ts';

/** Whether an event ends a stream. */
export function isMessageStop({ name, data }: SseEvent): boolean {
  return name === STOP || (name === undefined && /^\s*\{\s*"type"\s*:\s*"message_stop"/.test(data));
}

const STOP = 'message_stop';

/** The calls of a stream by the index of their block. */
interface OpenCall {
  index: number;
  /** The input that came with its beginning, while no piece of it has come. */
  input: string | undefined;
}

/**
 * Reads the events of one stream. @returns what throws {@link InvalidAnswer} where an event is an error or no JSON.
 */
export function openMessageEvents({ upstream }: AnswerSource): EventReader {
  let envelope: Omit<Completion, 'choices'> = { object: 'chat.completion.chunk' };
  let usage: unknown;
  let finished = false;
  const calls = new Map<unknown, OpenCall>();

  const chunk = (delta: MessagePart, more: object = {}): Completion => ({
    ...envelope,
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  });
  const piece = (index: number, given: string): Completion =>
    chunk({ tool_calls: [{ index, function: { arguments: given } }] });

  function begin(value: unknown): Completion {
    const message = memberOf(value, 'message');
    const [id, model] = [memberOf(message, 'id'), memberOf(message, 'model')];
    envelope = {
      ...(typeof id === 'string' ? { id } : {}),
      object: 'chat.completion.chunk',
      created: Math.floor(Date.now() / 1_000),
      ...(typeof model === 'string' ? { model } : {}),
    };
    usage = memberOf(message, 'usage');
    // The prompt is billed even if nothing follows.
    return { ...chunk({ role: 'assistant', content: '' }), ...usageSoFar() };
  }

  function usageSoFar(): Pick<Completion, 'usage'> {
    const counted = wireUsageOf(usage);
    return counted === undefined ? {} : { usage: counted };
  }

  function beginBlock(value: unknown, data: string): Completion | undefined {
    const block = memberOf(value, 'content_block');
    switch (memberOf(block, 'type')) {
      case 'text':
        return said(memberOf(block, 'text'));
      case 'thinking':
        return thought(memberOf(block, 'thinking'));
      case 'tool_use': {
        const [id, name] = [memberOf(block, 'id'), memberOf(block, 'name')];
        const index = calls.size;
        const whole = membersOf(membersOf(data).get('content_block') ?? '{}').get('input') ?? '{}';
        const input = isObject(memberOf(block, 'input')) && membersOf(whole).size > 0 ? whole : undefined;
        calls.set(memberOf(value, 'index'), { index, input });
        const call = { name: typeof name === 'string' ? name : '', arguments: '' };
        return chunk({
          tool_calls: [
            { index, ...(typeof id === 'string' ? { id } : {}), type: 'function', function: call },
          ],
        });
      }
      default:
        return undefined;
    }
  }

  function goOn(value: unknown): Completion | undefined {
    const delta = memberOf(value, 'delta');
    switch (memberOf(delta, 'type')) {
      case 'text_delta':
        return said(memberOf(delta, 'text'));
      case 'thinking_delta':
        return thought(memberOf(delta, 'thinking'));
      case 'input_json_delta': {
        const call = calls.get(memberOf(value, 'index'));
        const given = memberOf(delta, 'partial_json');
        if (call === undefined || typeof given !== 'string' || given === '') return undefined;
        call.input = undefined;
        return piece(call.index, given);
      }
      default:
        return undefined;
    }
  }

  const said = (text: unknown): Completion | undefined =>
    typeof text === 'string' && text !== '' ? chunk({ content: text }) : undefined;
  const thought = (text: unknown): Completion | undefined =>
    typeof text === 'string' && text !== '' ? chunk({ reasoning_content: text }) : undefined;

  /** A call of which no piece came: its beginning had all of it. */
  function endBlock(value: unknown): Completion | undefined {
    const call = calls.get(memberOf(value, 'index'));
    if (call?.input === undefined) return undefined;
    const given = call.input;
    call.input = undefined;
    return piece(call.index, given);
  }

  function change(value: unknown): Completion | undefined {
    usage = laterUsage(usage, memberOf(value, 'usage'));
    const delta = memberOf(value, 'delta');
    const ending = endingOf(isObject(delta) ? delta : {});
    if (ending.finish_reason === null) return undefined;
    finished = true;
    return chunk({}, ending);
  }

  /** An end without a reason is one all the same. */
  const end = (): Completion => ({
    ...(finished ? { ...envelope, choices: [] } : chunk({}, { finish_reason: 'stop' })),
    ...usageSoFar(),
  });

  return (event) => {
    const { name, data } = event;
    const value = parsed(data, upstream);
    if (!isObject(value)) return 'heartbeat';
    const type = memberOf(value, 'type');
    const named = eventName(name, type);
    if (named === undefined) return 'heartbeat';
    switch (type ?? named) {
      case 'message_start':
        return begin(value);
      case 'content_block_start':
        return beginBlock(value, data);
      case 'content_block_delta':
        return goOn(value);
      case 'content_block_stop':
        return endBlock(value);
      case 'message_delta':
        return change(value);
      case STOP:
        return end();
      case 'ping':
        return 'heartbeat';
      case 'error':
        throw broken(upstream, value);
      default:
        return undefined;
    }
  };
}

function parsed(data: string, upstream: string): unknown {
  if (data.trim() === '') return undefined;
  try {
    return JSON.parse(data);
  } catch {
    throw new InvalidAnswer(`The stream of upstream '${upstream}' holds an event that is not JSON.`);
  }
}

function broken(upstream: string, value: object): InvalidAnswer {
  const said = upstreamMessage(value);
  return new InvalidAnswer(
    `The stream of upstream '${upstream}' ended with an error.`,
    'upstream_error',
    said === undefined ? undefined : withoutTokens(said),
  );
}
