import { formatEvent } from '../../wire/sse.ts';
import type { ScriptedReply, ScriptedStep } from './scripted-reply.ts';

/** A message as a scripted server of Anthropic's API gives it. */
export interface ScriptedMessage {
  content: readonly ({ type: string } & Record<string, unknown>)[];
  stop_reason?: string;
  stop_sequence?: string;
  usage?: Record<string, unknown>;
  /** Further members of the message. */
  extra?: Record<string, unknown>;
}

/** An answer as a good server of Anthropic's API gives it: whole, or in its events. */
export function answersMessage(answer: string | ScriptedMessage): ScriptedStep {
  const given: ScriptedMessage =
    typeof answer === 'string' ? { content: [{ type: 'text', text: answer }] } : answer;
  return ({ model, stream }) => {
    const message = complete(given, model);
    return stream
      ? replays(eventsFor(message, given))
      : { headers: { 'content-type': 'application/json' }, body: [JSON.stringify(message)] };
  };
}

/** A stream of exactly these events, each by the name of its type and a piece of its own. */
export function replays(
  events: readonly ({ type: string } & Record<string, unknown>)[],
  then: NonNullable<ScriptedReply['then']> = 'end',
): ScriptedReply {
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    body: events.map((event) => formatEvent(JSON.stringify(event), event.type)),
    then,
  };
}

/** An error in Anthropic's shape. */
export function refusesMessage(
  status: number,
  error: { type: string; message: string },
  headers: Record<string, string> = {},
): ScriptedReply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: [JSON.stringify({ type: 'error', error, request_id: 'req_scripted' })],
  };
}

const USAGE = { input_tokens: 10, output_tokens: 5 };

function complete(
  { content, stop_reason: reason, stop_sequence: sequence, usage, extra }: ScriptedMessage,
  model: string,
) {
  return {
    id: 'msg_scripted',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: reason ?? (content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn'),
    stop_sequence: sequence ?? null,
    usage: usage ?? USAGE,
    ...extra,
  };
}

function eventsFor(message: ReturnType<typeof complete>, { content }: ScriptedMessage) {
  const { stop_reason, stop_sequence, usage, ...rest } = message;
  return [
    {
      type: 'message_start',
      message: {
        ...rest,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...usage, output_tokens: 1 },
      },
    },
    { type: 'ping' },
    ...content.flatMap((block, index) => {
      const { start, deltas } = piecesFor(block);
      return [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ];
    }),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence },
      usage: { output_tokens: usage['output_tokens'] },
    },
    { type: 'message_stop' },
  ];
}

/** How a block begins, and what follows in two pieces. */
function piecesFor(block: { type: string } & Record<string, unknown>): { start: object; deltas: object[] } {
  const halves = (value: unknown): [string, string] => {
    const text = typeof value === 'string' ? value : '';
    const middle = Math.ceil(text.length / 2);
    return [text.slice(0, middle), text.slice(middle)];
  };
  switch (block.type) {
    case 'text':
      return {
        start: { ...block, text: '' },
        deltas: halves(block['text']).map((text) => ({ type: 'text_delta', text })),
      };
    case 'thinking':
      return {
        start: { ...block, thinking: '', signature: '' },
        deltas: [
          ...halves(block['thinking']).map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: block['signature'] },
        ],
      };
    case 'tool_use':
      return {
        start: { ...block, input: {} },
        deltas: ['', ...halves(JSON.stringify(block['input']))].map((part) => ({
          type: 'input_json_delta',
          partial_json: part,
        })),
      };
    default:
      return { start: block, deltas: [] };
  }
}
