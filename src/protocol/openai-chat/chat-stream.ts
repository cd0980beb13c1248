import type { AnswerOrigin, HeldAnswer } from '../../upstream/held-answer.ts';
import { DONE, formatComment, formatEvent } from '../../wire/sse.ts';
import { isCompletion } from '../common/chat.ts';
import { commonErrorBody } from '../common/client-error.ts';
import { COMMON_FORMAT } from '../common/client-request.ts';
import type { ClientExchange, StreamRenderer } from '../protocol.ts';
import { editAnswer, editChunk, editsOf, type AnswerEdits } from './edit-answer.ts';
import { synthesiseStream } from './synthesise-stream.ts';

/** A stream of `chat.completion.chunk`s. The decision is a comment before `[DONE]`; after an error there is no `[DONE]`. */
export function openChatStream({ id, request: { chat } }: ClientExchange): StreamRenderer {
  let edited: AnswerOrigin | undefined;
  let edits: AnswerEdits | undefined;

  /** The same for every event of an answer. */
  function editsFor(origin: AnswerOrigin): AnswerEdits {
    if (edits === undefined || origin !== edited) {
      edited = origin;
      edits = editsOf(id, chat, { addedLogprobs: origin.addedLogprobs, stream: true });
    }
    return edits;
  }

  function renderChunk(text: string, origin: AnswerOrigin): string {
    const chunk = editChunk(text, editsFor(origin));
    return chunk === undefined ? '' : formatEvent(chunk);
  }

  function renderHeld(answer: HeldAnswer): string[] {
    const { content, format } = answer;
    if (content.kind === 'whole') {
      const text = format === COMMON_FORMAT ? content.text : JSON.stringify(content.completion());
      // What a whole answer says of its usage becomes a chunk where it is wanted.
      const value: unknown = JSON.parse(
        editAnswer(text, { ...editsFor(answer), removeUsage: false }).toString(),
      );
      if (!isCompletion(value)) return [];
      const usage = chat.stream_options?.include_usage === true;
      return synthesiseStream(value, { usage }).map((chunk) => formatEvent(chunk));
    }
    if (format === COMMON_FORMAT) return content.events.map(({ data }) => renderChunk(data, answer));
    return content
      .chunks()
      .map((chunk) => (chunk === undefined ? '' : renderChunk(JSON.stringify(chunk), answer)));
  }

  return {
    event(origin, { data }, chunk) {
      if (origin.format === COMMON_FORMAT) return renderChunk(data, origin);
      return chunk === undefined ? '' : renderChunk(JSON.stringify(chunk), origin);
    },
    answer: (answer) => renderHeld(answer).join(''),
    end: (decision) => formatComment(`weir ${decision}`) + formatEvent(DONE),
    error: (error) => formatEvent(JSON.stringify(commonErrorBody(error))),
    keepAlive: () => formatComment('keep-alive'),
  };
}
