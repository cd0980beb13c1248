import type { AnswerOrigin, HeldAnswer, HeldWhole } from '../../upstream/held-answer.ts';
import { createJsonEdit } from '../../wire/json-edit.ts';
import { formatComment, type SseEvent } from '../../wire/sse.ts';
import { ANTHROPIC_FORMAT, eventName } from '../common/anthropic-format.ts';
import type { ChatRequest } from '../common/chat.ts';
import type { ClientExchange, StreamRenderer } from '../protocol.ts';
import { createChunkEvents, type ChunkEvents } from './chunk-events.ts';
import { messageOfCompletion, type ShownTo } from './message-blocks.ts';
import { eventsOfMessage, namedEvent } from './message-events.ts';
import { renderMessagesError } from './render-error.ts';
import { textIn } from './request-schema.ts';

/** A whole message: the upstream's own JSON but for the id, or a translated completion. */
export function renderWholeMessage(
  answer: AnswerOrigin & { content: HeldWhole },
  exchange: ClientExchange,
): string {
  const edit = createJsonEdit(messageText(answer, exchange));
  if (exchange.explanation !== undefined) edit.set('weir', exchange.explanation);
  return edit.toString();
}

function messageText(
  { format, content }: AnswerOrigin & { content: HeldWhole },
  { id, request }: ClientExchange,
): string {
  if (format !== ANTHROPIC_FORMAT) return messageOfCompletion(content.completion(), shownTo(id, request));
  const edit = createJsonEdit(content.text, content.ends);
  edit.set('id', JSON.stringify(id));
  return edit.toString();
}

function shownTo(id: string, { chat, text }: ClientExchange['request']): ShownTo {
  return { id, model: chat.model, thinking: asksThinking(text), stops: stopsOf(chat) };
}

/** Clients get thinking only where they ask to see it. */
function asksThinking(text: string): boolean {
  const thinking: unknown = JSON.parse(createJsonEdit(text).get('thinking') ?? 'null');
  const type = textIn(thinking, 'type');
  return type !== undefined && type !== 'disabled' && textIn(thinking, 'display') !== 'omitted';
}

function stopsOf(chat: ChatRequest): string[] {
  const stop = chat['stop'];
  return Array.isArray(stop) ? stop.filter((each) => typeof each === 'string') : [];
}

/**
 * A stream of Anthropic's events. The decision is a comment before `message_stop`, or with what ends the message; after an
 * error there is no `message_stop`.
 */
export function openMessageStream(exchange: ClientExchange): StreamRenderer {
  const { id, request, requestId } = exchange;
  let chunks: ChunkEvents | undefined;
  /** What ends the message: it waits for the decision. */
  let ending: (() => string) | undefined;

  function translated(): ChunkEvents {
    if (chunks === undefined) {
      const made = (chunks = createChunkEvents(shownTo(id, request)));
      ending = () => made.close() + made.end();
    }
    return chunks;
  }

  function native(event: SseEvent): string {
    const { data } = event;
    const name = eventName(event.name, undefined) ?? typeOf(data);
    if (name === 'message_stop') {
      ending = () => namedEvent(name, data);
      return '';
    }
    if (name !== 'message_start') return namedEvent(name, data);
    const edit = createJsonEdit(data);
    edit.edit('message', (message) => message.set('id', JSON.stringify(id)));
    return namedEvent(name, edit.toString());
  }

  function held({ content, format, addedLogprobs }: HeldAnswer): string {
    if (content.kind === 'whole') {
      const { body, end } = eventsOfMessage(messageText({ format, addedLogprobs, content }, exchange));
      ending = () => end;
      return body;
    }
    if (format === ANTHROPIC_FORMAT) return content.events.map(native).join('');
    const made = translated();
    return content
      .chunks()
      .map((chunk) => (chunk === undefined ? '' : made.add(chunk)))
      .join('');
  }

  return {
    event(origin, event, chunk) {
      if (origin.format === ANTHROPIC_FORMAT) return native(event);
      return chunk === undefined ? '' : translated().add(chunk);
    },
    answer: held,
    end(decision) {
      const last = ending?.() ?? namedEvent('message_stop', '{"type":"message_stop"}');
      return formatComment(`weir ${decision}`) + last;
    },
    error: (error) => namedEvent('error', renderMessagesError(error, requestId)),
    keepAlive: () => namedEvent('ping', '{"type":"ping"}'),
  };
}

/** Some servers leave the names of their events out. */
function typeOf(data: string): string {
  return eventName(undefined, JSON.parse(createJsonEdit(data).get('type') ?? 'null')) ?? 'message';
}
