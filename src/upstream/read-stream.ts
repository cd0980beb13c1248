import type { Completion } from '../protocol/common/chat.ts';
import { showsSomething } from '../protocol/common/chat.ts';
import type { SseEvent } from '../wire/sse.ts';
import { createAnswerReader, type ReadAnswer } from './answer-reader.ts';
import type { Dialect } from './dialect.ts';
import type { AnswerOrigin } from './held-answer.ts';
import { InvalidAnswer } from './upstream.ts';

/** Where an answer goes while it comes. */
export interface LiveStream {
  /** The call whose answer the client sees; `undefined` before the first of its characters. */
  shownBy: number | undefined;
  /**
   * The first characters are about to go out: headers follow from here.
   * @param from.headers the upstream's; @param from.model what it calls the model, where it has said so.
   */
  show(callId: number, from: { headers: Readonly<Record<string, string>>; model: string | undefined }): void;
  /** The client's text for one event of the answer; empty where the client gets nothing of it. */
  render(origin: AnswerOrigin, event: SseEvent, chunk: Completion | undefined): string;
  /** Resolves when the client can take more. */
  write(text: string): Promise<void>;
}

export interface StreamedAnswer {
  read: ReadAnswer;
  /** As they came, whether they went out live or not. */
  events: readonly SseEvent[];
}

export interface StreamOptions {
  dialect: Dialect;
  origin: AnswerOrigin;
  /** The upstream's name. */
  upstream: string;
  callId: number;
  headers: Readonly<Record<string, string>>;
  live: LiveStream | undefined;
  /** Told once, at the first chunk with something to show. */
  onFirst: () => void;
}

/**
 * Reads an upstream's stream: into signals, and to the client at once where it is live.
 * @throws {InvalidAnswer} where the stream breaks off, or holds something that is no part of an answer; and what `events` throws.
 */
export async function readStream(
  events: AsyncIterable<SseEvent>,
  { dialect, origin, upstream, callId, headers, live, onFirst }: StreamOptions,
): Promise<StreamedAnswer> {
  const reader = createAnswerReader();
  const readEvent = dialect.openStream({ upstream });
  const held: SseEvent[] = [];
  /** Chunks of a live answer that has nothing to show yet: another answer may still take its place. */
  const waiting: (Completion | undefined)[] = [];
  let begun = false;
  let model: string | undefined;
  let answered = false;
  let finished = false;
  let done = false;
  for await (const event of events) {
    const chunk = readEvent(event);
    if (chunk === 'done') {
      done = true;
      break;
    }
    held.push(event);
    if (chunk !== undefined) {
      reader.add(chunk);
      if (model === undefined && typeof chunk.model === 'string' && chunk.model !== '') model = chunk.model;
      answered ||= chunk.choices.length > 0 || chunk.usage == null;
      finished ||= chunk.choices.some((choice) => typeof choice.finish_reason === 'string');
      if (!begun && showsSomething(chunk)) {
        begun = true;
        onFirst();
      }
    }
    if (live === undefined) continue;
    if (!begun) {
      waiting.push(chunk);
      continue;
    }
    if (live.shownBy === undefined) live.show(callId, { headers, model });
    let text = '';
    if (waiting.length > 0) {
      for (const [position, early] of waiting.splice(0).entries()) {
        const earlyEvent = held[position];
        if (earlyEvent !== undefined) text += live.render(origin, earlyEvent, early);
      }
    }
    await live.write(text + live.render(origin, event, chunk));
  }
  if (!answered)
    throw new InvalidAnswer(`Upstream '${upstream}' answered with a stream that has no chunk in it.`);
  if (!done && !finished) {
    throw new InvalidAnswer(
      `The stream of upstream '${upstream}' ended in the middle: neither a reason to end nor the end itself came.`,
      'upstream_error',
    );
  }
  return { read: reader.finish(), events: held };
}
