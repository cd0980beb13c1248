import { commonErrorBody } from '../common/client-error.ts';
import type { AnswerOrigin, HeldAnswer, HeldWhole } from '../../upstream/held-answer.ts';
import { createJsonEdit } from '../../wire/json-edit.ts';
import { membersOf } from '../../wire/json-parts.ts';
import { formatComment, formatEvent, type SseEvent } from '../../wire/sse.ts';
import type { ChatRequest } from '../common/chat.ts';
import { LAST_EVENTS, RESPONSES_FORMAT } from '../common/responses-format.ts';
import type { ClientExchange, StreamRenderer } from '../protocol.ts';
import { editEvent, editResponse, type ResponseEdits } from './edit-response.ts';
import { createResponseWriter, type ResponseWriter } from './response-writer.ts';
import { eventsOfResponse } from './whole-as-events.ts';

/** A whole response: the upstream's own JSON but for the id and what the gateway added, or a translated completion. */
export function renderWholeResponse(
  answer: AnswerOrigin & { content: HeldWhole },
  exchange: ClientExchange,
): string {
  const text = responseText(answer, exchange);
  if (exchange.explanation === undefined) return text;
  const edit = createJsonEdit(text);
  edit.set('weir', exchange.explanation);
  return edit.toString();
}

function responseText(
  { format, addedLogprobs, content }: AnswerOrigin & { content: HeldWhole },
  exchange: ClientExchange,
): string {
  if (format === RESPONSES_FORMAT)
    return editResponse(content.text, editsOf(exchange, addedLogprobs), content.ends).toString();
  const writer = createResponseWriter(exchange, Date.now());
  writer.add(content.completion());
  return writer.finish().response;
}

function editsOf(
  { id, request: { chat, text, keep } }: ClientExchange,
  addedLogprobs: boolean,
): ResponseEdits {
  const previous = text.includes('"previous_response_id"')
    ? membersOf(text).get('previous_response_id')
    : undefined;
  return {
    id,
    logprobs: addedLogprobs ? wantedOf(chat) : 'keep',
    ...(keep === true ? { kept: true } : {}),
    ...(previous === undefined ? {} : { previous }),
  };
}

function wantedOf(chat: ChatRequest): ResponseEdits['logprobs'] {
  return chat.logprobs === true ? { alternatives: chat.top_logprobs ?? 0 } : 'remove';
}

/**
 * A stream of the API's events. The event that ends it waits for the decision, which is a comment before it; after an error
 * there is none.
 */
export function openResponseStream(exchange: ClientExchange): StreamRenderer {
  let writer: ResponseWriter | undefined;
  let last: string | undefined;
  /** The whole response, once it has come. */
  let whole = '';
  let edits: { origin: AnswerOrigin; edits: ResponseEdits } | undefined;
  let nextNumber = 0;

  const translated = (): ResponseWriter => (writer ??= createResponseWriter(exchange, Date.now()));

  function native({ data, name }: SseEvent, origin: AnswerOrigin): string {
    if (edits?.origin !== origin) edits = { origin, edits: editsOf(exchange, origin.addedLogprobs) };
    const edited = editEvent(data, edits.edits);
    const edit = createJsonEdit(edited);
    nextNumber = Number(edit.get('sequence_number') ?? nextNumber) + 1;
    const type: unknown = JSON.parse(edit.get('type') ?? 'null');
    const event = formatEvent(edited, name ?? (typeof type === 'string' ? type : undefined));
    if (!LAST_EVENTS.has(type)) return event;
    last = event;
    whole = edit.get('response') ?? '';
    return '';
  }

  function held(answer: HeldAnswer): string {
    const { content, format } = answer;
    if (format !== RESPONSES_FORMAT) {
      const parts = content.kind === 'whole' ? [content.completion()] : content.chunks();
      return parts.map((part) => (part === undefined ? '' : translated().add(part))).join('');
    }
    if (content.kind === 'events') return content.events.map((event) => native(event, answer)).join('');
    whole = responseText({ ...answer, content }, exchange);
    const made = eventsOfResponse(whole);
    last = made.last;
    return made.events;
  }

  return {
    event(origin, event, chunk) {
      if (origin.format === RESPONSES_FORMAT) return native(event, origin);
      return chunk === undefined ? '' : translated().add(chunk);
    },
    answer: held,
    end(decision) {
      const comment = formatComment(`weir ${decision}`);
      if (last !== undefined) return comment + last;
      const finished = translated().finish();
      whole = finished.response;
      return finished.events + comment + finished.last;
    },
    whole: () => whole,
    error(error) {
      const number = writer?.nextNumber() ?? nextNumber;
      const { code, message, param } = error;
      // Documented is what is beside the type; within `error`, as OpenAI sends it, the packages' streams look for one to throw.
      const event = {
        type: 'error',
        sequence_number: number,
        code,
        message,
        param,
        ...commonErrorBody(error),
      };
      return formatEvent(JSON.stringify(event), 'error');
    },
    keepAlive: () => formatComment('keep-alive'),
  };
}
