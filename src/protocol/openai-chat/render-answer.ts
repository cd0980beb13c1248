import { writeJson } from '../../wire/write-json.ts';
import type { AnswerOrigin, HeldAnswer, HeldWhole } from '../../upstream/held-answer.ts';
import { createJsonEdit, type Ends, type JsonEdit } from '../../wire/json-edit.ts';
import { DONE, formatComment, formatEvent } from '../../wire/sse.ts';
import { COMMON_FORMAT, isCompletion, type ChatRequest, type Completion } from '../common/chat.ts';
import { commonErrorBody } from '../common/client-error.ts';
import type { ClientExchange, StreamRenderer } from '../protocol.ts';
import { synthesiseStream } from './synthesise-stream.ts';

/** A whole answer: the upstream's own JSON but for the id and what the gateway added. */
export function renderWholeChat(
  { format, addedLogprobs, content }: AnswerOrigin & { content: HeldWhole },
  { id, request, explanation }: ClientExchange,
): string {
  const edits = editsOf(id, request.chat, { addedLogprobs, stream: false });
  const edit =
    format === COMMON_FORMAT
      ? editAnswer(content.text, edits, content.ends)
      : editAnswer(writeJson(content.completion()), edits);
  if (explanation !== undefined) edit.set('weir', explanation);
  return edit.toString();
}

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

  function renderTranslated(chunk: Completion | undefined, origin: AnswerOrigin): string {
    if (chunk === undefined) return '';
    return translatedChunks(chunk)
      .map((text) => renderChunk(text, origin))
      .join('');
  }

  function renderHeld(answer: HeldAnswer): string[] {
    const { content, format } = answer;
    if (content.kind === 'whole') {
      const text = format === COMMON_FORMAT ? content.text : writeJson(content.completion());
      // What a whole answer says of its usage becomes a chunk where it is wanted.
      const value: unknown = JSON.parse(
        editAnswer(text, { ...editsFor(answer), removeUsage: false }).toString(),
      );
      if (!isCompletion(value)) return [];
      const usage = chat.stream_options?.include_usage === true;
      return synthesiseStream(value, { usage }).map((chunk) => formatEvent(chunk));
    }
    if (format === COMMON_FORMAT) return content.events.map(({ data }) => renderChunk(data, answer));
    return content.chunks().map((chunk) => renderTranslated(chunk, answer));
  }

  return {
    event(origin, { data }, chunk) {
      if (origin.format === COMMON_FORMAT) return renderChunk(data, origin);
      return renderTranslated(chunk, origin);
    },
    answer: (answer) => renderHeld(answer).join(''),
    end: (decision) => formatComment(`weir ${decision}`) + formatEvent(DONE),
    error: (error) => formatEvent(JSON.stringify(commonErrorBody(error))),
    keepAlive: () => formatComment('keep-alive'),
  };
}

/**
 * OpenAI says the usage in a chunk of its own at the end, and clients may add up what they find: what came with the end follows
 * it, and earlier counts are left out.
 */
function translatedChunks(chunk: Completion): string[] {
  const { usage, ...rest } = chunk;
  if (usage == null || chunk.choices.length === 0) return [writeJson(chunk)];
  const isLast = chunk.choices.some(({ finish_reason: reason }) => reason != null);
  return (isLast ? [rest, { ...rest, choices: [], usage }] : [rest]).map((each) => writeJson(each));
}

/** What is changed in an answer on its way to the client; everything else stays byte for byte. */
export interface AnswerEdits {
  /** The completion's id for the client. */
  id: string;
  /** Log-probabilities: as they came; `null`, as OpenAI writes it for clients that did not ask; or with at most this many alternatives. */
  logprobs: 'keep' | 'remove' | { alternatives: number };
  /** In chunks: `usage` was asked for by the gateway alone. */
  removeUsage: boolean;
}

/** What the gateway added for itself is taken out; the id is its own. */
function editsOf(
  id: string,
  chat: ChatRequest,
  { addedLogprobs, stream }: { addedLogprobs: boolean; stream: boolean },
): AnswerEdits {
  const wanted = chat.logprobs === true ? { alternatives: chat.top_logprobs ?? 0 } : 'remove';
  return {
    id,
    logprobs: addedLogprobs ? wanted : 'keep',
    removeUsage: stream && chat.stream_options?.include_usage !== true,
  };
}

/** Applies the edits to a completion's JSON text, which must be valid. */
export function editAnswer(text: string, edits: AnswerEdits, ends?: Ends): JsonEdit {
  const edit = createJsonEdit(text, ends);
  if (edits.removeUsage) edit.delete('usage');
  return applyEdits(edit, edits);
}

const NO_CHOICE = /^\[\s*\]$/;

/** Applies the edits to a chunk's JSON text. @returns `undefined` where nothing but the usage that is removed was in it. */
function editChunk(text: string, edits: AnswerEdits): string | undefined {
  const edit = createJsonEdit(text);
  const usage = edits.removeUsage ? edit.get('usage') : undefined;
  if (usage !== undefined) {
    if (usage !== 'null' && NO_CHOICE.test(edit.get('choices') ?? '')) return undefined;
    edit.delete('usage');
  }
  return applyEdits(edit, edits).toString();
}

function applyEdits(edit: JsonEdit, { id, logprobs }: AnswerEdits): JsonEdit {
  edit.set('id', JSON.stringify(id));
  if (logprobs === 'remove') {
    edit.editEach('choices', (choice) => {
      if (choice.get('logprobs') !== undefined) choice.set('logprobs', 'null');
    });
  }
  if (typeof logprobs === 'object') {
    edit.editEach('choices', (choice) =>
      choice.edit('logprobs', (member) => {
        for (const list of ['content', 'refusal'])
          member.editEach(list, (token) => token.truncate('top_logprobs', logprobs.alternatives));
      }),
    );
  }
  return edit;
}
