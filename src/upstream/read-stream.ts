import { isCompletion, type Completion } from '../protocol/common/chat.ts';
import { editAnswer, type AnswerEdits } from '../protocol/openai-chat/edit-answer.ts';
import { DONE, type SseEvent } from '../wire/sse.ts';
import { showsSomething } from '../protocol/openai-chat/synthesise-stream.ts';
import { createAnswerReader, type ReadAnswer } from './answer-reader.ts';
import { InvalidAnswer } from './invalid-answer.ts';

/** Where an answer goes while it comes. */
export interface LiveStream {
  /** The call whose answer the client sees; `undefined` before the first of its characters. */
  shownBy: number | undefined;
  /**
   * The first characters are about to go out: headers follow from here.
   * @param from.headers the upstream's; @param from.model what it calls the model, where it has said so.
   */
  show(callId: number, from: { headers: Readonly<Record<string, string>>; model: string | undefined }): void;
  /** Resolves when the client can take more. */
  write(chunks: readonly string[]): Promise<void>;
}

export interface StreamedAnswer {
  read: ReadAnswer;
  /** For the client, edited; all of them, whether they went out live or not. */
  chunks: readonly string[];
}

export interface StreamOptions {
  /** Whose stream it is. */
  upstream: string;
  callId: number;
  headers: Readonly<Record<string, string>>;
  edits: AnswerEdits;
  live: LiveStream | undefined;
  /** Told once, at the first chunk with something to show. */
  onFirst: () => void;
}

/**
 * Reads an upstream's stream: into signals, and to the client at once where it is live.
 * @throws {InvalidAnswer} where the stream breaks off, or holds something that is no chunk; and what `events` throws.
 */
export async function readStream(
  events: AsyncIterable<SseEvent>,
  { upstream, callId, headers, edits, live, onFirst }: StreamOptions,
): Promise<StreamedAnswer> {
  const reader = createAnswerReader();
  const chunks: string[] = [];
  let begun = false;
  let model: string | undefined;
  let finished = false;
  let done = false;
  let sent = 0;
  for await (const event of events) {
    if (event.data === DONE) {
      done = true;
      break;
    }
    const chunk = parseChunk(event.data, upstream);
    reader.add(chunk);
    if (model === undefined && typeof chunk.model === 'string' && chunk.model !== '') model = chunk.model;
    finished ||= chunk.choices.some((choice) => typeof choice.finish_reason === 'string');
    const isUsage = chunk.choices.length === 0 && chunk.usage != null;
    if (!(isUsage && edits.removeUsage)) chunks.push(editAnswer(event.data, edits).toString());
    if (!begun && showsSomething(chunk)) {
      begun = true;
      onFirst();
    }
    // Until there is something to show, another answer may still take this one's place.
    if (live === undefined || !begun) continue;
    if (live.shownBy === undefined) live.show(callId, { headers, model });
    await live.write(chunks.slice(sent));
    sent = chunks.length;
  }
  if (chunks.length === 0)
    throw new InvalidAnswer(`Upstream '${upstream}' answered with a stream that has no chunk in it.`);
  if (!done && !finished) {
    throw new InvalidAnswer(
      `The stream of upstream '${upstream}' ended in the middle: neither a finish_reason nor ${DONE} came.`,
      'upstream_error',
    );
  }
  return { read: reader.finish(), chunks };
}

function parseChunk(data: string, upstream: string): Completion {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new InvalidAnswer(`The stream of upstream '${upstream}' holds an event that is not JSON.`);
  }
  if (isCompletion(value)) return value;
  // Its words are the server's own: for the server's log.
  if (typeof value === 'object' && value !== null && 'error' in value)
    throw new InvalidAnswer(`The stream of upstream '${upstream}' ended with an error.`, 'upstream_error');
  throw new InvalidAnswer(
    `The stream of upstream '${upstream}' holds an event that is no chunk of a completion.`,
  );
}
